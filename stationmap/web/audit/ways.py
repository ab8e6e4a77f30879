"""How far every cell is from the nearest stations along streets, which a browser has no streets to work out by.

The form is that of `cells`; whole metres, those that minutes stand for where minutes are asked for, and `NOWHERE` where
no way is known, or there is no station.
"""

from __future__ import annotations

import numpy as np

from stationmap.audit.inputs.supply import CERTAINTY_CODES
from stationmap.audit.output.ways import ways_lines
from stationmap.audit.studies.study import Study
from stationmap.geo.geodesy import Floats
from stationmap.i18n import LANGUAGES
from stationmap.web.audit.cells import Column, packed

NOWHERE = 2**32 - 1
NEAREST = ("first", "second")


def document(study: Study) -> bytes:
    """Return metres to the nearest and the second nearest station, confirmed and possible, of each cell."""
    territory, supply, reach = study.territory, study.supply, study.reach
    columns: dict[str, Column] = {"known": reach.is_known(territory.lons, territory.lats).astype(np.uint8)}
    for certainty, code in CERTAINTY_CODES.items():
        counted = getattr(supply, certainty)
        metres = np.full((len(territory), len(NEAREST)), np.inf)
        if counted.any():
            stations = reach.stations(supply.lons[counted], supply.lats[counted], certainty=certainty)
            metres = stations.nearest_many(territory.lons, territory.lats, len(NEAREST), -1)[1]
        for at, name in enumerate(NEAREST):
            columns[f"{code}_{name}"] = _whole(metres[:, at])
    stated = study.stated()
    stated_ways = {name: value for name, value in stated.items() if name != "places"}  # those stand in the basis
    words = {language: list(ways_lines(stated_ways, language).values()) for language in LANGUAGES}
    return packed({"stated": stated, "words": words}, columns)


def _whole(metres: Floats) -> Column:
    return np.where(np.isfinite(metres), np.rint(np.minimum(metres, NOWHERE - 1)), NOWHERE).astype("<u4")
