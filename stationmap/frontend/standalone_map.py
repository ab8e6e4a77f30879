"""One HTML file that holds the whole map, assets and stations included. It opens from disk and sends no request."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from stationmap.city import here
from stationmap.errors import StationmapError
from stationmap.formats.feed import MAX_STATIONS, feed
from stationmap.frontend.inlined import script_text, style_text
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import DEFAULT_LANGUAGE, catalogue, translate
from stationmap.registry.registry import Registry
from stationmap.search.facets import choices
from stationmap.search.station_columns import StationColumns
from stationmap.settings import Settings

TEMPLATES = Path(__file__).resolve().parent / "templates"
"""Of this file, and of parts that pages of the web application have too."""
STYLES = ("vendor/leaflet/leaflet.css", "css/page.css", "css/map.css")


def standalone_html(
    registry: Registry, at: datetime, *, language: str = DEFAULT_LANGUAGE, settings: Settings | None = None
) -> str:
    """Return the file for a registry; opening times reach two weeks from the day of `at`.

    Raises StationmapError above `MAX_STATIONS` stations, more than a page can hold.
    """
    if len(registry) > MAX_STATIONS:
        raise StationmapError(f"{len(registry)} stations are more than one file can hold ({MAX_STATIONS})")
    settings = settings or Settings()
    from stationmap.frontend.map_shell import shell  # brings Folium, which a server loads for its first map

    page = shell(language)
    scripts = [script_text(path) for path in ("js/shared/large_type.js", *page.scripts)] + [page.script]
    style = "\n".join(style_text(path) for path in STYLES)
    day = at.astimezone(ZONE).date()
    return (
        _environment()
        .get_template("standalone.html")
        .render(
            t=partial(translate, language),
            lang=language,
            registry=registry,
            at=at,
            shell=page,
            settings=settings,
            codes=choices(StationColumns.of(registry.stations)),
            policy=_policy(scripts, style),
            scripts=[Markup(script) for script in scripts],
            style=Markup(style),
            blocks={
                "words": _inline(json.dumps(_riders_words(language), ensure_ascii=False)),
                "orientation": _inline(here().orientation.decode()),
                "feed": _inline(feed(registry, day, little_left_min=settings.little_left_min).decode()),
            },
        )
    )


def _policy(scripts: list[str], style: str) -> str:
    """Return a policy that lets exactly these scripts run and nothing be fetched."""
    hashes = " ".join(f"'{_digest(script)}'" for script in scripts)
    rules = (
        "default-src 'none'",
        f"script-src {hashes}",
        f"style-src '{_digest(style)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inline(text: str) -> Markup:
    """Return JSON that cannot end the script element it stands in: in JSON `<` only occurs inside strings."""
    return Markup(text.replace("<", "\\u003c"))


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def _riders_words(language: str) -> dict[str, str]:
    return {key: text for key, text in catalogue(language).items() if not key.startswith("audit.")}
