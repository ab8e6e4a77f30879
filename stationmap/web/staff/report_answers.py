"""What staff usually answer riders, by the kind of report: to begin with, and to be edited."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from stationmap.editing.station_form.reported import ReportedChange
from stationmap.i18n import LANGUAGES, translate
from stationmap.reports.model import Kind

_ALWAYS = ("thanks", "visited", "not_so")
ANSWERS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "locked": ("hours_corrected", "told_host", "closed_for_now", "open_again", "outside_hours"),
        "open": (),
        "wrong_place": ("moved_pin", "entrance"),
        "no_entry": ("access_corrected", "told_host_access", "bring_card"),
        "lacks": ("facility_corrected", "facility_mended", "facility_ordered"),
        "gone": ("removed", "moved_station", "closed_for_now"),
        "other": ("passed_on",),
    }
)
"""Codes of `reports.answer.*`; those of all kinds come last."""


ANSWER_TO: Mapping[ReportedChange, str] = MappingProxyType(
    {
        "hours": "hours_corrected",
        "closure": "closed_for_now",
        "position": "moved_pin",
        "access": "access_corrected",
        "facilities": "facility_corrected",
        "closed": "removed",
        "station": "visited",
    }
)
"""What is usually answered once a change is saved."""


class AnswerTemplate(NamedTuple):
    """An answer to begin with: its code, how a list calls it, and the text, in every language a line."""

    code: str
    label: str
    text: str


def usual_answers(kind: Kind) -> tuple[str, ...]:
    """Return the codes of the usual answers to a kind of report."""
    return *ANSWERS[kind], *_ALWAYS


def templates_of(kind: Kind, language: str) -> list[AnswerTemplate]:
    """Return the usual answers to a kind of report; whoever reported may read either language."""
    return [
        AnswerTemplate(code, translate(language, f"reports.answer.{code}"), text_of(code))
        for code in usual_answers(kind)
    ]


def text_of(code: str) -> str:
    """Return the text of a usual answer."""
    return "\n".join(translate(language, f"reports.answer.{code}") for language in LANGUAGES)
