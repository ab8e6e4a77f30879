"""How long answers take, by route, method and class of status: the one figure that every request pays for.

A request only notes what it was, which takes half a microsecond; counting follows aside. The histogram of the library
takes two locks and five calls for each value, above 2 % of the fastest answer (`benchmarks/metrics.py`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from itertools import accumulate
from threading import Lock

from flask import request
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from stationmap.web.guard.request_ids import ROUTE, Measured
from stationmap.web.monitoring.families import PREFIX

LABELS = ("route", "method", "status")
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0)
UNMATCHED = "unmatched"
"""In place of a route: no route has this address, or not with this method."""
MAX_NOTED = 100_000
"""Requests that are kept until they are counted; beyond it the oldest are not."""
OTHER_METHOD = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TEXT = "Seconds until an answer begins, by route, method and class of status."
_BOUNDS = (*map(floatToGoString, BUCKETS_S), "+Inf")

Series = list[float]
"""How many answers were in each bucket, in the last one those that took longer, and their seconds in all."""


class RequestMeter(Collector):
    """Keeps how requests were answered, as `guard/request_ids` says it; makes a histogram of it now and then."""

    def __init__(self) -> None:
        self._noted: deque[Measured] = deque(maxlen=MAX_NOTED)
        self._series: dict[tuple[str, str, str], Series] = {}
        self._lock = Lock()
        self.note = self._noted.append
        """Takes one request in; safe to share between threads, as a deque is."""

    def take_in(self) -> None:
        """Count what was noted since the last time; to be called more often than `MAX_NOTED` requests come."""
        with self._lock:
            while self._noted:
                route, method, status, lasted_s = self._noted.popleft()
                series = self._series_of(route, method if method in _METHODS else OTHER_METHOD, status[0])
                series[bisect_left(BUCKETS_S, lasted_s)] += 1
                series[-1] += lasted_s

    def collect(self) -> Iterator[Metric]:
        """Yield the histogram."""
        self.take_in()
        family = HistogramMetricFamily(f"{PREFIX}http_request_duration_seconds", _TEXT, labels=LABELS)
        with self._lock:
            known = {labels: list(series) for labels, series in self._series.items()}
        for (route, method, status), series in known.items():
            *counts, seconds = series
            buckets = list(zip(_BOUNDS, accumulate(counts), strict=True))
            family.add_metric([route, method, f"{status}xx"], buckets, seconds)
        yield family

    def _series_of(self, *labels: str) -> Series:
        """Return the numbers of some labels, 0 at first."""
        return self._series.setdefault((labels[0], labels[1], labels[2]), [0.0] * (len(BUCKETS_S) + 2))


def note_route() -> None:
    """Write into the environment by which rule Flask found the view: never a path, which may name a receipt.

    Flask lets go of a request before its answer begins, so whatever is outside of it could not tell.
    """
    rule = request.url_rule
    request.environ[ROUTE] = rule.rule if rule is not None else UNMATCHED
