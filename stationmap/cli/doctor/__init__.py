"""What `stationmap doctor` examines, part by part."""
