"""What the columns of somebody's lists hold, where their headings do not say it, and the datum of their coordinates.

    mapping = ColumnMapping.of(["站点=name", "备注="], datum="gcj02")   # a heading, then a member; none: not read
    read_list(data, "泉山区.xlsx", mapping.meaning_of)
    source_of(headings)                                                 # lists with the same headings have one source

A mapping is kept for its source (`to_json`, `from_json`), so that the next list of the same form needs no words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process

from stationmap.csv_reader.sheet import Column
from stationmap.csv_reader.vocabulary import FACILITY, FLAG, Meaning, folded_header, known_headings, meaning
from stationmap.datum import Datum
from stationmap.errors import StationmapError
from stationmap.exchange.columns import COLUMNS
from stationmap.registry.model import FACILITIES

# What other people's lists have besides the columns of our own.
OTHER_MEMBERS = ("serial", "position", "datum", "facilities")
_MEMBERS = frozenset((*(column.member for column in COLUMNS), *OTHER_MEMBERS)) - {FACILITY}
ALIKE = 80  # of 100: two headings that perhaps mean the same


@dataclass(frozen=True)
class ColumnMapping:
    """Members by heading, as `folded_header` writes it, the empty one for a column that is not read; and the datum."""

    members: Mapping[str, str] = field(default_factory=dict)
    datum: Datum | None = None

    @classmethod
    def of(cls, assignments: Iterable[str], datum: str | None = None) -> ColumnMapping:
        """Return the mapping that texts such as `站点=name`, `空调机=air_conditioning`, `备注=` state.

        What is meant may be a member, a facility, or any heading that is known; raises StationmapError naming all that
        is none of these.
        """
        members: dict[str, str] = {}
        unknown = []
        for each in assignments:
            heading, equals, meant = each.rpartition("=")
            member = _member(meant.strip())
            if not equals or not heading.strip() or member is None:
                unknown.append(each)
            else:
                members[folded_header(heading)] = member
        if unknown:
            raise StationmapError(
                f"--map: 不认识 is not HEADING=MEMBER: {', '.join(map(repr, unknown))}; 可用 members are "
                f"{', '.join(sorted(_MEMBERS))}, 设施代码 or a facility, 留空为不读 or nothing to leave it unread"
            )
        return cls(members, Datum(datum) if datum else None)

    def meaning_of(self, heading: str) -> Meaning:
        """Return what a column holds: what this mapping says of it, or else its heading."""
        member = self.members.get(folded_header(heading))
        if member is None:
            return meaning(heading)
        if member in FACILITIES:
            return Meaning(FACILITY, member)
        return Meaning(member, datum=meaning(heading).datum if member in ("lon", "lat", "position") else "")

    def over(self, earlier: ColumnMapping) -> ColumnMapping:
        """Return the mapping in which this one's statements take the place of earlier ones."""
        return ColumnMapping({**earlier.members, **self.members}, self.datum or earlier.datum)

    def to_json(self) -> dict[str, Any]:
        """Return the mapping as plain values."""
        return {"members": dict(self.members), "datum": self.datum.value if self.datum else None}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ColumnMapping:
        """Return the mapping that plain values state; members that this version does not know are passed over."""
        members = {folded_header(name): member for name, member in value["members"].items() if _is_member(member)}
        return cls(members, Datum(value["datum"]) if value.get("datum") else None)


class Understood(NamedTuple):
    """How a column is read: its heading, its member, empty where it is not; then perhaps the heading it resembles."""

    heading: str
    member: str
    resembles: str = ""


def understood(columns: Sequence[Column]) -> tuple[Understood, ...]:
    """Return how the columns of a table are read, and what those that are not resemble."""
    return tuple(
        Understood(column.shown, _name(column.meaning), "" if column.member else _resembled(column.header))
        for column in columns
    )


def source_of(headings: Iterable[str]) -> str:
    """Return what tells lists of one source from others: a digest of their headings, in whatever order."""
    listed = "\n".join(sorted(set(map(folded_header, headings))))
    return hashlib.blake2b(listed.encode(), digest_size=16).hexdigest()


def _member(meant: str) -> str | None:
    """Return the member that a word means, None where it means none."""
    if not meant or _is_member(meant):
        return meant
    if meant.removeprefix("facilities.") in FACILITIES:
        return meant.removeprefix("facilities.")
    found = meaning(meant)
    if found.member == FACILITY:
        return found.yes
    return found.member if found.member and found.member != FLAG else None


def _is_member(member: str) -> bool:
    return member == "" or member in _MEMBERS or member in FACILITIES


def _name(found: Meaning) -> str:
    return f"facilities.{found.yes}" if found.member == FACILITY else found.yes or found.member


def _resembled(heading: str) -> str:
    """Return the heading that is known and most like one that is not; empty where none is."""
    headings = known_headings()
    found = process.extractOne(folded_header(heading), headings.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)
    return headings[found[0]] if found else ""
