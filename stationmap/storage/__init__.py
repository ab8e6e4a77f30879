"""What the program remembers: the journal of changes, and the one way to change a registry."""
