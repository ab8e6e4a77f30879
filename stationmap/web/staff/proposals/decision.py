"""A proposal is decided: taken into the registry, in whole or in part, or not; by one person, once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from stationmap.editing.edits import Edit
from stationmap.editing.merge import merge
from stationmap.storage import proposals
from stationmap.storage.editable_registry import MAX_AUTHOR_LENGTH, Change
from stationmap.storage.proposals import Proposal
from stationmap.web.access.guard import current_user
from stationmap.web.staff.proposals.comparison import insisting, seen
from stationmap.web.state import now, state


class DecidedBeforeError(Exception):
    """Somebody else has decided a proposal, or does so at this moment."""


def accept(proposal: Proposal, taken: Collection[str], seen_as: Mapping[str, str], answer: str) -> Change:
    """Change the stations `taken` as proposed, as one revision; the others of the proposal stay as they are.

    Where somebody changed the same since, the proposal goes first if the station is what the reviewer saw, by id in
    `seen_as`. Raises DecidedBeforeError, and EditConflictError, after which it waits as before.
    """
    by = current_user().name
    with state().database().writing() as connection:
        if not proposals.begin_accepting(connection, proposal.number, by=by, at=now()):
            raise DecidedBeforeError
    try:
        done = _change(proposal, taken, seen_as, by)
    except BaseException:
        with state().database().writing() as connection:
            proposals.give_up_accepting(connection, proposal.number)
        raise
    with state().database().writing() as connection:
        proposals.finish_accepting(connection, proposal, taken, by=by, at=now(), answer=answer)
    return done


def turn_down(proposal: Proposal, answer: str) -> None:
    """Let a proposal change nothing; raises DecidedBeforeError."""
    _decide(proposal, "rejected", answer)


def withdraw(proposal: Proposal) -> None:
    """Take one's own proposal back; raises DecidedBeforeError."""
    _decide(proposal, "withdrawn", "")


def _decide(proposal: Proposal, decision: proposals.Refusal, answer: str) -> None:
    by = current_user().name
    with state().database().writing() as connection:
        if not proposals.decide(connection, proposal.number, decision, by=by, at=now(), answer=answer):
            raise DecidedBeforeError


def _change(proposal: Proposal, taken: Collection[str], seen_as: Mapping[str, str], by: str) -> Change:
    edits = [_as_seen(edit, seen_as.get(edit.station_id, "")) for edit in proposal.edits if edit.station_id in taken]
    author = proposal.author if by == proposal.author else f"{proposal.author} · 审核：{by}"
    return state().change(
        edits,
        author=author[:MAX_AUTHOR_LENGTH],
        kind="edit" if len(edits) == 1 else "bulk",
        reason=proposal.reason,
    )


def _as_seen(edit: Edit, seen_as: str) -> Edit:
    station = state().snapshot.registry.get(edit.station_id)
    contradicts = bool(merge(edit.base, edit.mine, station).conflicts)
    return insisting(edit, station) if contradicts and seen(station) == seen_as else edit
