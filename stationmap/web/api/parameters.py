"""What may be asked of the API about stations: the parameters of addresses and the members of bodies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stationmap.datum import Datum
from stationmap.defaults import BYS, TRAVELS
from stationmap.places.search import MAX_QUERY_CHARS
from stationmap.registry.model import Latitude, Longitude
from stationmap.rules import MAX_NEIGHBOURS
from stationmap.web.parameters.filters import StationFilters
from stationmap.web.parameters.reading import Parameters
from stationmap.web.parameters.values import Box, Maybe, Moment, OneOf, Place, Says, Words

MAX_POINTS = 10_000
MAX_LISTED = 10_000
EARTH_HALF_WAY_M = 20_100_000
USUAL_LISTED = 100
USUAL_PLACES, MAX_PLACES = 10, 50

Lon = Annotated[Longitude, Says("经度，度", "Longitude in degrees", 117.19)]
Lat = Annotated[Latitude, Says("纬度，度", "Latitude in degrees", 34.26)]
WithinM = Annotated[
    Maybe[Annotated[float, Field(ge=0, le=EARTH_HALF_WAY_M)]],
    Says("最远距离，测地线，米，含边界", "No further than this, geodesic metres, inclusive", 5000),
]
Always = Annotated[
    bool,
    Says("未来 14 天全天开放，未知的也列出", "Open day and night for the next 14 days, or not known to be otherwise"),
]
ForRiders = Annotated[
    bool,
    Says("只列骑手可以去的：riders 为 welcome 或 unsure", "Only where `riders` is `welcome` or `unsure`", True),
]
By = Annotated[
    str,
    OneOf(BYS),
    Says(
        "straight 直线，或 network 沿道路（本服务器须有路网）",
        "By straight lines, or along the streets this server has",
    ),
]
SentDatum = Annotated[
    str,
    OneOf(tuple(Datum)),
    Says(
        "坐标系：wgs84、gcj02（高德、腾讯）、bd09（百度）",
        "Datum of the degrees sent: `wgs84`, `gcj02` (高德, 腾讯), `bd09` (百度)",
    ),
]
WithinBox = Annotated[
    Maybe[Box],
    Says(
        "西,南,东,北，度；西大于东则跨越 180°",
        "`west,south,east,north` in degrees; `west` greater than `east` crosses the antimeridian",
        "116.3,33.7,118.7,35.0",
    ),
]
OrUnknown = Annotated[bool, Says("设施未知的也列出", "A `facility` need only not be known to be missing")]


class NearestOptions(StationFilters):
    """How the stations of a place are found, wherever that is."""

    datum: SentDatum = Datum.WGS84
    k: Annotated[Maybe[Annotated[int, Field(ge=1, le=MAX_NEIGHBOURS)]], Says("多少个", "How many", 5)] = None
    open: Annotated[
        Maybe[Moment],
        Says(
            "now，或带时区的时刻：不列到达时确知关门的",
            '"now", or a time with its offset: stations known to be closed on arrival are left out',
            "now",
        ),
    ] = None
    always: Always = False
    for_riders: ForRiders = False
    any_status: Annotated[
        bool,
        Says(
            "也列出筹建、暂停、关闭、已搬迁的站点",
            "Also stations that are planned, suspended, closed for good or moved",
        ),
    ] = False
    facility_or_unknown: OrUnknown = False
    speed_m_s: Annotated[
        Maybe[Annotated[float, Field(ge=0.1, le=100)]],
        Says(
            "速度，米每秒；不填则按出行方式",
            "How fast the rider is, metres a second; that of the way of travel unless given",
        ),
    ] = None
    detour: Annotated[
        Maybe[Annotated[float, Field(ge=1, le=10)]],
        Says("绕行系数：每米直线距离的实际路程，米", "Metres of way for each straight metre"),
    ] = None


class NearestQuery(NearestOptions):
    """`GET /api/v1/nearest`."""

    lon: Lon
    lat: Lat
    within_m: WithinM = None


class WaysOptions(NearestOptions):
    """Also along streets: for bodies only, so that no address holds a position."""

    by: By = "straight"
    travel: Annotated[
        Maybe[Annotated[str, OneOf(TRAVELS)]],
        Says("步行或电动车", "On foot or by e-bike: whose ways, and whose usual speed"),
    ] = None


class NearestBody(WaysOptions):
    """`POST /api/v1/nearest`: one place, `lon` and `lat`, or a batch of `points`."""

    lon: Annotated[Maybe[Longitude], Says("经度，度", "Longitude in degrees", 117.19)] = None
    lat: Annotated[Maybe[Latitude], Says("纬度，度", "Latitude in degrees", 34.26)] = None
    points: Annotated[
        Maybe[Annotated[tuple[Place, ...], Field(min_length=1, max_length=MAX_POINTS, strict=False)]],
        Says("一批地点，代替 lon 和 lat", "A batch of places, instead of `lon` and `lat`"),
    ] = None
    within_m: WithinM = None


class AlongBody(WaysOptions):
    """`POST /api/v1/along`."""

    start: Annotated[Place, Says("起点，[经度, 纬度]", "Where the way begins, [longitude, latitude]")] = Field(
        alias="from"
    )
    end: Annotated[Place, Says("终点，[经度, 纬度]", "Where the way ends, [longitude, latitude]")] = Field(alias="to")


class StationsQuery(StationFilters):
    """`GET /api/v1/stations`."""

    bbox: WithinBox = None
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED), Says("每页条数", "How many", 100)] = USUAL_LISTED
    offset: Annotated[int, Field(ge=0, le=999_999_999), Says("跳过前面几条", "How many to pass over")] = 0


class PlacesBody(Parameters):
    """`POST /api/v1/places`."""

    q: Annotated[
        str, Words(MAX_QUERY_CHARS), Says("地名，汉字、拼音或首字母", "What a place is called", "人民路与中山路")
    ]
    k: Annotated[int, Field(ge=1, le=MAX_PLACES), Says("最多几个", "How many at most")] = USUAL_PLACES
