"""Does a text hold what belongs to a person: a telephone number, an identity card's number, a name?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from stationmap.csv_words import folded, is_one_of, surnames

_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:0\d{2,3}[- ]?)?[2-8]\d{6,7}(?:[-转]\d{1,6})?(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{17})([\dXx])(?![\dXx])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_TITLES = "师傅|先生|女士|老师|经理|主任|主席|站长|队长|书记"
_CALLED = re.compile(rf"([\u4e00-\u9fff])[\u4e00-\u9fff]{{0,2}}(?:{_TITLES})")
_INTRODUCED = re.compile(
    r"(?:负责人|联系人|管理员|站长|找)[:：\s]*([\u4e00-\u9fff])[\u4e00-\u9fff]{1,2}(?![\u4e00-\u9fff])"
)
_NAME = re.compile(r"([\u4e00-\u9fff])[\u4e00-\u9fff]{1,2}")


def mobile_in(text: str) -> bool:
    """Tell whether a text holds the number of a mobile telephone, which is a person's rather than a desk's."""
    return bool(_MOBILE.search(unicodedata.normalize("NFKC", text)))


def identity_card_in(text: str) -> bool:
    """Tell whether a text holds a citizen's identity number, by its check digit (GB 11643-1999)."""
    found = _IDENTITY.finditer(unicodedata.normalize("NFKC", text))
    return any(_CHECK[_sum(digits) % 11] == check.upper() for digits, check in (match.groups() for match in found))


def kinds(header: str, values: Sequence[str]) -> dict[str, int]:
    """Return how many values of a column look personal: `telephone`, `identity_card`, `name`; none is left out.

    A name alone is told by its surname, where the header asks for a person or most of the column are such names.
    """
    texts = [unicodedata.normalize("NFKC", value) for value in values]
    bare = sum(_is_name(text) for text in texts)
    asked = any(is_one_of("name_headers", part) for part in re.split(r"[/、,()]+", folded(header)))
    counts = {
        "telephone": sum(bool(_MOBILE.search(text) or _LANDLINE.search(text)) for text in texts),
        "identity_card": sum(map(identity_card_in, texts)),
        "name": bare if asked or 2 * bare > len(texts) else sum(map(_names_somebody, texts)),
    }
    return {kind: count for kind, count in counts.items() if count}


def _sum(digits: str) -> int:
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))


def _is_name(text: str) -> bool:
    found = _NAME.fullmatch(text.strip())
    return bool(found and found[1] in surnames()) or _names_somebody(text)


def _names_somebody(text: str) -> bool:
    return any(found[1] in surnames() for form in (_CALLED, _INTRODUCED) for found in form.finditer(text))
