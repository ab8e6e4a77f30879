"""OGC API - Features, Part 1: stations, and what the audit says of areas and gaps, for GIS and whatever speaks it."""
