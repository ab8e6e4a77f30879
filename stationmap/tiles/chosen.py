"""The stations that pass a filter, along the curve, with running sums: any stretch is counted by a subtraction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stationmap.search.text_index import Rows
from stationmap.tiles.states import OPEN, UNKNOWN, StatesAt
from stationmap.tiles.z_order import Codes, Integers, ZOrder


@dataclass(frozen=True)
class Chosen:
    """Stations that pass a filter: their rows and codes, shapes (n,), and sums before each of them, shapes (n + 1,)."""

    rows: NDArray[np.int32]
    codes: Codes
    x_sums: Integers
    y_sums: Integers

    @classmethod
    def of(cls, order: ZOrder, rows: Rows) -> Chosen:
        """Choose the stations with some rows, shape (m,)."""
        is_chosen = np.zeros(len(order.rows), dtype=bool)
        is_chosen[rows] = True
        places = np.flatnonzero(is_chosen[order.rows])
        found = order.rows[places].astype(np.int32)
        return cls(found, order.codes[places], _summed(order.xs[places]), _summed(order.ys[places]))


@dataclass(frozen=True)
class Counted:
    """Chosen stations at a moment, with how many are usable and unknown before each of them, shapes (n + 1,)."""

    chosen: Chosen
    states: StatesAt
    usable: Integers
    unknown: Integers

    @classmethod
    def of(cls, chosen: Chosen, states: StatesAt) -> Counted:
        """Count chosen stations by their states."""
        found = states.by_row[chosen.rows]
        return cls(chosen, states, _summed(found == OPEN), _summed(found == UNKNOWN))


def _summed(values: NDArray[np.generic]) -> Integers:
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=sums[1:])
    return sums
