"""The signature by which WeChat knows that a page is one of the account's (附录1 of the JS-SDK's documentation)."""

from __future__ import annotations

import hashlib
import re

MAX_ADDRESS = 2_048
_SIGNS = re.compile(r"[!-~]+")  # of an address as browsers send it


def signature(ticket: str, nonce: str, timestamp_s: int, address: str) -> str:
    """Return the signature of a page's address, as it was loaded and without its fragment."""
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp_s}&url={address}"
    return hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()


def is_of_site(address: str, public_url: str, prefix: str) -> bool:
    """Tell whether an address is that of a page of this site: of its public URL, below its path, without a fragment."""
    below = f"{public_url}{prefix}/"
    fits = len(address) <= MAX_ADDRESS and bool(_SIGNS.fullmatch(address))
    return fits and "#" not in address and "\\" not in address and address.startswith(below)
