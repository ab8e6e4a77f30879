"""What a form of the page of an import decides: datum, columns, who rows are, which rows are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from stationmap.csv_reader.vocabulary import FACILITY, folded_header
from stationmap.editing.list_import.column_mapping import OTHER_MEMBERS
from stationmap.editing.list_import.selection import SELECTABLE, USUAL
from stationmap.exchange.columns import COLUMNS
from stationmap.i18n import translate
from stationmap.registry.model import CATEGORIES
from stationmap.web.staff.imports.kept_import import EDITS, About, KeptImport
from stationmap.web.staff.imports.uploads import DATUMS
from stationmap.web.state import state

DECIDE_SURE = "sure"
"""The action that takes every row which is almost certainly a station on record for that station."""
UNREAD, UNCHANGED = "-", ""
"""A column that is not read, and one that is read as its heading says."""
MAX_TYPED = 6
"""Columns whose heading somebody types in, where no header was made out."""
SURE = 0.9
"""How likely it has to be that a row is a station, for all such rows to be decided at once."""

Form = MultiDict[str, str]


def decided(kept: KeptImport, form: Form, *, only_rows: bool = False) -> About:
    """Return the state of an import with what a form decides; `only_rows` takes nothing but the rows left out."""
    about = kept.about
    before = about.decisions
    shown, left_out = form.getlist("shown"), form.getlist("without")
    without = dict.fromkeys([*(each for each in before.without if each not in shown), *left_out])
    groups = tuple(group for group in SELECTABLE if group in form.getlist("groups")) if kept.part(EDITS) else USUAL
    trusts = bool(form.get("trusts_datum"))
    decisions = before._replace(groups=groups, without=tuple(without), trusts_datum=trusts)
    if not only_rows:
        datum, category = form.get("datum", ""), form.get("category", "")
        decisions = decisions._replace(
            datum=datum if datum in DATUMS else "",
            category=category if category in CATEGORIES else "",
            members={**before.members, **dict(_members(about, form))},
            identities={
                **before.identities,
                **(sure_identities(kept) if form.get("action") == DECIDE_SURE else {}),
                **dict(_identities(kept, form)),
            },
        )
    return about._replace(decisions=decisions)


def member_choices(language: str) -> list[tuple[str, str]]:
    """Return what a column may hold, with words: what lists of ours have, and what others' have besides."""
    found = [(each.code if each.member == FACILITY else each.member, each.heading(language)) for each in COLUMNS]
    others = [(name, translate(language, f"review.member.{name}")) for name in OTHER_MEMBERS]
    return list(dict.fromkeys([*found, *others]))


def new_is_possible(station_id: str) -> bool:
    """Tell whether a row can be a new station under its id: none has it already."""
    return bool(station_id) and station_id not in state().snapshot.registry


def sure_identities(kept: KeptImport) -> dict[str, str]:
    """Return the rows that are almost certainly a station on record, and which: no two of them are the same one."""
    rows = _doubtful(kept)
    entered_twice = {each["id"] for row in rows for each in row["likely"] if each["file"]}
    found = {row["id"]: row["likely"][0] for row in rows if row["id"] not in entered_twice and _is_sure(row["likely"])}
    rows_of = Counter(each["id"] for each in found.values())
    return {row_id: each["id"] for row_id, each in found.items() if rows_of[each["id"]] == 1}


def _is_sure(likely: Sequence[Mapping[str, Any]]) -> bool:
    first, *others = likely
    is_on_record = first["file"] is None
    return is_on_record and first["sure"] >= SURE and all(each["sure"] < first["sure"] for each in others)


def _doubtful(kept: KeptImport) -> Sequence[Mapping[str, Any]]:
    document: Mapping[str, Sequence[Mapping[str, Any]]] = kept.part("zh.json") or {}
    return document.get("duplicate", ())


def _members(about: About, form: Form) -> Iterator[tuple[str, str]]:
    """Yield the member of each column whose reading somebody corrected, by heading."""
    codes = {code for code, _ in member_choices("zh")}
    number = 0
    for columns in about.columns.values():
        for column in columns:
            chosen = form.get(f"map-{number}", UNCHANGED)
            number += 1
            if chosen == UNREAD or chosen in codes:
                yield folded_header(column["heading"]), "" if chosen == UNREAD else chosen
    for number in range(MAX_TYPED):
        heading, chosen = form.get(f"heading-{number}", "").strip()[:100], form.get(f"typed-{number}", "")
        if heading and chosen in codes:
            yield folded_header(heading), chosen


def _identities(kept: KeptImport, form: Form) -> Iterator[tuple[str, str]]:
    """Yield which station each doubtful row is: one that it may be, or a new one."""
    for number, row in enumerate(_doubtful(kept)):
        chosen = form.get(f"same-{number}", "")
        likely = {each["id"] for each in row["likely"]}
        if chosen in likely or (chosen == row["id"] and new_is_possible(row["id"])):
            yield row["id"], chosen
