"""What bounds every request: connections, rates, turns, deadlines, headers."""
