"""Stations as dots, coloured by category, each with a popup."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from stationmap.folium.data_layer import DataLayer, bounds_of, check_type, key_of
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.model import CATEGORIES, Station
from stationmap.registry.registry import Registry
from stationmap.search.usability import is_in_use

COLOURS = dict(zip(CATEGORIES, ("#0072b2", "#b0408a", "#c04a00", "#00795a"), strict=True))
"""Told apart by the colour-blind, and dark enough for a small dot (after Okabe and Ito, 2008)."""


class StationLayer(DataLayer):
    """The stations of a registry: `StationLayer(registry).add_to(m)`.

    Full dots are in use, hollow ones are not. `colour` is one CSS colour for all of them instead of one a category,
    for a map whose own colours tell something else.
    """

    drawing = "stations"

    def __init__(
        self,
        registry: Registry,
        *,
        colour: str | None = None,
        name: str | None = None,
        language: str = DEFAULT_LANGUAGE,
        show: bool = True,
    ) -> None:
        check_type(self, registry, Registry, "stationmap.load(path)")
        rows = registry.stations
        title = translate(language, "audit.layer.stations")
        lons, lats = [one.position.lon for one in rows], [one.position.lat for one in rows]
        data = {
            "lons": lons,
            "lats": lats,
            "colours": [colour or COLOURS[one.category] for one in rows],
            "isHollow": [not is_in_use(one) for one in rows],
            "facts": [_facts(one, language) for one in rows],
            "key": key_of(title, _lines(rows, colour, language), language, demo=registry.demo),
        }
        super().__init__(name or title, data, bounds_of(lons, lats), show=show)


def _facts(station: Station, language: str) -> dict[str, Any]:
    say, known = partial(translate, language), station.properties
    facts = [
        (say("audit.layer.category"), say(f"category.{station.category}")),
        (say("audit.layer.district"), say(f"district.{known.district}")),
        (say("audit.layer.address"), known.address),
        (say("audit.layer.who"), say(f"who.{known.access.who}")),
        (say("audit.layer.hours"), known.hours_source or known.hours),
    ]
    return {"heading": station.name, "facts": [(label, text) for label, text in facts if text]}


def _lines(rows: Sequence[Station], colour: str | None, language: str) -> list[tuple[str, str, str]]:
    say = partial(translate, language)
    present = {one.category for one in rows}
    by_category = [("dot", COLOURS[code], say(f"category.{code}")) for code in CATEGORIES if code in present]
    lines = [("dot", colour, say("audit.layer.stations"))] if colour else by_category
    hollow = [("ring", colour or "#15191d", say("audit.layer.out_of_use"))]
    return lines + ([] if all(map(is_in_use, rows)) else hollow)
