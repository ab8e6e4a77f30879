"""What robots may read (RFC 9309). It holds at the root of a host only; below a path its lines are for that one."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.cache_policy import REVALIDATE

blueprint = Blueprint("robots", __name__)

ALLOWED = ("/api/v1/feed",)
"""What a page that is rendered needs of what is not for robots. First: some take the first line that fits."""
DISALLOWED = ("/staff", "/r/", "/api/v1/", "/ogc/", "/tiles/", "/ground/", "/open311/")
"""What is of one person, and what takes work and shows nothing that pages do not. Pages that robots may read but not
list say so themselves."""


@blueprint.get("/robots.txt")
def robots_txt() -> Response:
    """Return what robots may read, and where the list of pages is."""
    prefix = request.script_root
    lines = [
        "User-agent: *",
        *(f"Allow: {prefix}{path}" for path in ALLOWED),
        *(f"Disallow: {prefix}{path}" for path in DISALLOWED),
        f"Allow: {url_for('pages.index')}",
        "",
        f"Sitemap: {absolute_url_for('sitemap.sitemap_index')}",
    ]
    response = Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response.headers.set(*REVALIDATE)
    return response
