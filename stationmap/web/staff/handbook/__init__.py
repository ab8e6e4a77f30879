"""The handbook of staff, read in the browser."""
