"""Texts folded for searching: without punctuation, case and forms of compatibility, one or thousands at a time.

`folded` is the definition. Most characters of names and addresses are folded each by itself, whatever stands beside
it: of those a table says what becomes of them, which for many texts at once takes a fifth of the time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

PUNCTUATION = re.compile(r"[^\w\s]|_")
_SEPARATOR = "\x1e"  # a blank, which stays what it is
_UNKNOWN, _DROPPED, _OTHER = -1, -2, -3
_BY_THEMSELVES = ((0, 0x24F), (0x2000, 0x206F), (0x3000, 0x3029), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xFF01, 0xFF5E))
"""Latin letters, punctuation, Chinese characters and full-width forms: Unicode joins none of them with the one before
(their `NFC_Quick_Check` is Yes, and that of what they are decomposed to begins with Yes)."""
# Whoever looks a character up writes the same into it.
_becomes = np.full(0x10000, _UNKNOWN, dtype=np.int32)


def folded(text: str) -> str:
    """Return a text without punctuation, case and forms of compatibility, so that Ｗｉ-Ｆｉ holds wifi."""
    return PUNCTUATION.sub("", normalised(text))


def normalised(text: str) -> str:
    """Return a text without case and forms of compatibility."""
    return unicodedata.normalize("NFKC", text).casefold()


def folded_together(texts: Sequence[str]) -> list[str]:
    """Return `folded` of each of many texts."""
    joined = _SEPARATOR.join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    ends = np.flatnonzero(codes == ord(_SEPARATOR))
    if len(ends) != len(texts) - 1:  # a text holds one of its own
        return list(map(folded, texts))
    within = codes < len(_becomes)
    become = np.where(within, _becomes[np.where(within, codes, 0)], _OTHER)
    if len(unknown := np.unique(codes[become == _UNKNOWN])):
        _becomes[unknown] = [_become(code) for code in unknown.tolist()]
        become = np.where(within, _becomes[np.where(within, codes, 0)], _OTHER)
    made = become[become >= 0].astype("<u4").tobytes().decode("utf-32-le").split(_SEPARATOR)
    for at in np.unique(np.searchsorted(ends, np.flatnonzero(become == _OTHER))).tolist():
        made[at] = folded(texts[at])
    return made


def _become(code: int) -> int:
    if not any(first <= code <= last for first, last in _BY_THEMSELVES):
        return _OTHER
    made = folded(chr(code))
    return (ord(made) if made else _DROPPED) if len(made) <= 1 else _OTHER
