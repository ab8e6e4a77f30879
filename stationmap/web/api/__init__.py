"""The API of version 1: what is asked, what is answered."""
