"""The page for a phone at a door: which stations are near, how old what is known of them is, and checks on the spot."""
