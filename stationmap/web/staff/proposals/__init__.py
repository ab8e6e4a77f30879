"""Changes that editors propose for other districts: looked at beside what the stations are now, decided once."""
