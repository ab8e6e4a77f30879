"""示例城, a fictional small city for tests and pictures: an extract as osmium writes it, and a registry of 40 stations.

It lies in the Yellow Sea at 121.0E 34.5N, where nothing is, and nothing of it is of OpenStreetMap. Metres here are east
and north of its centre. West of the river there is a grid of blocks, at the coast of it a railway; two bridges lead to
the east bank, with a village in the south, and in the north-east there are streets joined to nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import osmium
from osmium.osm.mutable import Node, Relation, Way

from stationmap.provenance import Bounds, Rights

CENTRE = (121.0, 34.5)
BOUNDS = Bounds(120.975, 34.482, 121.025, 34.518)
DATE = date(2026, 11, 1)
FICTIONAL = Rights(
    "虚构的示例城（测试用） a fictional city of the tests", "CC0-1.0", "示例城：虚构，非真实地图 fictional"
)
_M_A_DEG_LAT = 110_930.0
_M_A_DEG_LON = 111_320.0 * math.cos(math.radians(CENTRE[1]))

Tags = Mapping[str, str]
Point = tuple[float, float]
Change = Callable[[dict[str, str]], dict[str, str]]
"""What becomes of the tags of an object, for extracts that something is wrong with."""


def lon_lat(east: float, north: float) -> Point:
    """Return a place in degrees, of metres east and north of the centre."""
    return round(CENTRE[0] + east / _M_A_DEG_LON, 7), round(CENTRE[1] + north / _M_A_DEG_LAT, 7)


class _City:
    """Nodes shared by the ways that meet at them, and the objects of the extract."""

    def __init__(self) -> None:
        self.at: dict[Point, int] = {}
        self.tags: dict[int, dict[str, str]] = {}
        self.ways: list[tuple[list[int], dict[str, str]]] = []
        self.relations: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = []

    def node(self, east: float, north: float, **tags: str) -> int:
        number = self.at.setdefault((float(east), float(north)), len(self.at) + 1)
        self.tags.setdefault(number, {}).update(_colons(tags))
        return number

    def way(self, *points: Point, **tags: str) -> int:
        self.ways.append(([self.node(*each) for each in points], _colons(tags)))
        return len(self.ways)

    def box(self, west: float, south: float, east: float, north: float, **tags: str) -> int:
        """Add a closed way around a box."""
        return self.way((west, south), (east, south), (east, north), (west, north), (west, south), **tags)

    def area(self, outer: int, *inner: int, **tags: str) -> None:
        members = [("w", outer, "outer"), *(("w", each, "inner") for each in inner)]
        self.relations.append((members, {"type": "multipolygon", **_colons(tags)}))


def _colons(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags whose keys have colons where names in Python cannot: name_en, addr_housenumber, oneway_bicycle."""
    return {key if key in _WITH_UNDERSCORE else key.replace("_", ":"): value for key, value in tags.items()}


_WITH_UNDERSCORE = ("public_transport", "alt_name", "short_name", "old_name", "loc_name")


def _line(fixed: float, start: int, end: int, *, along: str, step: int = 200) -> list[Point]:
    """Return the points of a straight street, one at every crossing of the grid."""
    stops = range(start, end + (step if end > start else -step), step if end > start else -step)
    return [(float(at), fixed) if along == "east" else (fixed, float(at)) for at in stops]


def _streets(city: _City) -> None:
    city.way(
        *_line(0, -1400, 1400, along="east"), highway="primary", name="示例大道", name_en="Shili Avenue", ref="S901"
    )
    city.way(*_line(0, -1000, 1000, along="north"), highway="primary", name="中山路", name_en="Zhongshan Road")
    city.way(*_line(600, -1400, 400, along="east"), highway="secondary", name="人民路", name_en="Renmin Road")
    city.way(*_line(-800, -1000, 1000, along="north"), highway="secondary", name="解放路", name_en="Jiefang Road")
    city.way(*_line(-600, -1200, 400, along="east"), highway="tertiary", name="建设路", name_en="Jianshe Road")
    # One way for cars and bicycles alike, with an exception for bicycles, and against the direction it is drawn in.
    city.way(
        *_line(-400, -800, 400, along="east"), highway="residential", name="学府路", name_en="Xuefu Road", oneway="yes"
    )
    city.way(
        *_line(200, -800, 0, along="east"), highway="residential", name="单行街", name_en="Danxing Street", oneway="yes",
        oneway_bicycle="no",
    )  # fmt: skip
    city.way(*_line(400, 0, 400, along="east"), highway="residential", name="回头巷", oneway="-1")
    for at, name in (
        (-1200, "车站路"),
        (-600, "文化路"),
        (-400, "和平路"),
        (-200, "青年路"),
        (200, "滨河西路"),
        (400, "河堤路"),
    ):
        city.way(*_line(at, -800, 800, along="north"), highway="residential", name=name)
    for at, name in ((-200, "工人路"), (200, "胜利街"), (400, "花园街"), (800, "北环路")):
        city.way(*_line(at, -1200, -800, along="east"), highway="residential", name=name)
    for at, name in ((-200, "南湖路"), (800, "北湖路")):
        city.way(*_line(at, -800, 400, along="east"), highway="unclassified", name=name)
    city.way(*_line(-1000, -1000, 400, along="east"), highway="tertiary", name="南环路", name_en="South Ring Road")
    fast = {"highway": "motorway", "foot": "no", "bicycle": "no", "layer": "1"}
    city.way(*_line(1000, -1000, 1000, along="east"), name="示例高速", name_en="Shili Expressway", **fast)
    for east, north in ((-800, 0), (-400, 0), (0, 0), (0, 600), (-800, 600), (800, 0)):
        city.node(east, north, highway="traffic_signals")
    city.way((-400, 200), (-400, 260), (-340, 260), highway="footway", bicycle="yes", name="小公园步道")
    city.way((-200, 200), (-200, 300), highway="steps", name="百步梯", name_en="Hundred Steps")
    city.way((-500, -200), (-500, -400), highway="service", access="private")
    city.way((-600, -200), (-500, -200), (-400, -200), highway="unclassified", name="南湖路")
    city.way((-600, -400), (-500, -400), (-400, -400), highway="residential", name="学府路", oneway="yes")


def _east_bank(city: _City) -> None:
    city.way(
        (400, 0),
        (500, 0),
        (700, 0),
        (800, 0),
        highway="primary",
        name="示例大桥",
        name_en="Shili Bridge",
        bridge="yes",
        layer="1",
    )
    city.way((400, 600), (500, 600), (700, 600), (800, 600), highway="footway", name="彩虹桥", name_en="Rainbow Bridge", bridge="yes", layer="1")  # fmt: skip
    for at, name in ((800, "东岸路"), (1000, "朝阳路"), (1200, "新华路")):
        city.way(*_line(at, -600, 600, along="north"), highway="residential", name=name)
    for at, name in ((-400, "渔港街"), (-200, "海棠街"), (200, "梧桐街"), (400, "银杏街"), (600, "玉兰街")):
        city.way(*_line(at, 800, 1200, along="east"), highway="residential", name=name)
    city.way((1200, -600), (1250, -750), (1300, -850), highway="unclassified", name="示例村路")
    city.way((1200, -850), (1300, -850), (1400, -850), highway="track")
    # Joined to nothing else.
    city.way((1250, 750), (1400, 750), (1400, 900), highway="residential", name="孤岛路", name_en="Islet Road")
    city.way((1400, 750), (1480, 750), highway="residential", name="孤岛支路")


def _land(city: _City) -> None:
    city.way(
        (500, -1300),
        (480, -600),
        (510, 0),
        (500, 600),
        (540, 1300),
        waterway="river",
        name="示例河",
        name_en="Shili River",
    )
    city.way((460, -1300), (540, -1300), (530, -600), (560, 0), (550, 600), (590, 1300), (490, 1300), (450, 600), (460, 0), (430, -600), (460, -1300), natural="water", water="river", name="示例河")  # fmt: skip
    lake, islet = city.box(-380, 660, -220, 760), city.box(-320, 690, -280, 720)
    city.area(lake, islet, natural="water", water="lake", name="镜湖", name_en="Mirror Lake")
    city.box(-590, 620, -10, 790, leisure="park", name="示例公园", name_en="Shili Park")
    city.box(-1390, -980, -1210, -620, landuse="forest", name="西山林场")
    city.box(830, 230, 980, 380, landuse="grass")
    city.box(-780, -780, -620, -640, leisure="pitch", sport="soccer")
    city.box(1020, -580, 1180, -420, landuse="cemetery", name="东山公墓")
    city.way((-1440, -1200), (-1440, 1200), railway="rail", name="示例铁路")
    metro = ((-1300.0, -20.0), (-800.0, -20.0), (0.0, -20.0), (300.0, -20.0))
    city.way(*metro, railway="subway", name="示例地铁1号线", tunnel="yes", layer="-2")
    city.way((-1000, -10), (0, -10), railway="tram", name="示例有轨电车")


def _stops(city: _City) -> None:
    city.node(
        -1430, 40, railway="station", name="示例火车站", name_en="Shili Railway Station", alt_name="示例站;老火车站"
    )
    for east, name, english in (
        (-800, "解放路站", "Jiefang Road"),
        (0, "示例广场站", "Shili Square"),
        (300, "滨河站", "Riverside"),
    ):
        city.node(east, -20, railway="station", station="subway", name=name, name_en=english)
    city.node(30, -30, railway="subway_entrance", ref="A")
    for east, north, name in (
        (-990, 8, "车站路口"), (-390, 8, "和平路口"), (10, 300, "中山路北"), (10, -500, "中山路南"), (810, 100, "东岸路"),
        (1010, 8, "朝阳路口"), (1290, -840, "示例村"),
    ):  # fmt: skip
        city.node(east, north, highway="bus_stop", public_transport="platform", name=name)


def _landmarks(city: _City) -> None:
    for west, south, east, north, tags in (
        (-560, -360, -440, -240, {"amenity": "school", "name": "示例第一中学", "name_en": "Shili No. 1 Middle School", "short_name": "示例一中"}),
        (-180, -380, -20, -220, {"amenity": "hospital", "name": "示例市人民医院", "name_en": "Shili People's Hospital", "alt_name": "人民医院"}),
        (30, 30, 170, 170, {"shop": "mall", "building": "yes", "name": "示例万达广场", "name_en": "Shili Wanda Plaza"}),
        (-580, 30, -420, 170, {"amenity": "townhall", "building": "yes", "name": "示例市政府", "name_en": "Shili City Hall"}),
        (-780, -380, -620, -220, {"amenity": "university", "name": "示例大学", "name_en": "Shili University"}),
        (830, -180, 970, -30, {"amenity": "marketplace", "name": "东岸农贸市场"}),
    ):  # fmt: skip
        city.box(west, south, east, north, **{key.replace(":", "_"): value for key, value in tags.items()})
    for east, north, place, name, english in (
        (0, 60, "city", "示例城", "Shili"), (-900, 300, "suburb", "城西区", "Chengxi"), (1000, 300, "suburb", "东岸区", "Dong'an"),
        (1300, -870, "village", "示例村", "Shili Village"), (-300, -500, "neighbourhood", "南湖小区", "Nanhu"),
    ):  # fmt: skip
        city.node(east, north, place=place, name=name, name_en=english)


def _buildings(city: _City) -> None:
    """Add houses along the streets of some blocks, each with its number; the last of each row has it on a node."""
    for south, street in ((20, "示例大道"), (210, "单行街"), (-190, "南湖路"), (-590, "建设路"), (610, "人民路")):
        for number, west in enumerate(range(-780, 0, 65)):
            if -590 < west < 190 and south == 610:  # the park
                continue
            if any(w - 40 < west < e + 10 and s - 40 < south < n + 10 for w, s, e, n in _TAKEN):
                continue
            numbered = {"addr_housenumber": str(2 * number + 1), "addr_street": street}
            on_node = number % 5 == 4
            city.box(west, south, west + 40, south + 25, building="apartments", **({} if on_node else numbered))
            if on_node:
                city.node(west + 20, south + 2, **numbered)
    for west in range(1220, 1390, 40):
        city.box(west, -900, west + 20, -880, building="house")


_TAKEN = ((-560, -360, -440, -240), (-180, -380, -20, -220), (-580, 30, -420, 170), (-780, -380, -620, -220))


def write_extract(
    path: Path, *, streets: bool = True, change: Change = dict, dated: bool = True, pbf: str = "pbf"
) -> Path:
    """Write the extract, perhaps without streets or a date, with other tags, packed otherwise; return its path."""
    city = _City()
    parts = [_land, _stops, _landmarks, _buildings]
    for each in [_streets, _east_bank, *parts] if streets else parts:
        each(city)
    header = osmium.io.Header()
    header.set("generator", "stationmap tests: a fictional city")
    if dated:
        header.set("osmosis_replication_timestamp", f"{DATE.isoformat()}T00:00:00Z")
    header.add_box(osmium.osm.Box(*BOUNDS))
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(osmium.io.File(str(path), pbf), header=header) as writer:
        for (east, north), number in city.at.items():
            writer.add_node(Node(id=number, version=1, location=lon_lat(east, north), tags=change(city.tags[number])))
        for number, (nodes, tags) in enumerate(city.ways, 1):
            writer.add_way(Way(id=number, version=1, nodes=nodes, tags=change(tags)))
        for number, (members, tags) in enumerate(city.relations, 1):
            writer.add_relation(Relation(id=number, version=1, members=members, tags=change(tags)))
    return path


def without_names(tags: dict[str, str]) -> dict[str, str]:
    """Take every name away."""
    return {key: value for key, value in tags.items() if "name" not in key and key != "ref"}


def registry() -> dict[str, Any]:
    """Return the registry: 38 stations beside streets, one on the streets joined to nothing, one far from any."""
    return {
        "type": "FeatureCollection",
        "stationmap": {
            "format": 1, "title": "示例城工会服务站(演示数据)", "city": "示例城", "demo": True, "source": "虚构 fictional",
            "licence": "CC0-1.0", "updated": "2026-11-20",
        },
        "features": [_station(number, *place) for number, place in enumerate(_places_of_stations(), 1)],
    }  # fmt: skip


def write_registry(path: Path) -> Path:
    """Write the registry; return its path."""
    path.write_text(json.dumps(registry(), ensure_ascii=False), encoding="utf-8")
    return path


def _places_of_stations() -> Iterator[Point]:
    """Yield where stations stand: 15 m off their streets, in no order that an answer could be right by."""
    for at in range(27):
        yield -1185.0 + (at * 7 % 9) * 190.0, (615.0, 15.0, -585.0)[at % 3]
    yield from ((815.0, -550.0 + 200.0 * at) for at in range(6))
    yield from ((1215.0, -350.0 + 200.0 * at) for at in range(5))
    yield 1385.0, 760.0  # on the streets joined to nothing
    yield -1400.0, 1600.0  # 600 m from any street


def _station(number: int, east: float, north: float) -> dict[str, Any]:
    night = number % 4 == 0
    return {
        "type": "Feature", "id": f"sl-{number:03d}",
        "geometry": {"type": "Point", "coordinates": list(lon_lat(east, north))},
        "properties": {
            "name": f"示例工会驿站(演示{number:02d})", "name_en": f"Union rest station {number:02d} (demo)",
            "category": "outdoor_worker", "district": "320300", "address": f"示例城演示路{number}号",
            "access": {"who": "public", "how": ["walk_in"]},
            "hours": "24/7" if night else "Mo-Su 08:00-20:00",
            "facilities": {"hot_water": True, "seating": True, "toilet": number % 3 == 0, "phone_charging": True},
            "verified": {"on": "2026-11-13", "by": "staff", "how": "演示"},
            "position": {"how": "demo", "datum": "wgs84"},
        },
    }  # fmt: skip
