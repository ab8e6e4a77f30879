"""Pages for people: the finder, a station, its poster, what works offline."""
