"""What riders reported: by station and kind, beside what is known of the station; decided, answered, counted."""
