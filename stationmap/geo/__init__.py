"""Geodesy: metres on the ellipsoid, the nearest points of a set, the equal-area plane, names of reference systems."""
