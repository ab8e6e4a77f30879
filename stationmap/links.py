"""Links that hand a place to a map app: the order, the datum and the escapes each of them wants.

Apple draws GCJ-02 in China and shifts nothing it is given, so it gets GCJ-02 like the apps of China; on a device that
Apple serves with maps from abroad the pin may then stand half a kilometre off. `geo:` means WGS-84 (RFC 5870).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import quote, urlencode

from stationmap.datum import Datum, from_wgs84

SOURCE = "stationmap"
LONGEST_TEXT = 80  # characters; whole addresses have to stay below what apps and messengers accept


class Link(NamedTuple):
    """Where a button leads: the code of what opens, and the address."""

    code: str
    url: str


class Browser(NamedTuple):
    """What matters about the program that shows a page."""

    in_chat: bool
    is_phone: bool
    is_apple: bool


class Target(NamedTuple):
    """A map: the datum of what it is given, how its address is written, and the browsers it opens from."""

    datum: Datum
    address: Callable[[_Place, Browser], str]
    opens_from: Callable[[Browser], bool]


class _Place(NamedTuple):
    lon: str
    lat: str
    name: str
    street: str


def browser_of(user_agent: str) -> Browser:
    """Tell what a User-Agent header says; an unknown one is a browser on a computer."""
    return Browser(
        in_chat=any(word in user_agent for word in ("MicroMessenger", "QQ/")),
        is_phone=any(word in user_agent for word in ("Mobile", "Android", "iPhone", "HarmonyOS")),
        is_apple=any(word in user_agent for word in ("iPhone", "iPad", "Macintosh")),
    )


def links(lon: float, lat: float, name: str, street: str = "", *, browser: Browser) -> tuple[Link, ...]:
    """Return what opens a WGS-84 point in the maps that can be opened from a browser, the most useful first.

    `name` and `street` may hold anything; what could break an address is escaped, what cannot be seen is left out.
    """
    return tuple(
        Link(code, target.address(_place(lon, lat, name, street, target.datum), browser))
        for code, target in TARGETS.items()
        if target.opens_from(browser)
    )


def _place(lon: float, lat: float, name: str, street: str, datum: Datum) -> _Place:
    drawn_lon, drawn_lat = from_wgs84(lon, lat, datum)
    return _Place(f"{drawn_lon:.6f}", f"{drawn_lat:.6f}", _visible(name), _visible(street))


def _visible(text: str) -> str:
    # Not printable are controls, marks that turn the direction of writing, and halves of surrogate pairs.
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return shown if len(shown) <= LONGEST_TEXT else shown[: LONGEST_TEXT - 1] + "…"


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode(tuple(pairs), quote_via=quote, safe="")


def _amap_route(place: _Place, browser: Browser) -> str:
    # The comma ends the name; the full-width one reads the same.
    name = place.name.replace(",", "，")
    mode = "ride" if browser.is_phone else "walk"
    to = f"{place.lon},{place.lat},{name}"
    return (
        f"https://uri.amap.com/navigation?{_query((('to', to), ('mode', mode), ('src', SOURCE), ('callnative', '1')))}"
    )


def _amap(place: _Place, _: Browser) -> str:
    pairs = (
        ("position", f"{place.lon},{place.lat}"),
        ("name", place.name),
        ("src", SOURCE),
        ("coordinate", "gaode"),
        ("callnative", "1"),
    )
    return f"https://uri.amap.com/marker?{_query(pairs)}"


def _baidu(place: _Place, _: Browser) -> str:
    pairs = (
        ("location", f"{place.lat},{place.lon}"),
        ("title", place.name),
        ("content", place.street or place.name),  # may not be empty
        ("output", "html"),
        ("src", f"webapp.{SOURCE}"),
        ("coord_type", "gcj02"),
    )
    return f"https://api.map.baidu.com/marker?{_query(pairs)}"


def _tencent(place: _Place, _: Browser) -> str:
    parts = [f"coord:{place.lat},{place.lon}", f"title:{_escaped(place.name)}"]
    if place.street:
        parts.append(f"addr:{_escaped(place.street)}")
    pairs = (("marker", ";".join(parts)), ("coord_type", "2"), ("referer", SOURCE))
    return f"https://apis.map.qq.com/uri/v1/marker?{_query(pairs)}"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\;:|" else sign for sign in text)


def _apple(place: _Place, _: Browser) -> str:
    return f"https://maps.apple.com/?{_query((('ll', f'{place.lat},{place.lon}'), ('q', place.name)))}"


def _geo(place: _Place, _: Browser) -> str:
    # Brackets end the label; the full-width ones read the same.
    label = place.name.translate({ord("("): "（", ord(")"): "）"})
    point = f"{place.lat},{place.lon}"
    return f"geo:{point}?q={point}({quote(label, safe='')})"


def _outside_chat(browser: Browser) -> bool:
    # WeChat and QQ call no other app and know no scheme but the web's.
    return not browser.in_chat


def _on_apple(browser: Browser) -> bool:
    return browser.is_apple and not browser.in_chat


def _on_android(browser: Browser) -> bool:
    return browser.is_phone and not browser.is_apple and not browser.in_chat


def _anywhere(_: Browser) -> bool:
    return True


TARGETS: dict[str, Target] = {
    "amap_route": Target(Datum.GCJ02, _amap_route, _outside_chat),
    "amap": Target(Datum.GCJ02, _amap, _outside_chat),
    "baidu": Target(Datum.GCJ02, _baidu, _outside_chat),
    "tencent": Target(Datum.GCJ02, _tencent, _anywhere),  # a page, and of the company that makes both chats
    "apple": Target(Datum.GCJ02, _apple, _on_apple),
    "geo": Target(Datum.WGS84, _geo, _on_android),
}
"""Every map a place can be handed to, in the order they are offered."""
