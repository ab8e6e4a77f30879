"""What is done to many stations at once: chosen in the table, looked at in a preview, saved as one revision."""
