"""The pages people look at, the script of the map, and what keeps them usable without a network."""

from __future__ import annotations

from functools import lru_cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import segno
from flask import Blueprint, Response, abort, json, request, url_for
from markupsafe import Markup

from stationmap.formats.feed import feed
from stationmap.formats.schema_org import Published, block, station_document
from stationmap.frontend.map_app_links import is_public, links, templates
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES, translate
from stationmap.registry.model import CATEGORIES, FACILITIES, WHO, Station
from stationmap.registry.phones import phone
from stationmap.registry.photos import photo
from stationmap.web import cache_policy
from stationmap.web.absolute_links import absolute_url_for, root
from stationmap.web.cache_policy import IMMUTABLE, REVALIDATE
from stationmap.web.compression import EncodedBody
from stationmap.web.pages.ground import credit
from stationmap.web.pages.map_shells import page_shell, script_digest
from stationmap.web.pages.page_head import page_address, page_head
from stationmap.web.pages.poster import has_poster, poster_of
from stationmap.web.pages.rendering import asset, page_text, rendered, requested_language, requesting_browser
from stationmap.web.pages.reporting import answers_of, confirmed_text, mark_view
from stationmap.web.pages.service_worker import manifest, worker_script
from stationmap.web.pages.share_card import finder_card, note_agent, station_card
from stationmap.web.pages.station_layout import SECTIONS, layout_document
from stationmap.web.pages.station_view import station_view
from stationmap.web.state import TIME, current_snapshot, now, request_context, state

if TYPE_CHECKING:
    pass

blueprint = Blueprint("pages", __name__)

OF_WAY = frozenset(("id", "lon", "lat", "facilities", "riders", "geocoded", "access", "verified", "schedule"))
"""Columns of the feed from which a phone describes the way to a station (static/js/rider/journey.js)."""


@blueprint.get("/")
def index() -> Response:
    """Return the page that finds the nearest usable station."""
    page = _finder(requested_language())
    response = _encoded(page, "text/html").response()
    response.headers.set(*cache_policy.FINDER)
    note_agent(response)
    # Weak: the same page in another encoding has other bytes.
    response.set_etag(script_digest(page), weak=True)
    response.make_conditional(request)
    return response


@blueprint.get("/s/<station_id>")
def station(station_id: str) -> Response:
    """Return the page of one station."""
    found = _station(station_id)
    language = requested_language()
    browser = requesting_browser()
    lon, lat = found.geometry.coordinates
    maps = links(lon, lat, found.name, found.properties.address or "", browser=browser)
    at = now()
    view = station_view(found, at, language)
    picture = photo(found.properties.photo, hosts=(*state().settings.photo_hosts, urlsplit(root()).netloc))
    shown = picture.url if picture and picture.is_shown else ""
    response = rendered(
        "station.html",
        view=view,
        sections=SECTIONS,
        at=at.astimezone(ZONE),
        maps=maps,
        browser=browser,
        page_head=page_head("pages.station", language, image=shown, station_id=station_id),
        linked_data=_linked_data(found, language, shown),
        settings=state().settings,
        mark=mark_view(station_id, language),
        confirmed=confirmed_text(station_id, language),
        answers=answers_of(station_id, language),
        feed=_feed_of_way(found),
        phone=phone(found.properties.phone),
        photo=picture,
        card=station_card(found.name_in(language), view, current_snapshot().registry, language),
    )
    response.vary.add("User-Agent")
    return response


def _linked_data(found: Station, language: str, photo_url: str) -> Markup:
    published = Published(
        language=language,
        page=page_address("pages.station", language, station_id=found.id),
        main_page=page_address("pages.station", DEFAULT_LANGUAGE, station_id=found.id),
        site=page_address("pages.index", DEFAULT_LANGUAGE),
        photo=photo_url,
        is_demo=current_snapshot().registry.demo,
    )
    # Nothing of it ends the element; escaped as text it would be no JSON.
    return Markup(block(station_document(found, published, now().date())))


@blueprint.get("/s/<station_id>/feed")
def station_feed(station_id: str) -> Response:
    """Return the feed of one station: what a phone keeps of one it visited where the whole feed has no stations."""
    response = EncodedBody(_feed_of(_station(station_id)), "application/json").response()
    response.headers.set(*REVALIDATE)
    response.headers[TIME] = now().isoformat(timespec="seconds")
    return response


def _feed_of(found: Station) -> bytes:
    little_left_min, evidence = state().settings.little_left_min, request_context().evidence
    registry, today = current_snapshot().registry, now().date()
    return feed(registry, today, only=found, little_left_min=little_left_min, evidence=evidence)


def _feed_of_way(found: Station) -> dict[str, Any]:
    """Return the part of a station's feed from which a rider learns whether they arrive in time, and its doubts.

    Texts are on the page; of the hours it only matters here whether there are any.
    """
    known = orjson.loads(_feed_of(found))
    schedules = [{**schedule, "hours": schedule["hours"] and ""} for schedule in known["schedules"]]
    stations = {name: column for name, column in known["stations"].items() if name in OF_WAY}
    return {**known, "readings": {}, "districts": [], "schedules": schedules, "stations": stations}


@blueprint.get("/s/<station_id>/poster")
def poster(station_id: str) -> Response:
    """Return the sheet to print and put on the door of a station; where none may hang, say why."""
    found = _station(station_id)
    if not has_poster(found):
        return rendered("poster_refused.html", HTTPStatus.NOT_FOUND, station=found)
    link = absolute_url_for("pages.station", station_id=station_id)
    code = segno.make(link, error="m", micro=False)
    words = {language: partial(translate, language) for language in LANGUAGES}
    return rendered(
        "poster.html",
        poster=poster_of(found, now()),
        station=found,
        phone=phone(found.properties.phone),
        link=link,
        is_public=is_public(link),
        code=code.svg_data_uri(border=0, dark="#000", light="#fff", svgclass=None, lineclass=None),
        words=words,
    )


@blueprint.get("/s/")
def kept_station() -> Response:
    """Return the page on which a phone without a network shows a station from the feed it has kept."""
    response = _encoded(_kept_station(requested_language()), "text/html").response()
    response.headers.set(*REVALIDATE)
    response.vary.add("User-Agent")
    return response


def audit_page(basis: list[tuple[str, str]], **offered: Any) -> Response:
    """Return the page of the coverage audit, which shows what its figures are based on: labels and texts.

    `offered` are the choices of its forms, by the names of the template.
    """
    found = page_shell(requested_language(), is_audit=True)
    # A station of unknown access is always possible: to tick that or not would change nothing.
    rules = tuple(code for code in WHO if code != "unknown")
    codes = (("category", CATEGORIES), ("facility", FACILITIES), ("who", rules))
    return rendered(
        "audit.html",
        page_head=page_head("audit.page", requested_language()) if state().settings.audit == "open" else None,
        shell=found,
        map_script=script_digest(found.script),
        settings=state().settings,
        codes=codes,
        basis=basis,
        maps=templates(requesting_browser()),
        **offered,
    )


@blueprint.get("/sw.js")
def worker() -> Response:
    """Return the service worker; other bytes whenever something it keeps has changed."""
    script = worker_script(
        state().assets,
        root=request.script_root,
        pages=[page(language) for page in (_finder, _kept_station) for language in LANGUAGES],
        scripts=[
            url_for("pages.map_script", digest=script_digest(page_shell(language).script)) for language in LANGUAGES
        ],
        paths={
            "finder": url_for("pages.index"),
            "station": url_for("pages.kept_station"),
            "feed": url_for("api.feed"),
        },
        has_ground=request_context().city_files.ground is not None,
    )
    response = _encoded(script).response()
    response.headers.set(*REVALIDATE)
    # Weak: the same script in another encoding has other bytes.
    response.set_etag(script_digest(script), weak=True)
    response.vary.add("User-Agent")
    response.make_conditional(request)
    return response


@blueprint.get("/manifest.webmanifest")
def web_manifest() -> Response:
    """Return what a phone needs to know to install the finder."""
    response = Response(
        json.dumps(manifest(asset, requested_language(), home=url_for("pages.index"))),
        content_type="application/manifest+json",
    )
    response.headers.set(*REVALIDATE)
    return response


@blueprint.get("/map/<digest>.js")
def map_script(digest: str) -> Response:
    """Return the script part of the map in one language, for good at the address that changes with it.

    A page stored before an upgrade requests another address and gets the present one.
    """
    known = [page_shell(language, is_audit=audit).script for audit in (False, True) for language in LANGUAGES]
    scripts = {script_digest(script): script for script in known}
    response = _encoded(scripts.get(digest, page_shell(requested_language()).script)).response()
    response.headers.set(*(IMMUTABLE if digest in scripts else REVALIDATE))
    return response


def _finder(language: str) -> str:
    found = page_shell(language)
    return page_text(
        "index.html",
        language,
        shell=found,
        map_script=script_digest(found.script),
        settings=state().settings,
        codes=current_snapshot().choices,
        streets=request_context().city_files.streets is not None,
        places=request_context().city_files.places is not None,
        extract=(origin := request_context().city_files.provenance) and credit(origin, language),
        page_head=page_head("pages.index", language),
        card=finder_card(current_snapshot().registry, language),
    )


def _kept_station(language: str) -> str:
    browser = requesting_browser()
    layout = layout_document()
    return page_text(
        "kept_station.html",
        language,
        maps=templates(browser),
        layout=layout,
        browser=browser,
        settings=state().settings,
    )


def _station(station_id: str) -> Station:
    found = current_snapshot().registry.get(station_id)
    if found is None:
        abort(404)
    return found


@lru_cache(maxsize=32)
def _encoded(text: str, media_type: str = "text/javascript") -> EncodedBody:
    return EncodedBody(text.encode(), f"{media_type}; charset=utf-8")
