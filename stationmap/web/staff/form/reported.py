"""Reports of riders that led to the form of a station: the change they propose, and the answer once it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from flask import request

from stationmap.editing.station_form.form_values import FormValues
from stationmap.editing.station_form.reported import (
    CHANGES,
    CHANGES_OF,
    FIELD_OF,
    ReportedChange,
    differing,
    proposed_values,
)
from stationmap.registry.model import Station
from stationmap.reports.model import KINDS, MAX_ANSWER, UNSETTLED, Decision, Kind
from stationmap.storage.reports.groups import ids_of_group, reports_of_group
from stationmap.storage.reports.reading import KeptReport
from stationmap.web.access.guard import may_edit_in
from stationmap.web.staff.form.outcome import say
from stationmap.web.staff.form.versions import current
from stationmap.web.staff.report_answers import ANSWER_TO, text_of
from stationmap.web.staff.report_decisions import decide, moment_sent, show_at_once
from stationmap.web.staff.saving import Saved
from stationmap.web.state import now, state

MAX_SHOWN = 20
MAX_READ = 200


class Reported(NamedTuple):
    """The reports of a kind that wait at a station, the latest first, and the fields they propose to change.

    `until` is the moment up to which they were read: what comes later is not answered with them.
    """

    kind: Kind
    change: ReportedChange
    waiting: int
    reports: Sequence[KeptReport]
    values: FormValues
    until: datetime
    answer: str
    """What riders are told unless somebody writes something else."""
    can_answer: bool

    @property
    def field(self) -> str:
        """The field of the form that the change is about."""
        return FIELD_OF[self.change]


def reported(station: Station) -> Reported | None:
    """Return the reports that the address of the form names, None where it names none or none waits."""
    kind, change = _kind(request.values.get("reported", "")), request.args.get("propose", "")
    if kind is None or not state().desk.has_reports:
        return None
    desk, at = state().desk, now()
    with desk.database().reading() as connection:
        kept = reports_of_group(connection, desk.registry, station.id, kind, statuses=UNSETTLED, most=MAX_READ)
        waiting = len(ids_of_group(connection, desk.registry, station.id, kind, at))
    if not kept:
        return None
    chosen = next((each for each in CHANGES if each == change), (*CHANGES_OF[kind], CHANGES[-1])[0])
    first = request.args.get("report", "")
    ordered = sorted(kept, key=lambda each: each.id != first)  # the one that somebody chose, else the latest
    proposed = proposed_values(chosen, [each.report for each in ordered], station)
    return Reported(
        *(kind, chosen, waiting, kept[:MAX_SHOWN], differing(proposed, station), at),
        text_of(ANSWER_TO[chosen]),
        may_edit_in([station.district]),
    )


def answer_reports(station_id: str, saved: Saved, sent: Mapping[str, Sequence[str]]) -> None:
    """Tell riders that what they reported was mended, where whoever saved the form says so and may."""
    kind, until = _kind(_first(sent, "reported")), moment_sent(_first(sent, "reported_until"))
    station = current(station_id)
    if not _first(sent, "reports_fixed") or kind is None or until is None or saved.proposed or station is None:
        return
    if not may_edit_in([station.district]) or not state().desk.has_reports:
        return
    desk, answer = state().desk, _first(sent, f"reports_answer.{kind}").strip()
    decision = Decision("fixed", answer[:MAX_ANSWER])
    with desk.database().writing() as connection:
        chosen = ids_of_group(connection, desk.registry, station_id, kind, until)
        count = decide(connection, station_id, kind, chosen, decision, until=until)
    show_at_once(station_id)
    say("reports.done.fixed", count=count)


def _kind(text: str) -> Kind | None:
    return next((kind for kind in KINDS if kind == text), None)


def _first(sent: Mapping[str, Sequence[str]], name: str) -> str:
    return (sent.get(name) or [""])[0]
