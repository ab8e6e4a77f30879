"""Limits and orders that Python and the scripts of the pages share: static/rules.json, which both read.

Two of them only scripts know: how long one waits for a server (`patience_ms`), and how old data may be before it is
asked for again and its age is shown (`fresh_ms`).

What depends on an operator's settings is not here; the server sends it with the feed or the page.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from stationmap.resources import static_folder

RULES: dict[str, Any] = json.loads((static_folder() / "rules.json").read_bytes())
"""All of it by its names there."""

MAX_TRAVEL = timedelta(seconds=RULES["max_travel_s"])
"""The longest way for which a state on arrival is worked out; beyond it that state is unknown."""
MAX_WAIT = timedelta(seconds=RULES["max_wait_s"])
"""The longest way to a station that opens meanwhile; beyond it nobody sets out for one that is still closed."""
MAX_DETOUR = timedelta(seconds=RULES["max_detour_s"])
"""By how much a station along a route may make it longer; beyond it none is near the way."""
MAX_NEIGHBOURS: int = RULES["max_neighbours"]
"""The most stations one answer to a position may hold."""
MAX_MAP_TEXT: int = RULES["max_map_text"]
"""Characters of a name or address in a link to a map app: the whole link must stay below what apps accept."""

MONTH_DAYS: float = RULES["month_days"]
YEAR_DAYS: float = RULES["year_days"]
"""An age is given in days below two months, in months below two years, and in years from there on."""

USUAL_FACILITIES: tuple[str, ...] = tuple(RULES["usual_facilities"])
"""What riders ask for most, most wanted first."""

CHAT_APPS: tuple[str, ...] = tuple(RULES["chat_apps"])
"""What the User-Agent of a browser inside a chat app (WeChat, QQ) contains."""

BAND_RADII: tuple[float, ...] = tuple(RULES["band_radii"])
"""Where the bands of distance end that the audit colours cells by, in radii. Between the second and the third lies what
is possibly within the radius."""

SEVERAL_CONFIRMATIONS: int = RULES["several_confirmations"]
"""Riders who found a station open from whom on it counts as checked, weakly."""

FEED_FORMAT: int = RULES["feed_format"]
"""The version of the feed that a phone reads."""
PLACES_FORMAT: int = RULES["places_format"]
"""The version of the document of places that a phone keeps."""
CROSSING_PATTERN: str = RULES["crossing_pattern"]
"""How people write a crossing: two names of streets, the word between them, and what it is called."""
CELLS_FORMAT: int = RULES["cells_format"]
"""The version of the document of cells that the page of the audit reads."""
CELLS_STEPS_PER_DEGREE: int = RULES["cells_steps_per_degree"]
"""The whole numbers in which that document writes degrees: a step is a micrometre on the ground."""
