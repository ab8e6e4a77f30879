"""How far people are from the nearest station: the cells of a study in the colours of the audit's page."""

from __future__ import annotations

import base64
import zlib
from functools import partial

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.inputs.reach import Reach, nearest_m
from stationmap.audit.inputs.supply import CERTAINTY_CODES, Certainty, Supply
from stationmap.audit.output.degree_steps import steps
from stationmap.audit.studies.study import Study
from stationmap.folium.data_layer import STUDY, DataLayer, bounds_of, check_type, key_of
from stationmap.geo.geodesy import Floats
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.rules import BAND_RADII

POSSIBLE = 2
WAY_UNKNOWN = len(BAND_RADII) + 2  # the band behind all of distance


class CoverageLayer(DataLayer):
    """The cells of a study by distance to the nearest station that is confirmed: `CoverageLayer(study).add_to(m)`.

    A cell is coloured by the distance of its middle. The browser needs `DecompressionStream` (2023 or later).
    """

    drawing = "coverage"

    def __init__(
        self, study: Study, *, name: str | None = None, language: str = DEFAULT_LANGUAGE, show: bool = True
    ) -> None:
        check_type(self, study, Study, STUDY)
        territory = study.territory
        columns = (steps(territory.lons), steps(territory.lats), bands_of(study))
        title = translate(language, "audit.layer.coverage")
        data = {
            "count": len(territory),
            "cellM": territory.grid.cell_m,
            "columns": base64.b64encode(zlib.compress(b"".join(each.tobytes() for each in columns), 9)).decode(),
            "key": key_of(title, _lines(study.reach, language), language, demo=study.registry.demo),
        }
        super().__init__(name or title, data, bounds_of(territory.lons, territory.lats), show=show)


def bands_of(study: Study) -> NDArray[np.uint8]:
    """Return the band of each cell, shape (cells,): 0 to 5, the nearest first; 6 where no way is known."""
    territory, radius_m = study.territory, study.reach.limit_m
    confirmed_m, possible_m = (
        _metres(territory.lons, territory.lats, study.supply, study.reach, each) for each in CERTAINTY_CODES
    )
    ends = np.searchsorted(np.array(BAND_RADII) * radius_m, confirmed_m)
    is_possible = (ends >= POSSIBLE) & (possible_m <= radius_m)
    bands = np.where(is_possible, POSSIBLE, ends + (ends >= POSSIBLE))
    if study.supply.confirmed.any():
        bands[np.isinf(confirmed_m) & ~is_possible] = WAY_UNKNOWN
    return bands.astype(np.uint8)


def _metres(lons: Floats, lats: Floats, supply: Supply, reach: Reach, certainty: Certainty) -> Floats:
    counted = getattr(supply, certainty)
    if not counted.any():
        return np.full(len(lons), np.inf)
    stations = reach.stations(supply.lons[counted], supply.lats[counted], certainty=certainty)
    return nearest_m(lons, lats, stations, workers=-1)[:, 0]


def _lines(reach: Reach, language: str) -> list[tuple[str, str, str]]:
    say = partial(translate, language)
    half, once, twice, thrice = BAND_RADII
    keys = [
        *(("within", half), ("within", once), ("possibly_within", once)),
        *(("within", twice), ("within", thrice), ("beyond", thrice)),
    ]
    each = reach.metres_per_minute
    unit, limit, form = ("", reach.limit_m, ",.0f") if each is None else ("_min", reach.limit_m / each, ",.1f")
    texts = [say(f"audit.page.{key}{unit}", metres=format(radii * limit, form)) for key, radii in keys]
    if not reach.is_straight:
        texts.append(say("audit.page.way_unknown"))
    # Their colours are those of the script that draws them.
    return [("area", "", text) for text in texts]
