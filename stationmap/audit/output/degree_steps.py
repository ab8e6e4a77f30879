"""Degrees as whole second differences, which compress to almost nothing along a row of cells."""

from __future__ import annotations

import numpy as np

from stationmap.geo.geodesy import Floats
from stationmap.rules import CELLS_STEPS_PER_DEGREE


def steps(degrees: Floats) -> Floats:
    """Return second differences, in whole steps, of degrees: along a row of cells they are nearly nothing.

    Shape (n,), as the sequence begins with two zeros; two running sums give the steps back, exactly.
    """
    whole = np.rint(degrees * CELLS_STEPS_PER_DEGREE)
    return np.diff(whole, n=2, prepend=[0.0, 0.0])
