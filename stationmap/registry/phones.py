"""The numbers a register's text about telephones holds, each as it can be dialled.

Registers write several numbers in one cell, with extensions, names and remarks, or that there is none (暂无). What is
dialled is what is written: no area code is added, and a text without a number is no number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

_GAP = r"[-. ]?"
_NUMBER = re.compile(
    rf"""(?<![\d+])(?:
    (?P<abroad>\+(?!86)\d{{1,3}}(?:{_GAP}\d){{6,12}})
    | (?:\+|00)86[-. ]*\(?[2-9]\d{{1,2}}\)?[-. ]*[2-8]\d{{2,3}}{_GAP}\d{{4}}   # with it, as from abroad
    | (?:(?:\+|00)86[-. ]*)?(?:
        1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}                          # mobile
        | [48]00{_GAP}(?:\d{{3}}{_GAP}\d{{4}}|\d{{4}}{_GAP}\d{{3}})   # paid by the called, or shared
        | \(?0\d{{2,3}}\)?[-. ]*\d{{3,4}}{_GAP}\d{{4}}              # with its area code
        | [2-8]\d{{2,3}}{_GAP}\d{{4}}                               # within the city
        | 12\d{{3}} | 9[56]\d{{3,4}} | 1[12]\d                      # hotlines: 12351 is the unions'
    ))(?!\d)
    (?:\s*,?\s*(?:转|轉|分机号?|內線|内线|ext\.?|x|\#|-)\s*:?\s*(?P<extension>\d{{1,6}})(?!\d))?""",
    re.VERBOSE | re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[、,;/|\n]|\s或\s?|或|\s和\s?")
_NONE = re.compile(
    r"[\W_]*(?:暂无|暫無|无|無|没有|沒有|未提供|不详|不詳|待定|空|none|no|nil|null|n/?a)?[\W_]*", re.IGNORECASE
)


class Call(NamedTuple):
    """A number with what the register says beside it, and the address that dials it."""

    text: str
    url: str


class Phone(NamedTuple):
    """What a text about telephones says: numbers, or where it holds none, the text; neither where there is none."""

    calls: tuple[Call, ...]
    note: str


def phone(text: str | None) -> Phone:
    """Return the numbers of a text; a part of the text goes with each, so that nothing of it is lost."""
    written = " ".join((text or "").split())
    plain = "".join(map(_plain, written))
    found = list(_NUMBER.finditer(plain))
    if not found:
        return Phone((), "" if _NONE.fullmatch(plain) else written)
    urls = map(_url, found)
    return Phone(tuple(map(Call, _parts(written, plain, found), urls)), "")


def _parts(written: str, plain: str, found: list[re.Match[str]]) -> Iterator[str]:
    """Yield the part of a text that goes with each number: what stands between two is cut at its first separator."""
    start = 0
    for before, after in pairwise(found):
        separator = _SEPARATOR.search(plain, before.end(), after.start())
        end, following = separator.span() if separator else (after.start(), after.start())
        yield written[start:end].strip()
        start = following
    yield written[start:].strip(" 、,，;；/|。")


def _url(found: re.Match[str]) -> str:
    number, extension = found[0], found["extension"]
    if extension:
        number = number[: found.start("extension") - found.start()]
    # A comma waits a moment, then the extension is dialled.
    digits = re.sub(r"[^\d+]", "", number)
    return f"tel:{digits}" + (f",{extension}" if extension else "")


def _plain(sign: str) -> str:
    """Return a sign as it is typed in ASCII, where it is one."""
    if sign in "‐‑‒–—―−－":
        return "-"
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 else sign
