"""Which objects of OpenStreetMap are places, and how important they are: data/osm_places.json, which people keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from stationmap.places.place import KINDS, MAX_IMPORTANCE, Kind, other_names, plain_name
from stationmap.resources import data_folder

RULES = "osm_places.json"
ANY = "*"
Tags = Mapping[str, str]

SUFFIXES = ("站",)
"""With or without it a station is the same: 徐州东, 徐州东站."""
_LONG_SUFFIXES = ("火车站", "地铁站", "公交站", "汽车站", "高铁站")
_CHINESE = ("name:zh-Hans", "name:zh-CN", "name:zh")
_ENGLISH = ("name:en", "int_name")
_OTHERS = ("alt_name", "old_name", "short_name", "loc_name", "official_name", "nat_name", "reg_name")
_LANGUAGES = ("", ":zh", ":zh-Hans", ":zh-Hant", ":en")


class Names(NamedTuple):
    """What an object is called: as it is shown, in English, and otherwise."""

    shown: str
    english: str
    others: tuple[str, ...]


class KindRule(NamedTuple):
    """One kind of places: which tags it has, how important it is, and within how many metres a name is one place."""

    kind: Kind
    importance: int
    join_m: float
    reason: str
    tags: tuple[Mapping[str, list[str]], ...]
    but: tuple[Mapping[str, list[str]], ...] = ()
    also: tuple[str, ...] = ()

    def fits(self, tags: Tags) -> bool:
        """Tell whether an object with these tags is of this kind."""
        return any(_has(tags, row) for row in self.tags) and not any(_has(tags, row) for row in self.but)


class PlaceRules(NamedTuple):
    """All rules, the kinds in the order in which they are tried."""

    kinds: tuple[KindRule, ...]
    more_important: tuple[tuple[Mapping[str, list[str]], int], ...]
    streets: Mapping[str, Any]
    crossings: Mapping[str, Any]
    around: Mapping[str, Any]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of which an object needs one to be a place."""
        return tuple(dict.fromkeys(key for rule in self.kinds for row in rule.tags for key in row))

    def kind_of(self, tags: Tags) -> KindRule | None:
        """Return the rule that takes an object, None where it is no place."""
        return next((rule for rule in self.kinds if rule.fits(tags)), None)

    def importance(self, base: int, tags: Tags) -> int:
        """Return how important an object is whose kind is as important as `base`."""
        return min(MAX_IMPORTANCE, base + sum(by for row, by in self.more_important if _has(tags, row)))


@cache
def place_rules() -> PlaceRules:
    """Return the rules that travel with the program."""
    known = json.loads((data_folder() / RULES).read_bytes())
    kinds = tuple(
        KindRule(
            _kind(row["kind"]),
            row["importance"],
            row["join_m"],
            row["reason"],
            tuple(row["tags"]),
            tuple(row.get("but", ())),
            tuple(row.get("also", ())),
        )
        for row in known["kinds"]
    )
    more = tuple((row["tags"], row["by"]) for row in known["more_important"])
    return PlaceRules(kinds, more, known["streets"], known["crossings"], known["around"])


def names_of(tags: Tags, *, with_ref: bool = False) -> Names | None:
    """Return the names of an object, Chinese before others; None where it has none that could be shown."""
    chinese = [name for key in _CHINESE for name in _split(tags.get(key, ""))]
    usual, english = _split(tags.get("name", "")), [name for key in _ENGLISH for name in _split(tags.get(key, ""))]
    refs = _split(tags.get("ref", "")) if with_ref else []
    found = [*chinese, *usual, *english, *refs]
    if not found:
        return None
    shown = found[0]
    foreign = next((name for name in (*english, *usual) if not is_chinese(name)), "")
    others = [name for key in _OTHERS for each in _LANGUAGES for name in _split(tags.get(f"{key}{each}", ""))]
    traditional = _split(tags.get("name:zh-Hant", ""))
    in_english = foreign if foreign != shown else ""
    aliases = other_names((*found[1:], *others, *traditional, *refs), (shown, in_english))
    return Names(shown, in_english, aliases)


def also_called(rule: KindRule, name: str) -> list[str]:
    """Return what a place of a kind is called besides: 人民广场 of the metro is 人民广场地铁站 as well."""
    if not is_chinese(name) or name.endswith(_LONG_SUFFIXES):
        return []
    stem = next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)
    return [each for form in rule.also if (each := form.format(stem=stem)) != name]


def is_chinese(text: str) -> bool:
    """Tell whether a name has a Chinese character."""
    return any("\u3400" <= character <= "\u9fff" for character in text)


def _split(text: str) -> list[str]:
    return [name for part in text[:2_000].split(";") if (name := plain_name(part))]


def _has(tags: Tags, row: Mapping[str, list[str]]) -> bool:
    return all(key in tags and (values == [ANY] or tags[key] in values) for key, values in row.items())


def _kind(code: str) -> Kind:
    return KINDS[KINDS.index(code)]
