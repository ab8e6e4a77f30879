"""What WeChat's JS-SDK shows of a page: the card in a chat, and the station in WeChat's map. Only inside WeChat."""

from __future__ import annotations

from typing import NamedTuple

from flask import Response, request, url_for

from stationmap.datum import Datum, from_wgs84
from stationmap.i18n import translate
from stationmap.registry.registry import Registry
from stationmap.web.guard.security_headers import IN_WECHAT
from stationmap.web.pages.page_head import page_address
from stationmap.web.pages.station_view import StationView
from stationmap.web.state import state

SIGNATURE = "/api/v1/wechat/signature"
SEPARATOR = " · "


class Card(NamedTuple):
    """What a chat shows of a page that is sent there; none of it says where the rider is or what they look for."""

    title: str
    """Empty where it is the title of the page."""
    text: str
    link: str
    """The public address of the page."""
    signature: str
    """The address that signs."""
    place: tuple[str, str] | None = None
    """Longitude and latitude of the station as WeChat's map draws it (GCJ-02), in degrees."""


def is_wechat(user_agent: str) -> bool:
    """Tell whether a browser is WeChat's; WeCom calls itself so, too, but knows an account of its own only."""
    return "MicroMessenger/" in user_agent and "wxwork/" not in user_agent


def wants_card() -> bool:
    """Tell whether this request gets a page for WeChat, and let the headers of the answer be those of such a page."""
    current = state()
    wanted = current.settings.uses_wechat and current.keeper is not None and is_wechat(request.user_agent.string)
    if wanted:
        request.environ[IN_WECHAT] = True
    return wanted


def note_agent(response: Response) -> None:
    """Say of a response that another browser may get another one, where that is so."""
    if state().settings.uses_wechat:
        response.vary.add("User-Agent")


def finder_card(registry: Registry, language: str) -> Card | None:
    """Return the card of the finder, None outside WeChat."""
    if not wants_card():
        return None
    demo = (translate(language, "app.demo_long"),) if registry.demo else ()
    text = SEPARATOR.join((*demo, translate(language, "app.description")))
    return Card("", text, page_address("pages.index", language), url_for("wechat.sign"))


def station_card(name: str, view: StationView, registry: Registry, language: str) -> Card | None:
    """Return the card of a station, None outside WeChat: its hours as posted, as a card is looked at days later."""
    if not wants_card():
        return None
    station, known = view.station, view.station.properties
    hours = known.hours_source or known.hours
    posted = f"{translate(language, 'station.hours')}{translate(language, 'list.colon')}{hours}" if hours else ""
    demo = translate(language, "app.demo_long") if registry.demo else ""
    text = SEPARATOR.join(filter(None, (demo, view.warning, posted, known.address)))
    lon, lat = from_wgs84(*station.geometry.coordinates, Datum.GCJ02)
    link = page_address("pages.station", language, station_id=station.id)
    return Card(name, text, link, url_for("wechat.sign"), (f"{lon:.6f}", f"{lat:.6f}"))
