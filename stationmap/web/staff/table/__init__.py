"""The table of stations: what of it somebody wants to see, in which order, found for many stations at once."""
