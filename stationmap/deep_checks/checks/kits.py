"""Which stations lack what belongs to a kit, and of which nobody knows it: two things, never counted as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from stationmap.deep_checks.issue import Issue, Values
from stationmap.deep_checks.kinds import issue
from stationmap.deep_checks.upkeep_rules import Kit, KitItem
from stationmap.hours.schedule import IN_USE
from stationmap.i18n import LANGUAGES, translate
from stationmap.registry.model import Station

Rows = tuple[int, ...]


def kits(stations: Iterable[Station], kit: Kit) -> Iterator[Issue]:
    """Yield the stations in use of the categories of a kit that lack some of it, or of which some is unknown."""

    @cache  # many stations lack the same
    def described(lacking: Rows, unknown: Rows) -> tuple[Values, tuple[str, ...]]:
        found = [[kit.items[at] for at in rows] for rows in (lacking, unknown)]
        values: Values = {"kit": kit.names, "lacking": _named(found[0]), "unknown": _named(found[1])}
        return values, _fields(found[0] or found[1])

    for station in stations:
        if station.status != IN_USE or station.category not in kit.categories:
            continue
        presences = [item.presence(station.facilities) for item in kit.items]
        if all(presences):
            continue
        lacking = tuple(at for at, there in enumerate(presences) if there is False)
        unknown = tuple(at for at, there in enumerate(presences) if there is None)
        values, fields = described(lacking, unknown)
        yield issue("kit_incomplete" if lacking else "kit_unknown", (station.id,), values, fields=fields)


def _named(items: Sequence[KitItem]) -> Mapping[str, str]:
    separator = {language: translate(language, "list.separator") for language in LANGUAGES}
    return {language: separator[language].join(item.names[language] for item in items) or "–" for language in LANGUAGES}


def _fields(items: Sequence[KitItem]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"facilities.{code}" for item in items for code in item.codes))
