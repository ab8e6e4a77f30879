"""The forms a registry is exported in: each writes members of the format only, and says what it was made from."""
