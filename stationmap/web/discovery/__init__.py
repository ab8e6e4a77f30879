"""What machines of others look for at known addresses: pages, what may be read, whom to tell of holes."""
