"""One extract of OpenStreetMap becomes the ground, the places and the streets of a city (extra `city`)."""
