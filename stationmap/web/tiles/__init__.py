"""Vector tiles of stations: their routes, and what a process keeps of them."""
