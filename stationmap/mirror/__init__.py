"""A file that is kept a true copy of what another server publishes of its registry."""
