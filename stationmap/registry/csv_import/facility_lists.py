"""A cell that lists facilities and services in words: which are there, which are not, which words say neither."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from stationmap.csv_reader.csv_cells import UNITS
from stationmap.csv_reader.vocabulary import codes_of, folded, plain_cell, words

_COUNTED = re.compile(rf"^[1-9]\d{{0,2}}(?:{UNITS})|[x×*]?\(?[x×*]?[1-9]\d{{0,2}}(?:{UNITS})?\)?$")
_MODIFIED = re.compile("^(?:免费|自助|共享|便民|爱心|有偿|24小时)+")
_ENUMERATED = re.compile(r"(?:^|(?<=[\s、,;。]))\(?\d{1,2}[.、)](?=\D)")


class FacilityList(NamedTuple):
    """What a list names: facilities there and not there, services, and the words that are not understood."""

    facilities: dict[str, bool]
    services: tuple[str, ...]
    unread: tuple[str, ...]


def read_facility_list(cell: str) -> FacilityList:
    """Read 饮水机、微波炉、无空调.

    A 无 holds for its word; whether it also holds for words that follow it after a comma is not clear, so these stay
    unread, up to a new sentence or a word with 有; so do those after 拟配备. 无: holds for its sentence. A facility
    that is stated both as present and as absent is neither.
    """
    stated: dict[str, set[bool]] = {}
    services: list[str] = []
    unread: list[str] = []
    for item, there, codes, programmes in _items(cell):
        if there is None or not (codes or programmes):
            unread.append(item)
            continue
        services += programmes if there else ()
        for code in codes:
            stated.setdefault(code, set()).add(there)
    unread += [item for item, _, codes, _ in _items(cell) if any(len(stated.get(code, ())) > 1 for code in codes)]
    facilities = {code: one.pop() for code, one in stated.items() if len(one) == 1}
    return FacilityList(facilities, tuple(dict.fromkeys(services)), tuple(dict.fromkeys(unread)))


def _items(cell: str) -> Iterator[tuple[str, bool | None, tuple[str, ...], tuple[str, ...]]]:
    """Yield each word of a list, whether it is there (None where that is not stated), its facilities and services."""
    text = _ENUMERATED.sub(" ", unicodedata.normalize("NFKC", plain_cell(cell)))
    for sentence in filter(str.strip, re.split(r"[;。\n]+", text)):
        whole, rest = _polarity(folded(sentence), colon=True)
        denied = False
        for item in _words(rest if whole is not None else sentence):
            there, codes, programmes = _item(item)
            is_meant = there is None and not (codes or programmes) and item.startswith(words("intentions"))
            denied = there is False or is_meant or (denied and there is None)
            if whole is None:
                yield item, (None if there is None and denied else there is not False), codes, programmes
            else:
                yield item, (whole if there is None else None), codes, programmes


def _words(sentence: str) -> Iterator[str]:
    """Yield the words of a sentence; what is known with the blanks in it is one, such as Legal aid."""
    for part in re.split(r"[、,/+]+", sentence):
        parts = [part] if any(_named(folded(part))) else re.split(r"[\s和及与]+", part)
        yield from filter(None, map(folded, parts))


def _item(item: str) -> tuple[bool | None, tuple[str, ...], tuple[str, ...]]:
    """Return what a word says of itself (有空调, 空调√ True, 无空调 False, 空调 None), and what it names."""
    named = _named(item)
    if any(named):
        return None, *named
    polarity, rest = _polarity(item)
    if polarity is not None:
        return polarity, *_named(rest)
    bare = item.removesuffix(")")
    for there, table in ((False, "no_marks"), (True, "yes_marks")):
        for mark in words(table):
            if bare.endswith(mark):
                return there, *_named(bare.removesuffix(mark).rstrip(":("))
    return None, *_named(item)


def _polarity(text: str, *, colon: bool = False) -> tuple[bool | None, str]:
    """Return what begins a text, 无 or 有, and the rest; with `colon` only where a colon follows."""
    for there, table in ((False, "negations"), (True, "affirmations")):
        for word in words(table):
            if text.startswith(word) and (not colon or text[len(word) :].startswith(":")):
                return there, text[len(word) :].lstrip(":")
    return None, text


def _named(item: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the facilities and services of a word, whatever its number (2台) and what it is praised for (免费)."""
    for word in dict.fromkeys((item, bare := _COUNTED.sub("", item.removesuffix("等")), _MODIFIED.sub("", bare))):
        found = codes_of("facilities", word), codes_of("services", word)
        if any(found):
            return found
    return (), ()
