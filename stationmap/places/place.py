"""What a named place is: a street, a crossing of two, a stop, a school, a village; never a rest station."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "own",
    "station",
    "airport",
    "metro",
    "bus_station",
    "ferry",
    "town",
    "square",
    "hospital",
    "university",
    "mall",
    "attraction",
    "park",
    "government",
    "stadium",
    "market",
    "school",
    "street",
    "village",
    "neighbourhood",
    "estate",
    "hotel",
    "building",
    "clinic",
    "supermarket",
    "bus_stop",
    "crossing",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In this order: of two places that are equally important the kind named earlier comes first. `own` is of a list of the
operator's own that says no kind."""

MAX_NAME_CHARS = 80
"""What is longer is no name: a map shows it nowhere, and a phone could not."""
MAX_ALIASES = 8
MAX_IMPORTANCE = 100
MAX_PLACES = 200_000
"""Places of one file; of more the most important are kept."""
DECIMALS = 5
"""Of a degree: about a metre."""

_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Place:
    """A place people go by: a point on or in it, WGS-84 degrees, its names, and what tells it from others of its name.

    `importance` is 0 to 100; `around` is the district and the street it lies in, `around_en` the same in English.
    """

    kind: Kind
    name: str
    lon: float
    lat: float
    importance: int
    name_en: str = ""
    aliases: tuple[str, ...] = ()
    around: str = ""
    around_en: str = ""
    id: str = ""
    """Where it comes from: the object of OpenStreetMap (n1, w1, r1), or the row of a list."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the one it is shown by first."""
        return tuple(filter(None, (self.name, self.name_en, *self.aliases)))


def order_key(place: Place) -> tuple[int, int, str, float, float, str]:
    """Return what puts places in the order of their file: the most important first, and always the same order."""
    return -place.importance, KINDS.index(place.kind), place.name, place.lon, place.lat, place.id


def plain_name(text: object) -> str:
    """Return a name without control characters and blanks around it; empty for what is no name."""
    if not isinstance(text, str) or len(text) > 4 * MAX_NAME_CHARS:
        return ""
    visible = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in text)
    name = _BLANKS.sub(" ", visible).strip()
    return name if len(name) <= MAX_NAME_CHARS and any(map(str.isalnum, name)) else ""


def other_names(names: Iterable[str], shown: Iterable[str]) -> tuple[str, ...]:
    """Return up to `MAX_ALIASES` further names, each once, without those that are shown."""
    known = dict.fromkeys(filter(None, names))
    return tuple(name for name in known if name not in set(shown))[:MAX_ALIASES]
