"""Degrees as whole second differences, which compress to almost nothing along a row of cells."""

from __future__ import annotations

import numpy as np

from stationmap.geo.geodesy import Floats
from stationmap.rules import CELLS_STEPS_PER_DEGREE


def steps(degrees: Floats) -> Floats:
    """Return the second differences of degrees, shape (n,), in whole steps: along a row of cells they are nearly zero.

    The result has the shape (n,), as the sequence is continued by two zeros in front; two running sums restore the
    steps exactly. A step is 1 / `CELLS_STEPS_PER_DEGREE` of a degree.
    """
    whole = np.rint(degrees * CELLS_STEPS_PER_DEGREE)
    return np.diff(whole, n=2, prepend=[0.0, 0.0])
