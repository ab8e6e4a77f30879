"""The places of an extract, with those of an operator's own lists: `places.geojson`."""
