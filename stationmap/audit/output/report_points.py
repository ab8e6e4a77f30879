"""What a report says first: the finding, whom it is estimated by, then what narrows it and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stationmap.audit.demand.weights import THOUSANDTHS
from stationmap.audit.inputs.stations_inside import notes_of
from stationmap.audit.metrics.as_found import AsFound
from stationmap.audit.output.result_tables import place_name
from stationmap.audit.output.tables import range_words
from stationmap.audit.output.ways import reach_words, way_words, ways_lines
from stationmap.audit.studies.study import Study
from stationmap.formats.csv_safety import inert
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import translate

if TYPE_CHECKING:
    from stationmap.audit.siting.proposal import Proposal

Say = Callable[..., str]

MIN_SHOWN_GAP = 0.00005  # of which two decimals of a percentage would say 0.00


class Point(NamedTuple):
    """One finding: its figure, where one stands for it, and its sentence."""

    figure: str
    text: str


def points(study: Study, proposal: Proposal | None, language: str) -> list[Point]:
    """Return the findings of a study, the share of people served first; each fit to stand alone."""
    say = partial(translate, language)
    total = study.coverage.total
    share = range_words("share", (total.confirmed.share, total.possible.share), language)
    whom = whom_of(study, say)
    headline = say("audit.report.headline", whom=whom, reach=reach_words(study.question.stated(), language))
    return [Point(share, headline), *(Point("", inert(line)) for line in _lines(study, proposal, whom, say, language))]


def whom_of(study: Study, say: Say) -> str:
    """Return whom the figures count, and for whom they stand."""
    return say(f"audit.whom.{study.demand.source.kind}")


def worth(proposal: Proposal, whom: str, say: Say) -> str:
    """Return what a proposal is worth, by how much any could be better, and among what that holds."""
    places = 1 if proposal.unit in ("metres", "minutes") else 0
    among = say(f"audit.among.{proposal.among}", count=f"{proposal.candidates:,}")
    unit = "_minutes" if proposal.unit == "minutes" else ""
    reading = say(
        f"audit.report.worth_{proposal.objective}{unit}",
        whom=whom,
        n=len(proposal.sites),
        before=f"{proposal.before:,.{places}f}",
        value=f"{proposal.value:,.{places}f}",
        bound=f"{proposal.bound:,.{places}f}",
        gap=say("audit.page.no_ratio") if proposal.gap is None else gap_words(proposal.gap),
        proved=say("audit.report.proved" if proposal.proved else "audit.report.not_proved"),
    )
    return say("audit.page.among_told", among=among, told=reading)


def gap_words(gap: float) -> str:
    """Return a gap as a reader takes it: what is left, however little, is not called nothing."""
    return "< 0.01 %" if 0 < gap < MIN_SHOWN_GAP else f"{gap * 100:.2f} %"


def _lines(study: Study, proposal: Proposal | None, whom: str, say: Say, language: str) -> Iterator[str]:
    total = study.coverage.total
    yield say(f"audit.whom_note.{study.demand.source.kind}")
    # Before any other figure: where the stations lie elsewhere, none of them tells how well they serve.
    yield from (note.in_words(language) for note in study.demand.source.notes if note.code == "stations_outside")
    yield from (note.in_words(language) for note in notes_of(study.supply))
    yield from _restrictions(study, say)
    yield from (text for name, text in ways_lines(study.stated(), language).items() if name != "place_names")
    yield say("audit.report.short_people", whom=whom, people=f"{total.people - total.confirmed.people:,.0f}")
    if total.confirmed.mean_m is not None:
        mean, p90 = (way_words(study, each, language) for each in (total.confirmed.mean_m, total.confirmed.p90_m or 0))
        yield say("audit.report.short_mean", whom=whom, mean=mean, p90=p90)
    if study.week.confirmed.any():
        best, worst = _best_and_worst_hour(study, say)
        week = study.question.monday.isoformat()
        yield say("audit.report.short_hours", whom=whom, week=week, best=best, worst=worst)
    if study.as_found:
        yield _locked(study.as_found, whom, say)
    if study.gaps.gaps:
        gap = study.gaps.gaps[0]
        values = {"people": f"{gap.people:,.0f}", "site_people": f"{gap.site_people:,.0f}"}
        beside = place_name(gap.districts[:1], study.landmarks.beside(gap.site.lon, gap.site.lat), language)
        yield say("audit.report.short_gap", whom=whom, **values, place=beside)
    if proposal is not None:
        yield worth(proposal, whom, say)


def _locked(found: AsFound, whom: str, say: Say) -> str:
    posted, as_found = (int(counts.sum()) / THOUSANDTHS for counts in (found.posted, found.found))
    values = {"posted": f"{posted:,.0f}", "found": f"{as_found:,.0f}", "lost": f"{posted - as_found:,.0f}"}
    return say("audit.report.short_locked", whom=whom, **values)


def _restrictions(study: Study, say: Say) -> Iterator[str]:
    """Say first what narrows every figure: the moment, what stations must offer."""
    question = study.question
    if question.at is not None:
        yield say("audit.report.short_at", at=f"{question.at.astimezone(ZONE):%Y-%m-%d %H:%M}")
    if study.shut:
        yield say("audit.report.short_shut", day=question.day, count=f"{len(study.shut):,}")
    listed = (("category", question.requirements.categories), ("facility", question.requirements.facilities))
    if conditions := [say(f"{prefix}.{code}") for prefix, codes in listed for code in sorted(codes)]:
        yield say("audit.report.short_asked", asked=", ".join(conditions))


def _best_and_worst_hour(study: Study, say: Say) -> tuple[str, str]:
    served = study.week.confirmed.sum(axis=0)
    everybody = int(study.week.people.sum()) or 1

    def hour_text(hour: int) -> str:
        return f"{say(f'weekday.{hour // 24}')} {hour % 24:02}:00 ({served[hour] / everybody * 100:.1f} %)"

    return hour_text(int(np.argmax(served))), hour_text(int(np.argmin(served)))
