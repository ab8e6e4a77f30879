"""What is said of the routes about stations, places and the server in the description of the API."""

from __future__ import annotations

from pydantic import RootModel

from stationmap.web.api import answers, feed_answers, health_answers, place_answers
from stationmap.web.api.parameters import AlongBody, NearestBody, NearestQuery, PlacesBody, StationsQuery
from stationmap.web.openapi.operation import GEOJSON, JSON, UNCHANGED, Answer, Operation, PathParameter, Said

REVISION = ("Stationmap-Revision",)
CACHED = (*REVISION, "ETag")
STATION = {
    "station_id": PathParameter(
        Said("站点编号", "The id of a station"), "xz-320311-0065", pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
    )
}


class NearestOrBatch(RootModel[answers.Nearest | answers.Batch]):
    """Stations near a place, or for a batch of places."""


NEAREST = Operation(
    id="nearest",
    tag="stations",
    summary=Said("离某个地点最近的站点", "The stations nearest to a place"),
    description=Said(
        "由近到远。骑手的位置最好用 POST 发送，不留在地址里。",
        "Nearest first. A rider's position belongs in the body of a POST, so that it stands in no address.",
    ),
    query=NearestQuery,
    answers={200: Answer(Said("站点", "Stations"), answers.Nearest, (GEOJSON,), REVISION)},
    example="lon=117.19&lat=34.26&k=3&open=now&for_riders=true",
)
NEAREST_POSTED = Operation(
    id="nearestPosted",
    tag="stations",
    summary=Said("离一个或多个地点最近的站点", "The stations nearest to a place, or to each of many"),
    body=NearestBody,
    answers={200: Answer(Said("站点", "Stations"), NearestOrBatch, (GEOJSON, JSON), REVISION)},
    problems=(413, 415, 503),
    example={"lon": 117.19, "lat": 34.26, "k": 3, "facility": ["toilet", "hot_water"], "open": "now"},
)
ALONG = Operation(
    id="along",
    tag="stations",
    summary=Said("顺路的站点", "The stations near the way from one place to another"),
    body=AlongBody,
    answers={200: Answer(Said("绕路最少的在前", "The least detour first"), answers.Along, (GEOJSON,), REVISION)},
    problems=(413, 415, 503),
    example={"from": [117.19, 34.26], "to": [117.24, 34.29], "k": 5, "open": "now", "for_riders": True},
)
STATIONS = Operation(
    id="stations",
    tag="stations",
    summary=Said("全部站点，分页", "All stations, page by page"),
    description=Said(
        "按编号排序；links 有上一页和下一页的完整地址。",
        "In the order of their ids; `links` has the whole addresses of the previous and the next page.",
    ),
    query=StationsQuery,
    answers={
        200: Answer(Said("一页站点", "A page of stations"), answers.StationsPage, (GEOJSON,), CACHED),
        304: UNCHANGED,
    },
    problems=(503,),
    example="limit=3&facility=toilet",
)
ONE_STATION = Operation(
    id="station",
    tag="stations",
    summary=Said("一个站点", "One station"),
    path=STATION,
    answers={200: Answer(Said("站点", "The station"), answers.OneStation, (GEOJSON,), CACHED), 304: UNCHANGED},
    problems=(404,),
)
FEED = Operation(
    id="feed",
    tag="stations",
    summary=Said("手机离线用的全部站点", "The registry as a phone keeps it"),
    description=Said(
        "按列，含 14 天的开放时间，见 docs/api.md。",
        "Columns, with two weeks of opening times already worked out; see docs/api.md.",
    ),
    answers={
        200: Answer(Said("登记册", "The registry"), feed_answers.Feed, headers=(*CACHED, "Stationmap-Time")),
        304: UNCHANGED,
    },
    example="",
)
PLACES = Operation(
    id="placesForPhones",
    tag="places",
    summary=Said("手机离线用的重要地名", "The most important places as a phone keeps them"),
    answers={
        200: Answer(Said("地名", "Places"), place_answers.PlacesForPhones, headers=("ETag",)),
        304: UNCHANGED,
    },
    problems=(404,),
    example="",
)
PLACES_POSTED = Operation(
    id="places",
    tag="places",
    summary=Said("按输入的文字查地名", "Named places by what somebody types"),
    body=PlacesBody,
    answers={200: Answer(Said("地名", "Places"), place_answers.PlacesFound, (GEOJSON,))},
    problems=(404, 413, 415),
    example={"q": "人民路与中山路", "k": 5},
)
HEALTH = Operation(
    id="health",
    tag="server",
    summary=Said("服务进程是否在运行", "The process answers"),
    answers={200: Answer(Said("在运行", "It answers"), health_answers.Health)},
    is_problem=False,
    example="",
)
READINESS = Operation(
    id="readiness",
    tag="server",
    summary=Said("正在使用的数据和更新情况", "What is served, and how old it is"),
    answers={200: Answer(Said("状态", "What is served"), health_answers.Readiness, headers=REVISION)},
    is_problem=False,
    example="",
)
