"""Fields that hold one value each: texts, numbers, a date, a link; and the list of other names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from stationmap.csv_reader import csv_cells
from stationmap.editing.station_form.submission import NOTHING, FieldFault, Submission, Update
from stationmap.registry.model import MAX_TEXT_LENGTH
from stationmap.registry.photos import photo

_SEPARATORS = re.compile(r"[、，,;；]")


def _as_it_is(text: str) -> str:
    return text


def _link(text: str) -> str | None:
    return text if photo(text) else None


_READERS: dict[str, tuple[Callable[[str], object], str]] = {
    **dict.fromkeys(("name", "name_en", "address", "directions", "host", "managed_by"), (_as_it_is, "")),
    "phone": (csv_cells.phone, "no_phone"),
    "level": (csv_cells.level, "not_understood"),
    "capacity": (csv_cells.people, "no_whole_number"),
    "area_m2": (csv_cells.area_m2, "no_number"),
    "photo": (_link, "no_link"),
    "opened": (csv_cells.day, "no_date"),
}
"""How each field is read, None for what is not understood, and what is said of it then."""


def read_texts(sent: Submission) -> Update:
    """Return the values of the fields that were touched; a field that was emptied is removed."""
    values: dict[str, Any] = {}
    faults = []
    for name, (read, code) in _READERS.items():
        if not sent.touches(name):
            continue
        text = sent.text(name)
        value = read(text) if text else None
        if text and value is None:
            faults.append(FieldFault(name, code))
        elif len(text) > MAX_TEXT_LENGTH:
            faults.append(FieldFault(name, "too_long"))
        elif name == "name" and not text:
            faults.append(FieldFault(name, "blank"))
        else:
            values[name] = value
    return values, tuple(faults)


def read_aliases(sent: Submission) -> Update:
    """Return the other names, one a line or separated by 、; a name that was there stays whole."""
    if not sent.touches("aliases"):
        return NOTHING
    known = sent.base.properties.aliases if sent.base else ()
    lines = [line.strip() for line in sent.text("aliases").split("\n")]
    names = [name for line in lines for name in ([line] if line in known else _SEPARATORS.split(line))]
    return {"aliases": [*dict.fromkeys(name.strip() for name in names if name.strip())] or None}, ()
