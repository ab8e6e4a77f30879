"""What riders report of a station, and what follows from it: marks, confirmations, never a changed registry."""
