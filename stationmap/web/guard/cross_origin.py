"""Which answers pages of other sites may read (CORS), by path: public data, and nothing that somebody signs in for.

It is a list of what is allowed, so that a new route is nobody else's until it stands here. No answer of these depends
on a cookie, and none allows any to be sent. Reports are not among them: what a device is to be known by, and the proof
of work, are our own pages' matter.
"""

from __future__ import annotations

from stationmap.web.cache_policy import NO_STORE

Headers = tuple[tuple[str, str], ...]

READS = ("GET", "HEAD")
ASKS = ("GET", "HEAD", "POST")
_ASKED = frozenset(("/api/v1/nearest", "/api/v1/along", "/api/v1/places"))
"""What is asked by a body, as that keeps a position out of addresses: it changes nothing, so others may, too."""
_READ = frozenset(
    (
        "/api/v1/stations",
        "/api/v1/feed",
        "/api/v1/marks",
        "/api/v1/changes",
        "/api/v1/registry",
        "/changes.atom",
        "/closures.ics",
        "/reports.atom",
        "/openapi.json",
        "/ogc",
        "/embed",
    )
)
_READ_BELOW = (
    "/api/v1/stations/",
    "/ogc/",
    "/tiles/",
    "/ground/",
    "/open311/",
    # What /embed needs in a frame that its host keeps apart (sandbox), which is of no site.
    "/static/",
    "/map/",
)
_OF_STATIONS = "/s/"
_DATA_OF_A_STATION = ("/feed", ".ics")
_AUDIT = ("/api/v1/audit/", "/ogc/collections/areas", "/ogc/collections/gaps")

ROUTE = "preflight"
"""In place of a route, for whoever counts requests."""
GRANTED: Headers = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "ETag, Link, Retry-After, Stationmap-Published, Stationmap-Revision, Stationmap-Sequence, Stationmap-Time,"
        " X-Request-ID",
    ),
)
_PREFLIGHT_S = 86_400
_SENT = "Content-Type, If-None-Match, If-Modified-Since"


class SharedPaths:
    """The paths whose answers other sites' pages may read, and by which methods."""

    def __init__(self, *, is_audit_open: bool) -> None:
        """With `is_audit_open` the figures of the audit are public data, too."""
        self._is_audit_open = is_audit_open

    def methods(self, path: str) -> tuple[str, ...]:
        """Return the methods by which pages of other sites may ask for a path; none where they may not."""
        if path in _ASKED:
            return ASKS
        if path.startswith(_AUDIT):
            return READS if self._is_audit_open else ()
        if path in _READ or path.startswith(_READ_BELOW):
            return READS
        is_data = path.startswith(_OF_STATIONS) and path.endswith(_DATA_OF_A_STATION)
        return READS if is_data else ()


def preflight(methods: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the headers of the answer to a browser that asks which methods a page of another site may use."""
    return [
        GRANTED[0],
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", _SENT),
        ("Access-Control-Max-Age", str(_PREFLIGHT_S)),
        NO_STORE,
    ]
