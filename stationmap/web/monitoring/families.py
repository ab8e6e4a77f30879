"""The forms in which figures are handed to Prometheus: gauges and counters of one value or of one for each label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

PREFIX = "stationmap_"

Labels = TypeVar("Labels", bound=tuple[str, ...])


def gauge(name: str, text: str, value: float) -> Metric:
    """Return a figure that goes up and down."""
    return GaugeMetricFamily(PREFIX + name, text, value=float(value))


def gauges(name: str, text: str, labels: Sequence[str], values: Mapping[Labels, float]) -> Metric:
    """Return figures that go up and down, by labels; of each label there are few values, whatever is sent."""
    family = GaugeMetricFamily(PREFIX + name, text, labels=labels)
    for given, value in values.items():
        family.add_metric(given, float(value))
    return family


def counters(name: str, text: str, labels: Sequence[str], values: Mapping[Labels, float]) -> Metric:
    """Return figures that only grow, by labels; Prometheus reads the name with `_total` at its end."""
    family = CounterMetricFamily(PREFIX + name, text, labels=labels)
    for given, value in values.items():
        family.add_metric(given, float(value))
    return family


def one_of(name: str, text: str, label: str, current: str, among: Sequence[str]) -> Metric:
    """Return which of some states holds: 1 for it, 0 for the others."""
    return gauges(name, text, [label], {(each,): each == current for each in among})
