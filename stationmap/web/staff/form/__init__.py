"""The form of a station: mended, added, checked on the spot; what its hours come to, where a pasted link leads."""
