"""Points on the ellipsoid in a tree: the k nearest by geodesic, exactly, for one place or for millions.

An index knows rows and metres, not stations. `PointIndex` is the compiled one where the package stationmap-kernel is
installed (`kernel/`), and otherwise the one in Python; they give the same answers.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from stationmap.geo.python_points import TIE_M, Found, Hours, Rows

IS_COMPILED = find_spec("stationmap_kernel") is not None

if TYPE_CHECKING or not IS_COMPILED:
    from stationmap.geo.python_points import PythonPointIndex as PointIndex
else:
    from stationmap.geo.compiled_points import CompiledPointIndex as PointIndex

__all__ = ["IS_COMPILED", "TIE_M", "Found", "Hours", "PointIndex", "Rows"]
