"""What somebody wants to see of the table of stations, as the address of the page says it.

view, unclear = view_from(request.args)     # conditions that say nothing are left out, and named
view.address(page=2)                        # the same with another page, as parameters
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from stationmap.registry.model import CATEGORIES, FACILITIES, STATUSES, WHO, is_code
from stationmap.web.staff.table.columns import SORTS

ROWS = 50
MAX_TEXT = 200
MAX_MONTHS = 1_200
NEVER = "never"
OPENINGS = ("open", "closed", "unknown", "closure", "closure_ahead")
"""Open or closed now, unknown hours, temporarily closed now, a temporary closure ahead."""

_CODES: Mapping[str, tuple[str, ...]] = {
    "category": CATEGORIES,
    "status": STATUSES,
    "opening": OPENINGS,
    "access": WHO,
    "lacks": FACILITIES,
    "unsaid": FACILITIES,
    "sort": SORTS,
}


@dataclass(frozen=True, slots=True)
class View:
    """Conditions on stations, the order of those that meet them, and a page; empty conditions accept every station.

    `lacks` is a facility known to be missing, `unsaid` one of which nothing is known. `checked` is `never`, or the
    number of months since the last check, at least. `mine` are the districts of whoever is signed in.
    """

    q: str = ""
    district: str = ""
    category: str = ""
    status: str = ""
    opening: str = ""
    access: str = ""
    lacks: str = ""
    unsaid: str = ""
    checked: str = ""
    issue: str = ""
    mine: bool = False
    sort: str = "name"
    down: bool = False
    page: int = 1

    def address(self, **changed: Any) -> dict[str, Any]:
        """Return the parameters of this view with some changed, None to what is usual, which is left out."""
        given = {name: _USUAL[name] if value is None else value for name, value in changed.items()}
        values = _values(replace(self, **given))
        return {name: "1" if value is True else str(value) for name, value in values if value != _USUAL[name]}

    @property
    def conditions(self) -> tuple[str, ...]:
        """The names of the conditions that there are."""
        others = ("sort", "down", "page")
        return tuple(name for name, value in _values(self) if name not in others and value != _USUAL[name])


def _values(view: View) -> Iterator[tuple[str, Any]]:
    return ((field.name, getattr(view, field.name)) for field in fields(view))


_USUAL: dict[str, Any] = dict(_values(View()))


def view_from(args: MultiDict[str, str]) -> tuple[View, tuple[str, ...]]:
    """Return the view of an address, and the names of conditions in it that cannot be understood."""
    values: dict[str, Any] = {}
    unclear = []
    for name in _USUAL:
        text = " ".join(args.get(name, "").split())
        if not text:
            continue
        value = _value(name, text)
        if value is None:
            unclear.append(name)
        else:
            values[name] = value
    return View(**values), tuple(unclear)


def _value(name: str, text: str) -> Any:
    """Return the value of a condition, None where the text is none."""
    if name in ("mine", "down"):
        return True if text == "1" else None
    if name == "q":
        return text[:MAX_TEXT] if text.isprintable() else None
    if name == "page":
        return int(text) if _is_number(text, 1, 9_999_999) else None
    if name == "district":
        return text if len(text) == 6 and _is_number(text, 0, 999_999) else None
    if name == "checked":
        return text if text == NEVER or _is_number(text, 0, MAX_MONTHS) else None
    known = is_code(text) if name == "issue" else text in _CODES[name]
    return text if known else None


def _is_number(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= most
