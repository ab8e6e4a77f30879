"""What `stationmap nearest` can be asked: its options, and the question they make."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stationmap.cli.parameters import DATUM, MOMENT_HINT, moment, now, settings

if TYPE_CHECKING:
    from stationmap.datum import Datum
    from stationmap.query import Query, Travel

OPTIONS = (
    click.option("-k", type=click.IntRange(min=1), help="几个 How many [default: 5; with --batch 1]."),
    click.option("--within-m", type=float, default=math.inf, help="最远多少米 At most so many metres away."),
    click.option("--category", "categories", multiple=True, help="类别代码 Category code; any of those given."),
    click.option("--facility", "facilities", multiple=True, help="设施代码 Facility code; all of those given."),
    click.option("--service", "services", multiple=True, help="服务代码 Service code; all of those given."),
    click.option("--who", multiple=True, help="谁可以进 Who may enter; any of those given."),
    click.option("--text", default="", help="名称、地址中的词 Words in name, alias, address, host or id."),
    click.option("--bbox", type=float, nargs=4, metavar="WEST SOUTH EAST NORTH", help="范围 A box in WGS-84 degrees."),
    click.option("--open-at", type=moment, metavar=MOMENT_HINT, help="此刻未关门 Not known to be closed then."),
    click.option("--speed", "speed_m_s", type=float, help="速度(米/秒) Metres a second [default: e-bike, 5]."),
    click.option("--detour", type=float, help="绕行系数 Metres of way for each straight metre [default: 1.3]."),
    click.option("--datum", type=DATUM, default="wgs84", show_default=True, help="输入坐标系 Datum of the input."),
)


class Asked(NamedTuple):
    """A question about the stations near a place; `at` is the moment states are told for, `datum` that of the place."""

    query: Query
    travel: Travel
    at: datetime
    within_m: float
    datum: Datum
    k: int | None


def question_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a question."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def question(
    *,
    speed_m_s: float | None,
    detour: float | None,
    open_at: datetime | None,
    bbox: tuple[float, float, float, float] | None,
    within_m: float,
    datum: str,
    k: int | None,
    **conditions: Any,
) -> Asked:
    """Make the question of the options' values; raises InvalidQueryError."""
    from stationmap.datum import Datum
    from stationmap.errors import InvalidQueryError
    from stationmap.query import Bounds, Query, Travel

    # NaN compares false as well.
    if not within_m >= 0:
        raise InvalidQueryError("--within-m 须不小于 0 must be a number of metres from 0 up")
    usual = settings()
    travel = Travel(usual.ebike_m_s if speed_m_s is None else speed_m_s, usual.detour if detour is None else detour)
    bounds = Bounds(*bbox) if bbox else None
    query = Query(open_at=open_at, reachable_by=travel, bounds=bounds, **conditions)
    return Asked(query, travel, open_at or now(), within_m, Datum(datum), k)
