"""The files of static/, read once and served below one prefix that changes with any byte of any of them.

One prefix for the whole tree: an ES module then finds its siblings by a relative address, and still nothing is served
from a cache when it should not be.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

import minify
from flask import Response, abort

from stationmap.frontend.bundler import bundle, bundle_of, common_modules, without_comments
from stationmap.web.cache_policy import IMMUTABLE, REVALIDATE
from stationmap.web.compression import EncodedBody

PREFIX = "/static"
HASH_DIGITS = 16

# Thirty modules are thirty answers to wait for on a slow network: those of a page travel as one script.
ENTRIES = ("finder/app", "station/station", "station/kept_station", "shared/install")
STAFF_ENTRIES = (
    "audit/audit",
    "staff/accounts/passkeys",
    "staff/review/work_list",
    "staff/table/chooser",
    "staff/nearby/nearby",
    "staff/form/station_form",
    "staff/form/sign_out",
    "staff/review/import",
    "staff/reports/report_group",
)
"""Pages of staff, which no rider's phone keeps."""
LONE_ENTRIES = ("station/offline_navigation",)
"""For phones without service workers, which keep nothing but what their browser does."""
FORM = "reports/report_form"
"""Loaded when it is opened or a page was open for a while; a phone keeps it from its second page on."""
SERVER = "finder/server"
"""For registries too large for a phone: loaded with the first request to the server."""
ROUTE = "route/route_parts"
"""Stations along a route, and ways by streets."""
PLACES = "places/places"
"""Places of the city beside stations in the search, where some are served."""
EMBED = ("embed/embed", "embed/snippet")
"""The page that other sites frame, and the one that makes the line for it."""
COLOURED = ("css/page.css", "css/map.css")
"""Styles that are light or dark as a visitor's system is, of which /embed also has those of one theme."""
_DARK = "(prefers-color-scheme: dark)"
_THEMES = {"light": ("not all", "light"), "dark": ("all", "dark")}
TILED = "map/tiled/tiled"
"""Tiles of stations on the map, for registries too large for a phone."""
LATE = (FORM, SERVER, ROUTE, PLACES, TILED)
"""Loaded when they are used, by static/js/shared/late_script.js."""
API = "api/try_operation"
"""For the page that describes the API."""
WECHAT = "wechat/wechat"
"""For pages inside WeChat, where there is an account of it."""
GROUND = "map/ground/ground"
"""For pages of a server that has a ground."""
SHARING = ("finder/app", "station/kept_station", "station/offline_navigation")
"""What these all need travels once, as COMMON, which their pages load before them."""
GIVEN = (*SHARING, "station/station", *LATE)
"""Scripts that stand on COMMON."""
OF_STATIONS = ("rider/journey", "finder/history_layers")
"""All of them but the finder's need the one, the form for reports the other: they are in COMMON, too."""
COMMON = "common"

# Not left to the machine's own table, in which .js may be text/plain: the browser would then refuse the module.
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
}
_TEXTS = ("text/", "application/json", "application/geo+json", "application/manifest+json", "image/svg+xml")


class Assets:
    """Every file below a folder, by its path relative to it; immutable.

    `replaced` are contents that go before those of the folder, by path.
    """

    def __init__(self, folder: Path, replaced: Mapping[str, bytes] = MappingProxyType({})) -> None:
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        self._files = {name: _encoded(folder / name, replaced.get(name)) for name in names}
        for entry, script in _bundles(folder / "js") if (folder / "js").is_dir() else ():
            self._files[bundle_name(entry)] = _body(script.encode(), "text/javascript; charset=utf-8", True)
        for name in COLOURED if all(name in self._files for name in COLOURED) else ():
            style = (folder / name).read_text(encoding="utf-8")
            for theme in _THEMES:
                self._files[themed(name, theme)] = _body(
                    _in_theme(style, theme).encode(), "text/css; charset=utf-8", True
                )
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(f"{name}\0{len(file.identity)}\0".encode())
            digest.update(file.identity)
        self.tree_hash = digest.hexdigest()[:HASH_DIGITS]

    @property
    def names(self) -> tuple[str, ...]:
        """The path of every file, in order."""
        return tuple(self._files)

    def url(self, name: str) -> str:
        """Return the address of a file; KeyError if there is none, so that a typo shows in the first test."""
        if name not in self._files:
            raise KeyError(name)
        return f"{PREFIX}/{self.tree_hash}/{name}"

    def respond(self, tree_hash: str, name: str) -> Response:
        """Answer with a file, for good at its own address; 404 if it is not there.

        A page stored before an upgrade requests the addresses of that time, and would not work without an answer.
        """
        file = self._files.get(name)
        if file is None:
            abort(HTTPStatus.NOT_FOUND)
        response = file.response()
        response.headers.set(*(IMMUTABLE if tree_hash == self.tree_hash else REVALIDATE))
        return response


def bundle_name(entry: str) -> str:
    """Return the path of the script that holds a page's module and all it imports."""
    return f"js/{entry.rpartition('/')[2]}.bundle.js"


def themed(name: str, theme: str) -> str:
    """Return the path of a style in a theme, whatever the visitor's system is; itself where that is not `COLOURED`."""
    return f"css/embed.{theme}.{name.rpartition('/')[2]}" if theme in _THEMES and name in COLOURED else name


def _in_theme(style: str, theme: str) -> str:
    condition, scheme = _THEMES[theme]
    chosen = style.replace(_DARK, condition).replace("color-scheme: light dark", f"color-scheme: {scheme}")
    return str(minify.string("text/css", chosen))


def _bundles(folder: Path) -> Iterator[tuple[str, str]]:
    common = (*common_modules(folder, SHARING), *OF_STATIONS)
    yield COMMON, bundle_of(folder, common)
    for entry in (*ENTRIES, *STAFF_ENTRIES, *LONE_ENTRIES, *EMBED, *LATE, API, WECHAT, GROUND):
        yield entry, bundle(folder, entry, given=common if entry in GIVEN else ())


def _encoded(path: Path, replaced: bytes | None) -> EncodedBody:
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = media_type.startswith(_TEXTS)
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    content = path.read_bytes() if replaced is None else replaced
    if path.suffix == ".css":
        content = minify.string("text/css", content.decode()).encode()
    if path.suffix == ".js" and "vendor" not in path.parts:  # early_taps.js has to stay readable to the oldest browsers
        content = without_comments(content.decode()).encode()
    return _body(content, media_type + charset, is_text)


@lru_cache(maxsize=256)  # applications of one process share what is compressed of equal files
def _body(content: bytes, media_type: str, compressible: bool) -> EncodedBody:
    return EncodedBody(content, media_type, compressible=compressible)
