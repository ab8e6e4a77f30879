"""What limits every request: connections, rates, slots, deadlines, headers."""
