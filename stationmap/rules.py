"""Limits and orders that Python and the scripts of the pages share: static/rules.json, which both read.

What depends on an operator's settings is not here; the server sends it with the feed or the page.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from stationmap.resources import static_folder

_RULES: dict[str, Any] = json.loads((static_folder() / "rules.json").read_bytes())

MAX_TRAVEL = timedelta(seconds=_RULES["max_travel_s"])
"""The longest way for which a state on arrival is worked out; beyond it that state is unknown."""
MAX_WAIT = timedelta(seconds=_RULES["max_wait_s"])
"""The longest way to a station that opens meanwhile; beyond it nobody sets out for one that is still closed."""
MAX_NEIGHBOURS: int = _RULES["max_neighbours"]
"""The most stations one answer to a position may hold."""
MAX_MAP_TEXT: int = _RULES["max_map_text"]
"""Characters of a name or address in a link to a map app: the whole link must stay below what apps accept."""

MONTH_DAYS: float = _RULES["month_days"]
YEAR_DAYS: float = _RULES["year_days"]
"""An age is given in days below two months, in months below two years, and in years from there on."""

USUAL_FACILITIES: tuple[str, ...] = tuple(_RULES["usual_facilities"])
"""What riders ask for most, most wanted first."""

CELLS_FORMAT: int = _RULES["cells_format"]
"""The version of the document of cells that the page of the audit reads."""
CELLS_STEPS_PER_DEGREE: int = _RULES["cells_steps_per_degree"]
"""The whole numbers in which that document writes degrees: a step is a micrometre on the ground."""
