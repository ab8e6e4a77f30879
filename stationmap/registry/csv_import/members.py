"""The members of a station that the cells of its row state, each with the columns that are not understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from stationmap.csv_reader import csv_cells
from stationmap.csv_reader.sheet import Column, Row
from stationmap.csv_reader.vocabulary import FACILITY, FLAG, category_patterns, code_of, is_one_of
from stationmap.datum import Datum
from stationmap.errors import InvalidHoursError
from stationmap.hours.chinese.wording import to_osm
from stationmap.hours.osm_syntax import read
from stationmap.registry.csv_import.facility_lists import read_facility_list
from stationmap.registry.model import Category

SIMPLE: dict[str, Callable[[str], object]] = {
    "name_en": csv_cells.words_of,
    "address": csv_cells.words_of,
    "directions": csv_cells.words_of,
    "phone": csv_cells.phone,
    "host": csv_cells.words_of,
    "managed_by": csv_cells.words_of,
    "level": csv_cells.level,
    "capacity": csv_cells.people,
    "area_m2": csv_cells.area_m2,
    "photo": csv_cells.link,
    "opened": csv_cells.day,
}
_TABLES = {"source_datum": "datum"}
"""Members that one cell fills, and how it is read: None for what is not understood."""

_PARTS = re.compile(r"[、，,;；/+\s及或()（）]+")
_LISTED = re.compile(r"[、，,;；/+]+")  # words that may have blanks in them: Scan a code, Face recognition


class Part(NamedTuple):
    """Some members of a station, and the columns whose cells do not say, or do not say all, what they are."""

    members: dict[str, Any]
    unread: tuple[Column, ...] = ()


def simple_part(row: Row) -> Part:
    """Return the members that one cell each fills."""
    members: dict[str, Any] = {}
    unread = []
    for column, cell in row.of(*SIMPLE):
        # 3 says nothing of itself, but under 星级 it does.
        starred = column.member == "level" and "星" in column.header and len(cell) == 1
        value = None if is_one_of("blank", cell) else SIMPLE[column.member](f"{cell}星" if starred else cell)
        if value is None:
            unread += [] if is_one_of("blank", cell) else [column]
        elif column.member == "phone" and "phone" in members:
            members["phone"] += f"、{value}"
        else:
            members[column.member] = value
    aliases = [
        part for _, cell in row.of("aliases") if not is_one_of("blank", cell) for part in re.split("[、，,;；]", cell)
    ]
    return Part({**members, "aliases": [part.strip() for part in aliases if part.strip()]}, tuple(unread))


def category_part(row: Row, default: Category | None) -> Part:
    """Read what the column says, or else take what holds for the table, or else what the station calls itself."""
    cell = row.text("category")
    unread: tuple[Column, ...] = ()
    if cell and not is_one_of("blank", cell):
        named = {code for pattern, code in category_patterns() if pattern.search(cell)}
        code = code_of("category", cell) or (named.pop() if len(named) == 1 else None)
        if code:
            return Part({"category": code})
        unread = tuple(column for column, _ in row.of("category"))
    by_name = next((code for pattern, code in category_patterns() if pattern.search(row.text("name"))), None)
    return Part({"category": default or by_name}, unread)


def access_part(row: Row) -> Part:
    """Read who may enter and how; what names two kinds of people names none, but all may have to register."""
    who: set[str] = set()
    how: list[str] = []
    notes, unread, read = [], [], []
    for column, cell in row.of("access", "how"):
        admitted = _admitted(cell)
        if admitted is None:
            unread += [] if is_one_of("blank", cell) else [column]
            continue
        read.append(column)
        who |= {code for kind, code in admitted if kind == "who"}
        how += [code for kind, code in admitted if kind == "how"]
        notes += [f"{column.header}:{cell}"] if ("noted", "") in admitted else []
    for column, code in _flags(row, "access"):
        who |= {code} if code else set()
        (read if code else unread).append(column)
    who -= {"public"} if "registration" in who else set()
    who -= {"registration"} if len(who) > 1 else set()
    if len(who) > 1:
        return Part({"access": {"who": "unknown"}}, (*unread, *read))
    notes += [cell for _, cell in row.of("access_note") if not is_one_of("blank", cell)]
    access = {"who": who.pop() if who else "unknown", "how": list(dict.fromkeys(how)), "note": ";".join(notes)}
    return Part({"access": {name: value for name, value in access.items() if value}}, tuple(unread))


def _admitted(cell: str) -> list[tuple[str, str]] | None:
    """Return what a cell says of `who` and `how`, and `noted` where its words say more; None if it is not understood.

    Trades (快递员, 环卫工人) are examples where everybody outdoors is meant; alone they do not say that others are not.
    """
    parts = [cell] if _codes(cell) else [part for part in _LISTED.split(cell) if part.strip()]
    if not all(map(_codes, parts)):
        parts = [part.removesuffix("等") for part in _PARTS.split(cell) if part.removesuffix("等")]
    trades = [part for part in parts if is_one_of("trades", part)]
    found = [_codes(part) for part in parts if part not in trades]
    codes = [code for each in found for code in each]
    if not all(found) or not codes or (trades and ("who", "public") not in codes):
        return None
    noted = [("noted", "")] if trades or any(is_one_of("noted", part) for part in parts) else []
    return codes + noted


def _codes(text: str) -> list[tuple[str, str]]:
    return [(kind, code) for kind in ("who", "how") if (code := code_of(kind, text))]


def facilities_part(row: Row) -> Part:
    """Read facilities from columns of their own and from lists; where two contradict each other neither is taken."""
    stated: dict[str, set[bool]] = {}
    from_columns: dict[str, list[Column]] = {}
    services: list[str] = []
    unread = []

    def say(code: str, there: bool, column: Column) -> None:
        stated.setdefault(code, set()).add(there)
        from_columns.setdefault(code, []).append(column)

    for column, cell in row.of(FACILITY):
        there = csv_cells.presence(cell)
        if there is not None:
            say(column.meaning.yes, there, column)
        elif not is_one_of("blank", cell):
            unread.append(column)
    for column, cell in row.of("facilities", "services"):
        if is_one_of("blank", cell):
            continue
        found = read_facility_list(cell)
        for code, there in found.facilities.items():
            say(code, there, column)
        services += found.services
        unread += [column] if found.unread else []
    contradicted = [code for code, answers in stated.items() if len(answers) > 1]
    unread += [column for code in contradicted for column in from_columns[code]]
    facilities = {code: True in answers for code, answers in stated.items() if code not in contradicted}
    return Part({"facilities": facilities, "services": list(dict.fromkeys(services))}, tuple(unread))


def hours_part(row: Row) -> Part:
    """Return the hours and their wording: opening_hours from a column of their own, or else read from the wording.

    The two may say the same; then there is no other wording. What is no opening_hours in such a column is a wording.
    """
    wording, osm = ("" if is_one_of("blank", cell) else cell for cell in map(row.text, ("hours", "hours_osm")))
    if osm and not _is_opening_hours(osm):
        wording, osm = osm, ""
    hours = osm or (to_osm(wording) if wording else None)
    return Part({"hours": hours, "hours_source": "" if wording == osm else wording})


def _is_opening_hours(text: str) -> bool:
    try:
        read(text)
    except InvalidHoursError:
        return False
    return True


def closures_part(row: Row) -> Part:
    """Read the closures of a station."""
    closures: list[dict[str, str]] = []
    for column, cell in row.of("closures"):
        found = [] if is_one_of("blank", cell) else csv_cells.closures(cell)
        if found is None:
            return Part({}, (column,))
        closures += found
    return Part({"closures": closures})


def status_part(row: Row) -> Part:
    """Read the status; the empty text is one that is stated and not understood, or contradicted by another column.

    `open` is what a station without one is, and is not written.
    """
    stated = {code_of("status", cell) or "" for _, cell in row.of("status")}
    flags = {code or "" for _, code in _flags(row, "status")}
    both = stated | flags
    if not both:
        return Part({})
    if "" in both or ("open" in both and len(both) > 1):
        return Part({"status": ""})
    status = (stated or flags).pop()
    return Part({} if status == "open" else {"status": status})


def is_status(column: Column) -> bool:
    """Tell whether a column states the status of a station."""
    return column.member == "status" or column.meaning.yes.startswith("status.")


def _flags(row: Row, member: str) -> Iterator[tuple[Column, str | None]]:
    """Yield what columns such as 是否对外开放 say of a member, None where that is neither yes nor no."""
    for column, cell in row.of(FLAG):
        if column.meaning.yes.startswith(f"{member}."):
            there = csv_cells.presence(cell)
            yes_or_no = column.meaning.yes if there else column.meaning.no
            yield column, None if there is None else yes_or_no.partition(".")[2]


def verified_part(row: Row) -> Part:
    """Read the last check; without a word on who made it, it is that of the union whose list this is."""
    columns = tuple(column for column, cell in row.of("verified_on", "verified_by") if not is_one_of("blank", cell))
    if not columns:
        return Part({})
    by = row.text("verified_by")
    known = {
        "on": csv_cells.day(row.text("verified_on")),
        "by": "staff" if is_one_of("blank", by) else code_of("verified_by", by),
    }
    if None in known.values():
        return Part({}, columns)
    how = row.text("verified_how")
    return Part({"verified": {**known, **({"how": how} if not is_one_of("blank", how) else {})}})


def position_part(row: Row, datum: Datum) -> Part:
    """Return how the point was obtained, and its datum."""
    how, origin = code_of("origin", row.text("origin")), row.text("origin")
    unread = tuple(
        column
        for column, cell in row.of("origin", "datum", "source_datum")
        if not code_of(_TABLES.get(column.member, column.member), cell) and not is_one_of("blank", cell)
    )
    given = code_of("datum", row.text("source_datum")) if row.has("source_datum") else datum.value
    known = {"how": how if origin else None, "datum": given}
    return Part({"position": {name: value for name, value in known.items() if value}}, unread)
