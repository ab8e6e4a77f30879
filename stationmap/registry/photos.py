"""The photo of a station: a link, as another host would learn who looks at it; a picture where the operator allows."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import urlsplit


class Photo(NamedTuple):
    """Where a photo is, on which host, and whether a page shows the picture itself."""

    url: str
    host: str
    is_shown: bool


def photo(text: str | None, *, hosts: Collection[str] = ()) -> Photo | None:
    """Return the photo a record names; None where it names none that a browser can open.

    `hosts` are those whose pictures are shown. A picture that comes unencrypted is a link all the same.
    """
    url = (text or "").strip()
    if not url.isprintable() or any(sign in url for sign in ' "<>\\^`{|}'):
        return None
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower()
        found = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    is_shown = parts.scheme == "https" and host in {known.lower() for known in hosts}
    return Photo(url, host, is_shown) if found and "@" not in parts.netloc else None
