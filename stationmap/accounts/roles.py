"""What each role may do: the one place where that is decided.

Each role may do all that those before it may. Whoever may edit does so in their own districts; a change elsewhere is a
proposal, which somebody who may review decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

Role = Literal["viewer", "editor", "reviewer", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "editor", "reviewer", "admin")

Permission = Literal["view", "edit", "review", "administer"]
_LEAST: dict[Permission, Role] = {"view": "viewer", "edit": "editor", "review": "reviewer", "administer": "admin"}
PERMISSIONS: tuple[Permission, ...] = tuple(_LEAST)


class Person(Protocol):
    """Whoever has a role; `districts` are adcodes of counties, or the first digits they begin with."""

    @property
    def role(self) -> Role:
        """What they may do."""

    @property
    def districts(self) -> tuple[str, ...]:
        """Where an editor may do it."""


def may(person: Person, permission: Permission) -> bool:
    """Tell whether somebody may do something, be it only in their own districts."""
    return ROLES.index(person.role) >= ROLES.index(least(permission))


def least(permission: Permission) -> Role:
    """Return the role that somebody needs at least."""
    return _LEAST[permission]


def may_edit_in(person: Person, districts: Iterable[str]) -> bool:
    """Tell whether somebody may change stations in all of these districts, by adcode, without asking anybody.

    Who moves a station from one district to another needs both.
    """
    if not may(person, "edit"):
        return False
    return may(person, "review") or all(is_in(each, person.districts) for each in districts)


def is_in(district: str, codes: Iterable[str]) -> bool:
    """Tell whether a district, by adcode, is one of these or below one, as 320302 is below 3203."""
    return any(code and district.startswith(code) for code in codes)
