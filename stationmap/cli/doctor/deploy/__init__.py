"""What `stationmap doctor --deploy` sees of an installation that runs, from outside, as a rider's phone would."""
