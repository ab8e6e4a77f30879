"""Links that hand a place to a map app: the order, the datum and the escapes each of them wants.

One table for the server, which fills it in here, and for the page a phone shows without a network, which fills it in
itself (static/js/station/map_links.js).

Apple draws GCJ-02 in China and shifts nothing it is given, so it gets GCJ-02 like the apps of China; on a device that
Apple serves with maps from abroad the pin may then stand half a kilometre off. `geo:` means WGS-84 (RFC 5870).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from stationmap.datum import Datum, DrawnOnPhone, from_wgs84
from stationmap.rules import CHAT_APPS, MAX_MAP_TEXT


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
    """A map: the browsers it opens from, the datum of what it is given, and how its address is written.

    An address has places for {lon}, {lat}, {name}, {street} and the {mode} of travel; `bare` is the one without a
    street, where that is another. `escapes` are done before what they give is percent-encoded.
    """

    opens_from: Callable[[Browser], bool]
    datum: DrawnOnPhone
    address: str
    bare: str = ""
    escapes: Mapping[str, str] = MappingProxyType({})


def browser_of(user_agent: str) -> Browser:
    """Return the browser of a User-Agent header; an unknown one is a browser on a computer."""
    return Browser(
        in_chat=any(word in user_agent for word in CHAT_APPS),
        is_phone=any(word in user_agent for word in ("Mobile", "Android", "iPhone", "HarmonyOS")),
        is_apple=any(word in user_agent for word in ("iPhone", "iPad", "Macintosh")),
    )


def links(lon: float, lat: float, name: str, street: str = "", *, browser: Browser) -> tuple[Link, ...]:
    """Return what opens a WGS-84 point in the maps that can be opened from a browser, the most useful first.

    `name` and `street` may hold anything; what could break an address is escaped, what cannot be seen is left out.
    """
    return tuple(Link(code, _filled(target, lon, lat, name, street)) for code, target in _opened_from(browser).items())


def link(code: str, lon: float, lat: float, name: str, street: str = "") -> str:
    """Return the address that opens a WGS-84 point in the map of a code of `TARGETS`, whatever opens it."""
    return _filled(TARGETS[code], lon, lat, name, street)


def templates(browser: Browser) -> list[dict[str, Any]]:
    """Return the maps that can be opened from a browser as JSON, for a page that fills in their addresses itself."""
    return [
        {
            "code": code,
            "datum": target.datum,
            "address": target.address,
            "bare": target.bare,
            "escapes": dict(target.escapes),
        }
        for code, target in _opened_from(browser).items()
    ]


def _opened_from(browser: Browser) -> dict[str, Target]:
    mode = "ride" if browser.is_phone else "walk"
    return {
        code: target._replace(address=target.address.replace("{mode}", mode))
        for code, target in TARGETS.items()
        if target.opens_from(browser)
    }


def _filled(target: Target, lon: float, lat: float, name: str, street: str) -> str:
    drawn_lon, drawn_lat = from_wgs84(lon, lat, target.datum)
    shown = _visible(street)
    address = target.address if shown else target.bare or target.address
    return address.format(
        lon=f"{drawn_lon:.6f}",
        lat=f"{drawn_lat:.6f}",
        name=_escaped(_visible(name), target.escapes),
        street=_escaped(shown, target.escapes),
    )


def _visible(text: str) -> str:
    # Not printable are controls, marks that turn the direction of writing, and halves of surrogate pairs.
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return shown if len(shown) <= MAX_MAP_TEXT else shown[: MAX_MAP_TEXT - 1] + "…"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return quote("".join(escapes.get(sign, sign) for sign in text), safe="")


def _outside_chat(browser: Browser) -> bool:
    # WeChat and QQ call no other app and know no scheme but the web's.
    return not browser.in_chat


def _on_apple(browser: Browser) -> bool:
    return browser.is_apple and not browser.in_chat


def _on_android(browser: Browser) -> bool:
    return browser.is_phone and not browser.is_apple and not browser.in_chat


def _anywhere(_: Browser) -> bool:
    return True


_BAIDU = (
    "https://api.map.baidu.com/marker?location={lat}%2C{lon}&title={name}&content={about}&output=html"
    "&src=webapp.stationmap&coord_type=gcj02"
)
_TENCENT = (
    "https://apis.map.qq.com/uri/v1/marker?marker=coord%3A{lat}%2C{lon}%3Btitle%3A{name}{about}"
    "&coord_type=2&referer=stationmap"
)

TARGETS: dict[str, Target] = {
    "amap_route": Target(
        _outside_chat,
        Datum.GCJ02,
        "https://uri.amap.com/navigation?to={lon}%2C{lat}%2C{name}&mode={mode}&src=stationmap&callnative=1",
        escapes={",": "，"},  # the comma ends the name; the full-width one reads the same
    ),
    "amap": Target(
        _outside_chat,
        Datum.GCJ02,
        "https://uri.amap.com/marker?position={lon}%2C{lat}&name={name}&src=stationmap&coordinate=gaode&callnative=1",
    ),
    "baidu": Target(
        _outside_chat,
        Datum.GCJ02,
        _BAIDU.replace("{about}", "{street}"),
        bare=_BAIDU.replace("{about}", "{name}"),  # the content may not be empty
    ),
    "tencent": Target(
        _anywhere,  # a page, and of the company that makes both chats
        Datum.GCJ02,
        _TENCENT.replace("{about}", "%3Baddr%3A{street}"),
        bare=_TENCENT.replace("{about}", ""),
        escapes={sign: f"\\{sign}" for sign in "\\;:|"},
    ),
    "apple": Target(_on_apple, Datum.GCJ02, "https://maps.apple.com/?ll={lat}%2C{lon}&q={name}"),
    "geo": Target(
        _on_android,
        Datum.WGS84,
        "geo:{lat},{lon}?q={lat},{lon}({name})",
        escapes={"(": "（", ")": "）"},  # brackets end the label; the full-width ones read the same
    ),
}
"""Every map a place can be handed to, in the order they are offered."""


def is_public(url: str) -> bool:
    """Tell whether an address may lead here from any phone: not one of this machine or of a local network alone."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ip_address(host).is_global
    except ValueError:  # a name
        return "." in host and not host.endswith((".local", ".localhost", ".internal", ".lan", ".home.arpa"))
