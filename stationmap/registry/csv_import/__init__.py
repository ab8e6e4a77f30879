"""Lists of stations as staff keep them: a CSV table becomes a registry, row by row."""
