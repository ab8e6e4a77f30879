"""Whether a rider may be sent to a station: the one rule that page, API, command line and audit go by.

It rests on what the registry says of a station whatever is known of its hours: a withdrawn station stays withdrawn
however old a feed is. Phones get the outcome as a column of the feed, not the rule.
"""

from __future__ import annotations

from typing import Literal, get_args

from stationmap.hours.schedule import IN_USE
from stationmap.registry.model import Category, RegisterStatus, Station, Who

Standing = Literal["welcome", "unsure", "restricted", "out_of_use"]
"""`welcome`: anyone who comes may enter, at most after signing up; `unsure`: for members, or for whom is unknown;
`restricted`: for others than riders; `out_of_use`: nobody is there, not yet, for now or any more."""

STANDINGS: tuple[Standing, ...] = get_args(Standing)
FOR_RIDERS: frozenset[Standing] = frozenset(("welcome", "unsure"))
"""Where a rider may be sent who knows nothing more."""

ANYONE: frozenset[Who] = frozenset(("public", "registration"))
OTHERS: frozenset[Who] = frozenset(("women", "staff"))
RIDERS: tuple[Who, ...] = tuple(who for who in get_args(Who) if who not in OTHERS and who != "unknown")
"""The groups a rider may belong to."""


def standing(station: Station) -> Standing:
    """Return whether a rider may enter a station, as far as the registry says."""
    known = station.properties
    return standing_of(known.status, known.category, known.access.who)


def standing_of(status: RegisterStatus, category: Category, who: Who) -> Standing:
    """Return the standing that follows from status, category and the group a station admits."""
    if status != IN_USE:
        return "out_of_use"
    needed = groups_needed(category, who)
    if needed & OTHERS:
        return "restricted"
    return "welcome" if needed and needed <= ANYONE else "unsure"


def groups_needed(category: Category, who: Who) -> frozenset[Who]:
    """Return the groups of which a visitor must belong to every one; none where it is unknown who may enter.

    A carnation station that does not say it is public is women's own.
    """
    groups = frozenset[Who]() if who == "unknown" else frozenset[Who]((who,))
    return groups | {"women"} if category == "carnation" and who != "public" else groups


def is_for_riders(station: Station) -> bool:
    """Tell whether a rider may be sent there: welcome or unsure."""
    return standing(station) in FOR_RIDERS


def is_in_use(station: Station) -> bool:
    """Tell whether a station is neither planned nor out of use, for now or for good."""
    return station.status == IN_USE
