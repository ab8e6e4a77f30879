"""All figures of an application at one moment; what cannot be had at the moment does not hide the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import prometheus_client
from flask import Flask
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from stationmap.web import notifier
from stationmap.web.audit import state as audit_state
from stationmap.web.guard import connections, rejections, report_limits, request_ids
from stationmap.web.monitoring.disk_figures import backup_figures, disk_figures
from stationmap.web.monitoring.families import gauge
from stationmap.web.monitoring.registry_figures import (
    StationFigures,
    calendar_figures,
    city_figures,
    hearing_figures,
    journal_figures,
    registry_figures,
)
from stationmap.web.monitoring.request_meter import RequestMeter, note_route
from stationmap.web.monitoring.server_figures import connection_figures, program_figures, refusal_figures
from stationmap.web.monitoring.work_figures import digest_figures, job_figures, report_figures
from stationmap.web.state import EXTENSION, State

Figures = Callable[[], Iterable[Metric]]

log = logging.getLogger("stationmap.monitoring")


class Watched(NamedTuple):
    """All figures of an application, and what has to be called every second or so."""

    registry: CollectorRegistry
    tick: Callable[[], None]


def watched(app: Flask) -> Watched:
    """Measure every request to an application from now on; return all figures about it."""
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # nobody asks when a series began
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(SiteCollector(figures_of(app)))
    meter = RequestMeter()
    app.extensions[request_ids.EXTENSION].note = meter.note
    registry.register(meter)
    app.before_request_funcs.setdefault(None, []).insert(0, note_route)  # before one that may refuse a request
    return Watched(registry, meter.take_in)


def figures_of(app: Flask) -> list[Figures]:
    """Return what gives the figures of an application, group by group."""
    has, state = app.extensions, app.extensions[EXTENSION]
    assert isinstance(state, State)
    return [
        program_figures,
        lambda: connection_figures(has.get(connections.EXTENSION, ())),
        lambda: refusal_figures(has[rejections.EXTENSION]),
        lambda: registry_figures(state),
        StationFigures(state),
        lambda: calendar_figures(state),
        lambda: city_figures(state),
        lambda: journal_figures(state.keeper),
        lambda: hearing_figures(state.hearing),
        lambda: job_figures(has[audit_state.EXTENSION].jobs),
        lambda: report_figures(has[report_limits.EXTENSION]),
        lambda: digest_figures(has[notifier.EXTENSION]),
        lambda: disk_figures(state.settings),
        lambda: backup_figures(state.settings.backups, state.clock()),
    ]


class SiteCollector(Collector):
    """Gives the figures of a site, group by group; `scrape_faults` counts the groups that failed."""

    def __init__(self, figures: Iterable[Figures]) -> None:
        self._figures = tuple(figures)

    def collect(self) -> Iterator[Metric]:
        """Yield every figure that can be had."""
        faults = 0
        for group in self._figures:
            try:
                yield from list(group())
            except Exception as error:  # its message may hold anything
                faults += 1
                log.error("some figures cannot be had: %s", type(error).__name__)
        yield gauge("scrape_faults", "Groups of figures that could not be had this time.", faults)
