"""Does a text hold what belongs to a person: a telephone number, an identity card's number, a name?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from stationmap.csv_reader.vocabulary import folded, is_one_of, surnames

_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]?[2-8]\d{6,7}(?!\d)")
_LOCAL = re.compile(r"(?<!\d)[2-8]\d{6,7}(?!\d)")  # as 20250305 is too, so only where the header asks for a number
_ASKS_NUMBER = re.compile("电话|手机|座机|联系|phone|tel|mobile")
_IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX](?![\dX])", re.IGNORECASE
)
_LONG = re.compile(r"\d(?:[ -]?\d){8}")
_TITLES = "师傅|先生|女士|老师|经理|主任|主席|站长|队长|书记"
_CALLED = re.compile(rf"(?=([\u4e00-\u9fff])[\u4e00-\u9fff]{{0,2}}(?:{_TITLES}))")
_INTRODUCED = re.compile(
    r"(?:负责人|联系人|管理员|站长|找)[:：\s]*([\u4e00-\u9fff])[\u4e00-\u9fff]{1,2}(?![\u4e00-\u9fff])"
)
_NAME = re.compile(r"([\u4e00-\u9fff])[\u4e00-\u9fff]{1,2}")


def mobile_in(text: str) -> bool:
    """Tell whether a text holds the number of a mobile telephone, which is a person's rather than a desk's."""
    return bool(_MOBILE.search(unicodedata.normalize("NFKC", text)))


def identity_card_in(text: str) -> bool:
    """Tell whether a text holds a citizen's identity number, mistyped or not: place and day of birth are in it."""
    return bool(_IDENTITY.search(unicodedata.normalize("NFKC", text)))


def long_number_in(text: str) -> bool:
    """Tell whether a text holds a number of nine digits or more, such as an account's."""
    return bool(_LONG.search(unicodedata.normalize("NFKC", text)))


def personal_data(header: str, values: Sequence[str]) -> dict[str, int]:
    """Return how many values of a column look personal: `telephone`, `identity_card`, `name`; none is left out.

    A name alone is recognised by its surname, where the header names a person or most of the column are such names.
    """
    texts = [unicodedata.normalize("NFKC", value) for value in values]
    bare = sum(_is_name(text) for text in texts)
    asks_for_name = any(is_one_of("name_headers", part) for part in re.split(r"[/、,()]+", folded(header)))
    numbers = [_MOBILE, _LANDLINE, *([_LOCAL] if _ASKS_NUMBER.search(folded(header)) else [])]
    counts = {
        "telephone": sum(any(number.search(text) for number in numbers) for text in texts),
        "identity_card": sum(map(identity_card_in, texts)),
        "name": bare if asks_for_name or 2 * bare > len(texts) else sum(map(_names_somebody, texts)),
    }
    return {kind: count for kind, count in counts.items() if count}


def _is_name(text: str) -> bool:
    found = _NAME.fullmatch(text.strip())
    return bool(found and found[1] in surnames()) or _names_somebody(text)


def _names_somebody(text: str) -> bool:
    return any(found[1] in surnames() for form in (_CALLED, _INTRODUCED) for found in form.finditer(text))
