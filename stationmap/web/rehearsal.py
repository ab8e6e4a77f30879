"""The first pages of a process, asked for by itself: templates compiled and libraries loaded before anybody waits.

What depends on the stations is ready with every snapshot (`web/snapshot`); this is what a process does once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator

from flask import Flask

from stationmap.web.snapshot import Snapshot

_PAGES = (
    "/", "/privacy", "/embed", "/embed/code", "/api/", "/openapi.json", "/ogc/", "/ogc/collections?f=html",
    "/ogc/collections/stations?f=html", "/ogc/collections/stations/items?f=html&limit=1",
    "/ogc/collections/stations/items?f=json&limit=1", "/api/v1/stations?limit=1",
    "/tiles/stations.json", "/tiles/stations/0/0/0.mvt", "/sitemap.xml",
)  # fmt: skip
QUESTIONS = ("/api/v1/nearest?lon=117.2&lat=34.26&open=now&q=gh",)
"""What riders ask first: answered before a server listens."""
_OF_A_STATION = ("/s/{id}", "/s/{id}/poster", "/s/{id}/feed", "/s/{id}/closures.ics", "/api/v1/stations/{id}")

log = logging.getLogger("stationmap.server")


def pages(snapshot: Snapshot) -> Iterator[str]:
    """Yield an address of every kind of page that is for everybody."""
    yield from _PAGES
    for station_id in snapshot.ids[:1]:
        yield from (page.format(id=station_id) for page in _OF_A_STATION)


def rehearse(app: Flask, asked: Iterable[str], base_url: str, *, is_over: Callable[[], bool] = lambda: False) -> None:
    """Answer each of some addresses within the process, as at `base_url`; what fails is left to who asks for it.

    Before each it is asked whether the rehearsal `is_over`, as the process ends.
    """
    for page in asked:
        if is_over():
            return
        try:
            with app.test_request_context(page, base_url=base_url):
                app.full_dispatch_request().close()
        except Exception:
            log.exception("a page could not be rehearsed")
