"""The numbers under which a site in China is filed (备案), which have to stand at the foot of its pages, with links."""

from __future__ import annotations

import re
from typing import NamedTuple

from stationmap.settings import Settings

ICP_REGISTER = "https://beian.miit.gov.cn/"
POLICE_REGISTER = "https://beian.mps.gov.cn/#/query/webSearch?code="
_DIGITS = re.compile(r"\d+")


class Filing(NamedTuple):
    """A number as text, and the page of the authority where it can be looked up."""

    number: str
    url: str


def filings(settings: Settings) -> list[Filing]:
    """Return the numbers that are set, that of the communications authority (ICP) first."""
    found = []
    if settings.icp_number:
        found.append(Filing(settings.icp_number, ICP_REGISTER))
    if settings.police_number:
        digits = _DIGITS.search(settings.police_number)
        found.append(Filing(settings.police_number, POLICE_REGISTER + (digits[0] if digits else "")))
    return found
