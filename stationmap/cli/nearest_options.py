"""The options of `stationmap nearest`, and their parsed values."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stationmap.cli.options import DATUM, MOMENT_HINT, Finite, moment, now, settings
from stationmap.defaults import BATCH_NEIGHBOURS, BYS, NEIGHBOURS, TRAVELS

if TYPE_CHECKING:
    from stationmap.datum import Datum
    from stationmap.registry.model import Position
    from stationmap.search.doubts import Doubt
    from stationmap.search.nearest_by_streets import StreetNeighbour
    from stationmap.search.query import Query, Travel
    from stationmap.search.station_index import StationIndex
    from stationmap.settings import Settings
    from stationmap.streets import Network


def _valid(_: click.Context, param: click.Parameter, value: Any) -> Any:
    """Return the value of a filter; raises click.BadParameter if no query can have it."""
    if not value:
        return value
    from stationmap.errors import InvalidQueryError
    from stationmap.search.query import Bounds, Query

    try:
        Query(**({"bounds": Bounds(*value)} if param.name == "bbox" else {str(param.name): value}))
    except InvalidQueryError as error:
        raise click.BadParameter(str(error)) from error
    return value


def _codes_option(flag: str, name: str, *, help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(flag, name, multiple=True, callback=_valid, help=help)


OPTIONS = (
    click.option(
        "-k",
        type=click.IntRange(min=1),
        help=f"几个 How many [default: {NEIGHBOURS}; with --batch {BATCH_NEIGHBOURS}].",
    ),
    click.option("--within-m", type=Finite(min=0), help="最远多少米 At most so many metres away."),
    _codes_option("--category", "categories", help="类别代码 Category code; any of those given."),
    _codes_option("--facility", "facilities", help="设施代码 Facility code; all of those given."),
    _codes_option("--service", "services", help="服务代码 Service code; all of those given."),
    _codes_option("--who", "who", help="谁可以进 Who may enter; any of those given."),
    click.option("--for-riders", is_flag=True, help="骑手可去 Only where a rider may be sent."),
    click.option("--any-status", is_flag=True, help="含停用的 Also planned, suspended, closed or moved ones."),
    click.option("--text", default="", help="名称、地址中的词 Words in name, alias, address, host or id."),
    click.option(
        "--bbox",
        type=float,
        nargs=4,
        metavar="WEST SOUTH EAST NORTH",
        callback=_valid,
        help="范围 A box in WGS-84 degrees.",
    ),
    click.option(
        "--open-at",
        type=moment,
        metavar=MOMENT_HINT,
        help="到达时未关门 Not known to be closed on arrival.",
    ),
    click.option(
        "--speed",
        "speed_m_s",
        type=Finite(min=0, min_open=True),
        help="速度(米/秒) Metres a second [default: of STATIONMAP_TRAVEL, e-bike, 5].",
    ),
    click.option("--detour", type=Finite(min=1), help="绕行系数 Metres of way for each straight metre [default: 1.3]."),
    click.option(
        "--by",
        type=click.Choice(BYS),
        default="straight",
        show_default=True,
        help="直线或沿道路 By straight lines, or along the streets of the folder STATIONMAP_CITY names.",
    ),
    click.option(
        "--travel",
        type=click.Choice(TRAVELS),
        help="步行或电动车 On foot or by e-bike [default: STATIONMAP_TRAVEL].",
    ),
    click.option("--datum", type=DATUM, default="wgs84", show_default=True, help="输入坐标系 Datum of the input."),
)


class NearestOptions(NamedTuple):
    """The parsed options; states are given for the moment `at`, `datum` is that of the input."""

    query: Query
    travel: Travel
    at: datetime
    within_m: float
    datum: Datum
    k: int | None
    little_left: timedelta
    profile: str
    network: Network | None

    def doubts(self, found: StreetNeighbour) -> tuple[Doubt, ...]:
        """Return the doubts about a station on the way that was found."""
        from stationmap.search.doubts import doubts

        way, travel = self.way(found)
        return doubts(found.station, way, self.at, travel, self.query, self.little_left)

    def way(self, found: StreetNeighbour) -> tuple[float, Travel]:
        """Return the way to a station and how fast it is: the seconds that are known, or straight metres."""
        from stationmap.search.query import known_way

        return known_way(found.distance_m, self.travel, found.network_s)

    def nearest(self, index: StationIndex, position: Position, k: int) -> list[StreetNeighbour]:
        """Return the stations nearest to a place, by straight lines, or along the streets if these were chosen."""
        from stationmap.search.nearest_by_streets import StreetNeighbour, nearest_by_streets

        k, within_m, query = self.k or k, self.within_m, self.query
        if self.network is None:
            found = index.nearest(position, k, within_m=within_m, query=query)
            return [StreetNeighbour(station, distance_m, None, None) for station, distance_m in found]
        return nearest_by_streets(index, self.network, self.profile, position, k, within_m=within_m, query=query)


def nearest_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a nearest-station query to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def parse_options(
    *,
    speed_m_s: float | None,
    detour: float | None,
    open_at: datetime | None,
    bbox: tuple[float, float, float, float] | None,
    within_m: float | None,
    datum: str,
    k: int | None,
    any_status: bool,
    by: str,
    travel: str | None,
    **conditions: Any,
) -> NearestOptions:
    """Parse the values of the options; raises StationmapError for ways along streets where there are none."""
    from stationmap.datum import Datum
    from stationmap.search.query import Bounds, Query, Travel

    usual = settings()
    speed = Travel(
        usual.speed_m_s(travel) if speed_m_s is None else speed_m_s, usual.detour if detour is None else detour
    )
    bounds = Bounds(*bbox) if bbox else None
    query = Query(open_at=open_at, reachable_by=speed, bounds=bounds, in_use=not any_status, **conditions)
    return NearestOptions(
        query, speed, open_at or now(), math.inf if within_m is None else within_m, Datum(datum), k, usual.little_left,
        travel or usual.travel, _streets(usual) if by == "network" else None,
    )  # fmt: skip


def _streets(usual: Settings) -> Network:
    from stationmap import city_files
    from stationmap.city import STREETS
    from stationmap.errors import StationmapError

    found: Network | None = city_files.read(usual.city, (STREETS,)).streets if usual.city else None
    if found is None:
        raise StationmapError(NO_STREETS)
    return found


NO_STREETS = (
    "没有道路网络：先运行 stationmap city build，再用 STATIONMAP_CITY 指定文件夹 "
    "there are no streets: run `stationmap city build`, and name its folder by STATIONMAP_CITY"
)
