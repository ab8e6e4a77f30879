"""The ground of an extract: what it shows, cut into vector tiles: `ground.pmtiles`."""
