"""Where people are not served: the gaps of a study, outlined, each with a popup."""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson
import shapely

from stationmap.audit.metrics.gaps import Gap
from stationmap.audit.output.hour_spans import spans
from stationmap.audit.output.result_tables import place_name
from stationmap.audit.studies.landmarks import Landmarks
from stationmap.audit.studies.study import Study
from stationmap.folium.data_layer import STUDY, DataLayer, bounds_of, check_type, key_of
from stationmap.i18n import DEFAULT_LANGUAGE, translate

DIGITS = 6  # of a degree: a tenth of a metre


class GapLayer(DataLayer):
    """The gaps of a study, most people first: `GapLayer(study).add_to(m)`.

    `limit` keeps the map to the gaps of most people.
    """

    drawing = "gaps"

    def __init__(
        self,
        study: Study,
        *,
        limit: int | None = None,
        name: str | None = None,
        language: str = DEFAULT_LANGUAGE,
        show: bool = True,
    ) -> None:
        check_type(self, study, Study, STUDY)
        gaps = study.gaps.gaps[:limit]
        title = translate(language, "audit.layer.gaps")
        lines = [("outline", "", translate(language, "audit.layer.outline"))]
        data = {
            "features": [_feature(gap) for gap in gaps],
            "facts": [_facts(gap, study.landmarks, language) for gap in gaps],
            "key": key_of(title, lines, language, demo=study.registry.demo),
        }
        corners = shapely.get_coordinates([gap.polygon for gap in gaps])
        super().__init__(name or title, data, bounds_of(*corners.T), show=show)


def _feature(gap: Gap) -> dict[str, Any]:
    polygon = shapely.transform(gap.polygon, lambda degrees: degrees.round(DIGITS))
    return {"type": "Feature", "geometry": orjson.loads(shapely.to_geojson(polygon)), "properties": {"rank": gap.rank}}


def _facts(gap: Gap, landmarks: Landmarks, language: str) -> dict[str, Any]:
    say = partial(translate, language)
    station = landmarks.names.get(gap.nearest_id or "", say("audit.page.none_sure"))
    place = place_name(gap.districts, landmarks.beside(gap.site.lon, gap.site.lat), language)
    facts = [
        (say("audit.page.people"), f"{gap.people:,.0f}"),
        (say("audit.page.area_km2"), f"{gap.area_km2:,.1f}"),
        (say("audit.page.where"), place),
        (say("audit.page.nearest_m"), "" if gap.nearest_m is None else f"{gap.nearest_m:,.0f}"),
        (say("audit.page.nearest"), station),
        (say("audit.page.hours"), spans(gap.hours) or say("audit.none")),
        (say("audit.page.site_people"), f"{gap.site_people:,.0f}"),
    ]
    return {"heading": say("audit.page.gap_name", rank=gap.rank), "facts": [fact for fact in facts if fact[1]]}
