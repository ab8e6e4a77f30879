"""Figures along streets in words: how far stations serve, minutes for metres, and the straight figures beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stationmap.audit.demand.weights import THOUSANDTHS
from stationmap.audit.output.tables import SIDES, Sheet, Value
from stationmap.i18n import DEFAULT_LANGUAGE, translate

if TYPE_CHECKING:
    from stationmap.audit.studies.study import Study


def reach_words(parameters: Mapping[str, Any], language: str = DEFAULT_LANGUAGE) -> str:
    """Return how far stations serve, by the parameters of a question (`StudyQuestion.stated`)."""
    if parameters.get("by", "straight") == "straight":
        return translate(language, "audit.reach.straight", metres=f"{parameters['radius_m']:,g}")
    travel = translate(language, f"audit.travel.{parameters['travel']}")
    if "minutes" in parameters:
        return translate(language, "audit.reach.minutes", minutes=f"{parameters['minutes']:g}", travel=travel)
    return translate(language, "audit.reach.metres", metres=f"{parameters['radius_m']:,g}", travel=travel)


def way_words(study: Study, metres: float, language: str = DEFAULT_LANGUAGE) -> str:
    """Return how long a way is, in metres or minutes, with its unit."""
    per_minute = minute_of(study)
    if per_minute is None:
        return translate(language, "audit.page.metres", value=f"{metres:,.0f}")
    return translate(language, "audit.page.minutes", value=f"{metres / per_minute:,.1f}")


def ways_lines(stated: Mapping[str, Any], language: str) -> dict[str, str]:
    """Return the lines that must stand beside figures of an extract, by key of `audit.basis`; none without one."""
    ways, places = stated.get("ways"), stated.get("places")
    named = {}
    if places:
        day = places["date"] or translate(language, "audit.ways.no_date")
        named["place_names"] = translate(language, "audit.place_names", date=day, attribution=places["attribution"])
    if not ways:
        return named
    date = ways["date"] or translate(language, "audit.ways.no_date")
    values = {name: ways[name] for name in ("source", "licence", "attribution", "extract")}
    unknown = {"people": f"{ways['unknown_people']:,.0f}", "share": f"{ways['unknown_share'] * 100:.1f} %"}
    return {
        **named,
        "ways": translate(language, "audit.ways.of", date=date, **values),
        "ways_method": translate(language, "audit.ways.method", metres=f"{ways['straight_m']:,.0f}"),
        "ways_unknown": translate(language, "audit.ways.unknown", **unknown),
    }


def minute_of(study: Study) -> float | None:
    """Return the metres that stand for a minute in figures of a study; None where they are metres."""
    return None if study.ways is None else study.ways["metres_per_minute"]


def in_minutes(sheet: Sheet, metres_per_minute: float | None) -> Sheet:
    """Return a sheet whose columns of metres to stations are of minutes; itself where metres are metres."""
    if metres_per_minute is None:
        return sheet
    at = {i for i, column in enumerate(sheet.columns) if _is_way(column)}
    rows = tuple(
        tuple(_minutes(value, metres_per_minute) if i in at else value for i, value in enumerate(row))
        for row in sheet.rows
    )
    columns = (column.replace("_m", "_min", 1) if i in at else column for i, column in enumerate(sheet.columns))
    return replace(sheet, columns=tuple(columns), rows=rows)


def beside_straight(study: Study, name: str) -> tuple[Sheet, ...]:
    """Return the main figures of an outcome along streets with those of as many metres straight beside them.

    Nothing for a study of straight lines, and for outcomes that have no such figures.
    """
    if study.ways is None or name not in _FIGURES:
        return ()
    along, straight = (_FIGURES[name](each, minute_of(study)) for each in (study, study.straight))
    rows = tuple((figure, *along[figure], *straight[figure]) for figure in along)
    columns = tuple(f"{how}_{side}" for how in ("along", "straight") for side in SIDES)
    return (Sheet("beside_straight", ("figure", *columns), rows),)


Figures = dict[str, tuple[Value, Value]]


def _coverage(study: Study, per_minute: float | None) -> Figures:
    total = study.coverage.total
    both = total.confirmed, total.possible
    unit = "m" if per_minute is None else "min"
    ways: Figures = {
        f"{name}_{unit}": tuple(_minutes(getattr(each, f"{name}_m"), per_minute) for each in both)  # type: ignore[misc]
        for name in ("mean", "p50", "p90")
    }
    shares: Figures = {name: (getattr(both[0], name), getattr(both[1], name)) for name in ("share", "area_share")}
    return {**shares, "covered_people": (both[0].people, both[1].people), **ways}


def _hours(study: Study, _per_minute: float | None) -> Figures:
    week = study.week
    return {"people_hours": (int(week.confirmed.sum()) / THOUSANDTHS, int(week.possible.sum()) / THOUSANDTHS)}


def _gaps(study: Study, _per_minute: float | None) -> Figures:
    # One side only: gaps are those of confirmed stations, or of possible ones.
    found = study.gaps
    side = {"gap_people": found.people, "gap_km2": found.area_km2, "gaps": len(found.gaps)}
    return {name: (value, None) if not found.possible else (None, value) for name, value in side.items()}


def _equity(study: Study, _per_minute: float | None) -> Figures:
    return {"gini": (study.equity.confirmed.gini, study.equity.possible.gini)}


def _capacity(study: Study, _per_minute: float | None) -> Figures:
    return {"places_per_1000": (study.capacity.confirmed.mean * 1000, study.capacity.possible.mean * 1000)}


_FIGURES = {"coverage": _coverage, "hours": _hours, "gaps": _gaps, "equity": _equity, "capacity": _capacity}


def _is_way(column: str) -> bool:
    return column.endswith("_m") or column.endswith(tuple(f"_m_{side}" for side in SIDES))


def _minutes(metres: Value, per_minute: float | None) -> Value:
    return metres if per_minute is None or not isinstance(metres, int | float) else metres / per_minute
