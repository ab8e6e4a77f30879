"""Figures of a study: coverage, by hour, capacity, equity, gaps."""
