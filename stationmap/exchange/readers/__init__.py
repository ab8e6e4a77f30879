"""The forms of file a list comes in, each turned into rows of text."""
