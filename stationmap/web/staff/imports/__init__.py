"""Lists that somebody gives back: taken in, compared aside, looked over, applied as one revision."""
