"""Hide numbers that belong to a person in free text: telephones, identity cards, plates of vehicles, addresses of mail.

    masked("找苏C·12345的车主，138 0013 8000")      # 找***的车主，***

Too much is hidden rather than too little: the text stays whole for staff, others read the masked one.
"""

from __future__ import annotations

import re
import unicodedata

MASK = "***"

_NUMERALS = str.maketrans("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789")
_GAP = r"[-\s.·•_—–]{0,2}"  # between digits, as people write them; not the colon and comma of hours and lists
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_MARK = r"[A-Z0-9]"
_END = r"(?![A-Z0-9])"
_DIGITS = rf"(?=(?:{_GAP}[A-Z]?){{0,3}}(?:{_GAP}\d[A-Z]?){{3}})"  # a plate has at most a few letters among its digits


def _spaced(first: str, count: int) -> str:
    """Return a pattern of digits with gaps between any of them: `first`, then `count` more."""
    return rf"{first}(?:{_GAP}\d){{{count}}}"


_PERSONAL = re.compile(
    rf"""
      [A-Z0-9_.+-]+@[A-Z0-9-]+(?:\.[A-Z0-9-]+)+                                # mail
    | [{_PROVINCE}]{_GAP}[A-Z]{_GAP}{_DIGITS}(?:
        {_MARK}(?:{_GAP}{_MARK}){{4,5}}(?:{_GAP}[学警港澳挂试超领使])?{_END}       # 苏C·12345, new energy 苏CD12345
        | {_MARK}(?:{_GAP}{_MARK}){{3}}{_GAP}[学警港澳挂试超领使]
      )
    | [\u4e00-\u9fff](?![{_PROVINCE}]\s?[A-Z])[\u4e00-\u9fff][A-Z]?\s?[·•]\s?  # an e-bike's: 徐州·123456
        (?=[A-Z]{{0,3}}\d{{3}}){_MARK}{{5,7}}{_END}
    | (?<!\d)(?:\+|00)\s?\d(?:{_GAP}\d){{7,14}}(?!\d)                           # with the code of a country
    | (?<!\d)(?:86{_GAP})?{_spaced("1" + _GAP + "[3-9]", 9)}(?!{_GAP}\d|X)         # mobile
    | (?<!\d)(?:86{_GAP})?\(?0\d{{2,3}}\)?{_GAP}{_spaced("[2-8]", 6)}(?:{_GAP}\d)?(?!\d)  # with the code of an area
    | (?<!\d)[3-8]\d{{7}}(?!\d)                                               # within the city; no date begins like it
    | (?<!\d)[1-9]\d{{5}}{_GAP}(?:18|19|20)\d{{2}}{_GAP}[01]\d{_GAP}[0-3]\d{_GAP}\d{{3}}{_GAP}[\dX]   # identity card
    | (?<![A-Z0-9])[A-Z]\d{{8}}(?!\d)                                         # passport
    | (?<!\d)\d{{9,}}X?                                                       # of an account, a card, a chat
    """,
    re.VERBOSE | re.IGNORECASE,
)


def masked(text: str) -> str:
    """Return a text with `***` in place of each number or address of a person; the rest stays as it is written."""
    plain = "".join(map(_plain, text)).translate(_NUMERALS)  # as long as the text: what is found stands there as well
    parts, end = [], 0
    for found in _PERSONAL.finditer(plain):
        parts += [text[end : found.start()], MASK]
        end = found.end()
    return "".join((*parts, text[end:]))


def _plain(char: str) -> str:
    """Return a digit or letter of full width, in a circle and the like as a plain one."""
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char
