"""The one way in which pages of staff change stations: saved where the person may, proposed where they may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

from flask import abort

from stationmap.editing.edits import Edit, StationChange
from stationmap.editing.merge import is_same
from stationmap.registry.registry import Registry
from stationmap.storage import proposals
from stationmap.storage.journal import Kind
from stationmap.web.access.guard import current_user, may, may_edit_in
from stationmap.web.state import now, state


class Saved(NamedTuple):
    """What became of edits.

    `changed` are the stations that were saved, before and after, as revision `seq`; the stations `proposed` wait for a
    reviewer as proposal number `proposal`. `unpublished` says why the file does not hold the revision yet, else empty.
    """

    changed: Mapping[str, StationChange]
    seq: int
    revision: str
    proposal: int | None = None
    proposed: tuple[str, ...] = ()
    unpublished: str = ""


class Sorted(NamedTuple):
    """Edits that whoever is signed in may save, and those that become a proposal."""

    own: tuple[Edit, ...]
    others: tuple[Edit, ...]


def save(edits: Sequence[Edit], *, kind: Kind, reason: str) -> Saved:
    """Save what whoever is signed in may save, as one revision; the rest becomes one proposal.

    Ends the request with 403 for those who may not edit at all. Raises EditConflictError, as `State.change` does, where
    somebody changed the same meanwhile: then nothing is saved, nor proposed. The same edits once more change nothing.
    """
    if not may("edit"):
        abort(HTTPStatus.FORBIDDEN)
    user, sorted_edits = current_user(), sort(edits)
    done = state().change(sorted_edits.own, author=user.name, kind=kind, reason=reason)
    saved = Saved(MappingProxyType(dict(done.changed)), done.seq, done.registry.revision, unpublished=done.unpublished)
    if not sorted_edits.others:
        return saved
    number = _propose(sorted_edits.others, done.registry, reason)
    return saved._replace(proposal=number, proposed=tuple(edit.station_id for edit in sorted_edits.others))


def sort(edits: Iterable[Edit]) -> Sorted:
    """Tell which edits whoever is signed in may save alone; those that change nothing are in neither.

    Who moves a station from one district to another needs both, and that in which it lies now.
    """
    registry = state().snapshot.registry
    own: list[Edit] = []
    others: list[Edit] = []
    for edit in edits:
        if not is_same(edit.base, edit.mine):
            (own if may_edit_in(set(_districts(edit, registry))) else others).append(edit)
    return Sorted(tuple(own), tuple(others))


def _districts(edit: Edit, registry: Registry) -> Iterator[str]:
    versions = (edit.base, edit.mine, registry.get(edit.station_id))
    return (each.district for each in versions if each is not None)


def _propose(edits: Sequence[Edit], registry: Registry, reason: str) -> int:
    user, latest = current_user(), state().journal_head()
    districts = {district for edit in edits for district in _districts(edit, registry)}
    said = {"login": user.login, "author": user.name, "reason": reason}
    with state().database().writing() as connection:
        return proposals.add(connection, latest.registry_id, edits, **said, districts=districts, at=now())
