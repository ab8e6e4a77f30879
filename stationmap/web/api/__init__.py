"""The API of version 1: requests and responses."""
