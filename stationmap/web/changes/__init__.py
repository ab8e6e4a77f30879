"""What other programs keep a copy by: the registry as a whole, what changed in it since, and the same for readers."""
