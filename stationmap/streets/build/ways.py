"""Streets as they are drawn: ways through nodes, how fast each profile goes along them, and what stands at nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats

Ids = NDArray[np.int64]


class Spots(NamedTuple):
    """What holds at k nodes: `ids`, and by profile seconds lost there and whether they are closed, shapes (k,)."""

    ids: Ids
    wait_s: Mapping[str, Floats]
    barred: Mapping[str, NDArray[np.bool_]]


class Ways(NamedTuple):
    """w ways over p positions: way i has the positions `first[i]` to `first[i + 1]`, shape (w + 1,).

    `nodes`, `lons`, `lats` of the positions have the shape (p,); positions of one node are one place. `paces` are
    seconds a metre by profile, shape (w, 2): forward and backward, inf where the profile may not go.
    """

    first: Ids
    nodes: Ids
    lons: Floats
    lats: Floats
    paces: Mapping[str, Floats]
    spots: Spots
