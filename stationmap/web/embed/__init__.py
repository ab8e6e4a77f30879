"""A map and a list of stations for the pages of other sites."""
