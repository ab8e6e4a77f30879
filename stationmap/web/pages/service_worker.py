"""What makes the finder installable and lets it work without a network: the service worker and the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from stationmap.frontend.bundler import minified, with_rules
from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES, tag_of, translate
from stationmap.resources import static_folder
from stationmap.web.assets import COMMON, ENTRIES, FORM, GROUND, PLACES, ROUTE, Assets, bundle_name

WORKER = "sw.js"
PROTOMAPS = "vendor/protomaps-leaflet/protomaps-leaflet.js"
THEME = "#a61c14"
PAPER = "#f3f4f1"

_MESSAGES = tuple(f"i18n/{language}.json" for language in LANGUAGES)
_KEPT = ("basemap/", "css/", "icons/", "vendor/leaflet/", "vendor/supercluster/", *_MESSAGES)
_LATE_FILES = tuple(
    name
    for part in ("report", "route", "places")
    for name in (f"css/{part}.css", *(f"i18n/{part}.{language}.json" for language in LANGUAGES))
    if name != "css/places.css"
)
"""Of the form for reports, ways along a route and places of the city: a first visit does without them."""
_NOT_KEPT = ("LICENSE", ".md", "MANIFEST.json", "marker-icon.png", "layers.png", "-512.png")  # no page requests these
_ONLINE = ("/audit.", "/embed", "/layers.", "/poster.", "/staff", "/tiled.", "/wechat.")  # for what needs the server


def worker_script(
    assets: Assets, *, root: str, pages: Iterable[str], scripts: Iterable[str], paths: dict[str, str], has_ground: bool
) -> str:
    """Return the service worker: the list of what it keeps, then `static/sw.js`.

    `root` is the path where the site stands, empty for a host of its own. `pages` are the texts of the pages it
    keeps: a change of any makes another worker. `scripts` are addresses of scripts that are not files of static/;
    `paths` names the finder, the page above the stations' and the feed; where there is a ground, what draws it is kept.
    """
    files = [
        *(root + assets.url(name) for name in assets.names if _is_kept(name)),
        *(root + assets.url(bundle_name(entry)) for entry in (COMMON, *ENTRIES)),
        root + assets.url("js/finder/early_taps.js"),
        root + assets.url("js/shared/large_type.js"),
        *scripts,
    ]
    grounds = (bundle_name(GROUND), PROTOMAPS) if has_ground else ()
    # In the order in which they are kept: a signal may go at any moment, and the form is for a door that is locked.
    late_files = (bundle_name(FORM), *_LATE_FILES, *(bundle_name(entry) for entry in (ROUTE, PLACES)), *grounds)
    later = [root + assets.url(name) for name in late_files]
    digest = hashlib.sha256(assets.tree_hash.encode())
    for text in pages:
        digest.update(text.encode())
    languages = [DEFAULT_LANGUAGE, *(language for language in LANGUAGES if language != DEFAULT_LANGUAGE)]
    shell = {"generation": digest.hexdigest()[:16], "languages": languages, **paths, "files": files, "later": later}
    script = minified(with_rules((static_folder() / WORKER).read_text(encoding="utf-8")))
    return f"self.SHELL = {orjson.dumps(shell).decode()};\n{script}"


def manifest(asset: Callable[[str], str], language: str, *, home: str) -> dict[str, Any]:
    """Return the web app manifest in a language; `asset` gives the address of a file, `home` is that of the finder."""
    icon = {"type": "image/png", "purpose": "any"}
    return {
        "id": home,
        "name": translate(language, "app.name"),
        "short_name": translate(language, "app.short_name"),
        "lang": tag_of(language),
        "start_url": f"{home}?lang={language}",
        "scope": home,
        "display": "standalone",
        "theme_color": THEME,
        "background_color": PAPER,
        "icons": [
            {**icon, "src": asset("icons/app-192.png"), "sizes": "192x192"},
            {**icon, "src": asset("icons/app-512.png"), "sizes": "512x512"},
            {**icon, "src": asset("icons/maskable-512.png"), "sizes": "512x512", "purpose": "maskable"},
        ],
    }


def _is_kept(name: str) -> bool:
    return (
        name.startswith(_KEPT)
        and not name.endswith((*_NOT_KEPT, *_LATE_FILES))
        and not any(part in name for part in _ONLINE)
    )
