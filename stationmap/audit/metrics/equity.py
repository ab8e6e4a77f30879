"""How evenly the way to the nearest station is shared: among people, and among districts.

The Lorenz curve orders people by their metres, those of the shortest way first, and tells which share of all metres
the first so many people go; the Gini coefficient is twice the area between it and the diagonal: 0 where everybody
goes equally far, nearly 1 where a few go all the way. Sources: Lorenz, Publications of the American Statistical
Association 9 (1905) 209-219; with weights, Lerman & Yitzhaki, Journal of Econometrics 42 (1989) 43-47.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from stationmap.audit.metrics.coverage import Coverage, ServedFigures
from stationmap.audit.metrics.people_by_distance import NOBODY_M, Distances

CURVE_STEPS = 100

Lorenz = tuple[tuple[float, float], ...]
"""Points (share of people, share of metres), from (0, 0) to (1, 1)."""


@dataclass(frozen=True)
class Inequality:
    """How unequal ways are for one set of stations; None and empty where nobody lives or there is no station."""

    gini: float | None
    lorenz: Lorenz
    """At every hundredth of the people."""
    p90_p10_districts: float | None
    """The mean way of the district that 90 % of people are at most as far as, over that of 10 %: everybody is taken
    to go as far as their district's mean. None as well where the latter is 0 m."""


@dataclass(frozen=True)
class Equity:
    """Inequality by the confirmed stations, and by the possible ones."""

    confirmed: Inequality
    possible: Inequality


def equity(coverage: Coverage) -> Equity:
    """Measure inequality of the distances an audit counted, in whole metres."""
    confirmed, possible = (_merged(each) for each in coverage.counts.distances)
    districts = coverage.districts.values()
    return Equity(
        _inequality(*confirmed, _between([(each.people, each.confirmed) for each in districts])),
        _inequality(*possible, _between([(each.people, each.possible) for each in districts])),
    )


def gini(values: Sequence[int], weights: Sequence[int]) -> float | None:
    """Return the weighted Gini coefficient of values >= 0 in ascending order; None without weight.

    Half the mean absolute difference of any two over the mean: sum_ij w_i w_j |x_i - x_j| / (2 W sum_i w_i x_i), here
    with running sums. Equal values, zeros included, have 0. Whole numbers keep it exact up to the last division.
    """
    below = weighted_below = spread = 0
    for value, weight in zip(values, weights, strict=True):
        spread += weight * (value * below - weighted_below)
        below += weight
        weighted_below += weight * value
    if not below:
        return None
    return spread / (below * weighted_below) if weighted_below else 0.0


def lorenz(values: Sequence[int], weights: Sequence[int], steps: int = CURVE_STEPS) -> Lorenz:
    """Return the Lorenz curve of values >= 0 in ascending order at `steps` equal steps of people; () without weight.

    Where all values are 0 everybody has an equal share of nothing: the diagonal.
    """
    people = [0, *accumulate(weights)]
    metres = [0, *accumulate(value * weight for value, weight in zip(values, weights, strict=True))]
    if not people[-1]:
        return ()
    if not metres[-1]:
        return tuple((step / steps, step / steps) for step in range(steps + 1))
    curve = []
    for step in range(steps + 1):
        wanted = people[-1] * step  # times `steps`, to stay whole
        at = bisect_left(people, -(-wanted // steps))
        missing = people[at] * steps - wanted
        # Within one value the curve is straight.
        value = values[at - 1] if at else 0
        curve.append((step / steps, (metres[at] * steps - missing * value) / (metres[-1] * steps)))
    return tuple(curve)


def _merged(distances: Distances) -> tuple[list[int], list[int]]:
    """Return metres, ascending, and people in thousandths, over all districts; nothing where there is no station."""
    people: dict[int, int] = {}
    for metre, amount in zip(distances.metres.tolist(), distances.people.tolist(), strict=True):
        people[metre] = people.get(metre, 0) + amount
    metres = [] if NOBODY_M in people else sorted(people)
    return metres, [people[metre] for metre in metres]


def _inequality(metres: list[int], people: list[int], between: float | None) -> Inequality:
    return Inequality(gini(metres, people), lorenz(metres, people), between)


def _between(districts: Sequence[tuple[float, ServedFigures]]) -> float | None:
    ways = sorted((reach.mean_m, people) for people, reach in districts if reach.mean_m is not None)
    if not ways:
        return None
    below = list(accumulate(people for _, people in ways))
    p10, p90 = (ways[bisect_left(below, share * below[-1])][0] for share in (0.1, 0.9))
    return p90 / p10 if p10 else None
