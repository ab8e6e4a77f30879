"""What people paste as a place: links of every map, numbers in any order, each with its datum or none."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.datum import Datum, from_wgs84, to_wgs84
from stationmap.editing.pasted_place import PastedPlace, pasted_place
from stationmap.frontend.map_app_links import Browser, browser_of, links
from stationmap.geo.baidu_mercator import bd09_degrees

GCJ02, BD09, WGS84 = Datum.GCJ02, Datum.BD09, Datum.WGS84
LON, LAT = 117.1842, 34.2617


@pytest.mark.parametrize(
    ("text", "datum", "source"),
    [
        ("https://uri.amap.com/marker?position=117.1842,34.2617&name=%E7%AB%99&src=x&callnative=1", GCJ02, "amap"),
        ("https://uri.amap.com/marker?position=117.1842,34.2617&coordinate=wgs84", WGS84, "amap"),
        ("https://uri.amap.com/navigation?from=117.0,34.0,a&to=117.1842,34.2617,b&mode=walk", GCJ02, "amap"),
        ("https://ditu.amap.com/regeo?lng=117.1842&lat=34.2617&name=x", GCJ02, "amap"),
        ("https://wb.amap.com/?p=B0FFG8KDQ3,34.2617,117.1842,徐州站,复兴南路8号", GCJ02, "amap"),
        ("https://wb.amap.com/?q=34.2617,117.1842,徐州站", GCJ02, "amap"),
        ("https://www.amap.com/dir?to[lnglat]=x&lnglat=117.1842,34.2617", GCJ02, "amap"),
        ("androidamap://viewMap?sourceApplication=x&lat=34.2617&lon=117.1842&dev=0", GCJ02, "amap"),
        ("iosamap://viewMap?lat=34.2617&lon=117.1842&dev=1", WGS84, "amap"),
        ("https://api.map.baidu.com/marker?location=34.2617,117.1842&title=a&output=html&src=x", BD09, "baidu"),
        ("https://api.map.baidu.com/marker?location=34.2617%2C117.1842&coord_type=gcj02&title=a", GCJ02, "baidu"),
        ("https://api.map.baidu.com/geocoder?location=34.2617,117.1842&coord_type=wgs84&output=html", WGS84, "baidu"),
        ("https://api.map.baidu.com/direction?destination=latlng:34.2617,117.1842|name:a&mode=walking", BD09, "baidu"),
        ("https://map.baidu.com/mobile/webapp/x/?latlng=34.2617,117.1842&coord_type=strange", None, "baidu"),
        ("baidumap://map/marker?location=34.2617,117.1842&title=a", BD09, "baidu"),
        ("https://apis.map.qq.com/uri/v1/marker?marker=coord:34.2617,117.1842;title:a;addr:b", GCJ02, "tencent"),
        ("https://apis.map.qq.com/uri/v1/geocoder?coord=34.2617,117.1842&coord_type=1", WGS84, "tencent"),
        ("https://map.qq.com/?type=marker&pointx=117.1842&pointy=34.2617&name=a", GCJ02, "tencent"),
        ("https://maps.apple.com/?ll=34.2617,117.1842&q=%E7%AB%99", GCJ02, "apple"),
        ("https://maps.apple.com/place?coordinate=34.2617,117.1842&name=a", GCJ02, "apple"),
        ("https://www.google.com/maps/place/x/@34.1,117.1,17z/data=!4m6!3m5!8m2!3d34.2617!4d117.1842", None, "google"),
        ("https://maps.google.com/?q=34.2617,117.1842", None, "google"),
        ("https://www.google.com/maps/search/?api=1&query=34.2617%2C117.1842", None, "google"),
        ("https://www.openstreetmap.org/?mlat=34.2617&mlon=117.1842#map=18/34.0/117.0", WGS84, "osm"),
        ("geo:34.2617,117.1842?q=34.2617,117.1842(站)", WGS84, "geo"),
        ("【高德】徐州站（复兴南路8号）https://uri.amap.com/marker?position=117.1842,34.2617，快来看", GCJ02, "amap"),
        ("117.1842, 34.2617", None, "numbers"),
        ("34.2617,117.1842", None, "numbers"),
        ("经纬度：117.1842，34.2617", None, "numbers"),
        ("117.1842 34.2617 (WGS-84)", WGS84, "numbers"),
        ("GCJ-02坐标：117.1842,34.2617", GCJ02, "numbers"),
        ("百度 117.1842,34.2617", BD09, "numbers"),
        ("34°15′42.12″N, 117°11′3.12″E", None, "numbers"),
        ("东经117.1842° 北纬34.2617°", None, "numbers"),
        ("１１７．１８４２，３４．２６１７", None, "numbers"),
    ],
)  # fmt: skip
def test_a_place_is_read(text: str, datum: Datum | None, source: str) -> None:
    found = pasted_place(text)
    assert isinstance(found, PastedPlace), found
    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=1e-9)
    assert (found.datum, found.source, found.is_view) == (datum, source, False)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("https://surl.amap.com/1mVkZ0H1d2gZ", "short_link"),
        ("https://j.map.baidu.com/f4/L0Vc", "short_link"),
        ("https://maps.app.goo.gl/abc", "short_link"),
        ("看这里 https://osm.org/go/0X1~", "short_link"),
        ("https://www.amap.com/place/B0FFG8KDQ3", "address_without_place"),
        ("https://map.baidu.com/search/%E5%BE%90%E5%B7%9E", "address_without_place"),
        ("https://uri.amap.com/marker?position=999,34", "address_without_place"),
        ("https://example.com/?q=34.2617,117.1842", "unknown_map"),
        ("https://map.qq.com.example.com/?pointx=117&pointy=34", "unknown_map"),
        ("https://[::1/?q=1,2", "no_place_found"),
        ("", "no_place_found"),
        ("徐州市鼓楼区中山北路1号", "no_place_found"),
        ("34.2617", "no_place_found"),
        ("12.3,45.6", "no_place_found"),
    ],
)
def test_what_is_no_place_says_why(text: str, fault: str) -> None:
    assert pasted_place(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "https://map.baidu.com/@13046372.37,4040443.8,19z",
        "https://map.baidu.com/poi/%E5%BE%90%E5%B7%9E%E7%AB%99/@13046372.37,4040443.8,19z?uid=1&querytype=detailConInfo",
        "https://www.google.com/maps/@34.2617,117.1842,17z",
        "https://www.openstreetmap.org/#map=18/34.2617/117.1842",
        "https://ditu.amap.com/?center=117.1842,34.2617&zoom=17",
    ],
)
def test_the_middle_of_a_view_is_named_as_one(text: str) -> None:
    found = pasted_place(text)
    assert isinstance(found, PastedPlace)
    assert found.is_view


def test_latitude_first_is_noticed() -> None:
    swapped = [pasted_place(text) for text in ("34.2617,117.1842", "北纬34.2617 东经117.1842", "117.1842,34.2617")]
    assert [isinstance(each, PastedPlace) and each.is_swapped for each in swapped] == [True, True, False]


PLACES = st.tuples(st.floats(73.6, 135.0), st.floats(18.2, 53.5))


PHONES = [browser_of("Mobile Android"), browser_of("Mobile iPhone")]


@given(PLACES, st.sampled_from(PHONES), st.text(max_size=20))
def test_our_own_links_lead_back(place: tuple[float, float], phone: Browser, name: str) -> None:
    for code, url in links(*place, name or "站", name, browser=phone):
        found = pasted_place(url)
        assert isinstance(found, PastedPlace), (code, found)
        assert found.datum is not None
        assert to_wgs84(found.lon, found.lat, found.datum) == pytest.approx(place, abs=2e-6)


_MERCATOR = (
    (60.0, (0.00337398766765, 111320.7020202162, 4481351.045890365, -23393751.19931662, 79682215.47186455,
            -115964993.2797253, 97236711.15602145, -43661946.33752821, 8477230.501135234, 52.5)),
    (45.0, (0.00220636496208, 111320.7020209128, 51751.86112841131, 3796837.749470245, 992013.7397791013,
            -1221952.21711287, 1340652.697009075, -620943.6990984312, 144416.9293806241, 37.5)),
    (30.0, (-0.0003441963504368392, 111320.7020576856, 278.2353980772752, 2485758.690035394, 6070.750963243378,
            54821.18345352118, 9540.606633304236, -2710.55326746645, 1405.483844121726, 22.5)),
    (15.0, (-0.0003218135878613132, 111320.7020701615, 0.00369383431289, 823725.6402795718, 0.46104986909093,
            2351.343141331292, 1.58060784298199, 8.77738589078284, 0.37238884252424, 7.45)),
)  # fmt: skip
"""The way into Baidu's Mercator, which the program does not need: an oracle for the way back."""


def _metres(lon: float, lat: float) -> tuple[float, float]:
    of = next(row for north, row in reversed(_MERCATOR) if lat < north)
    return of[0] + of[1] * lon, math.fsum(each * (lat / of[9]) ** power for power, each in enumerate(of[2:9]))


@given(PLACES)
def test_baidus_metres_come_back(place: tuple[float, float]) -> None:
    east_m, north_m = _metres(*from_wgs84(*place, BD09))
    found = pasted_place(f"https://map.baidu.com/@{east_m:.2f},{north_m:.2f},19z")
    assert isinstance(found, PastedPlace)
    assert to_wgs84(found.lon, found.lat, BD09) == pytest.approx(place, abs=5e-6)  # half a metre


@pytest.mark.parametrize("place", [(-1.0, 4e6), (1e7, -1.0), (1e7, 9e6), (3e7, 4e6)])
def test_beyond_china_baidus_metres_are_no_place(place: tuple[float, float]) -> None:
    assert bd09_degrees(*place) is None
