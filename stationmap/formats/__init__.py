"""Forms in which stations leave the program: GeoJSON, the feed of the phone, GeoDataFrames, safe cells, phrases."""
