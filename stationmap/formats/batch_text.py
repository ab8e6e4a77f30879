"""The rows of a batch as text, block by block; what is the same for many riders at a station is written once."""

from __future__ import annotations

import numpy as np

from stationmap.formats.nearest_text import Asked, NearestText, RowTemplate
from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import Rows

MAX_TEMPLATES = 16_384
"""Kept by one batch, of some 400 bytes each; beyond it they are begun anew."""
_NONE = RowTemplate(-1.0, b"")


class BatchText:
    """Writes the rows of one batch; for one thread."""

    def __init__(self, text: NearestText, asked: Asked) -> None:
        self._text, self._asked = text, asked
        self._templates: dict[int, RowTemplate] = {}

    def block(self, rows: Rows, metres: Floats) -> bytes:
        """Return the lists of rows of m places, joined by commas.

        `rows` (m, k) are those of their stations, -1 where there are no more; `metres` (m, k) are geodesic.
        """
        travel, is_there = self._asked.travel, rows >= 0
        # The arithmetic of `visit`, on the same numbers: to the last bit the same seconds.
        ways_s = np.where(is_there, metres, 0.0) * travel.detour / travel.speed_m_s
        whole_s = np.rint(ways_s)
        known, asked, written = self._templates, self._asked, []
        for columns in zip(rows.tolist(), metres.tolist(), ways_s.tolist(), whole_s.tolist(), strict=True):
            place = []
            for row, far, way_s, second in zip(*columns, strict=True):
                if row < 0:
                    break
                within_s, text = known.get(row) or self._template(row)
                if way_s < within_s:
                    place.append(text % (far, second))
                else:
                    place += self._text.rows([(far, row)], asked)
            written.append(b"[%s]" % b",".join(place))
        return b",".join(written)

    def _template(self, row: int) -> RowTemplate:
        if len(self._templates) >= MAX_TEMPLATES:
            self._templates.clear()
        found = self._templates[row] = self._text.row_template(row, self._asked) or _NONE
        return found
