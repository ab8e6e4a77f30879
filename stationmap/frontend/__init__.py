"""What a browser is sent besides data: the map, its layers, bundled scripts, links to map apps, one-file maps."""
