"""The vocabulary of a register: headers, codes and facilities, by a table that people keep: register_words.json."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from stationmap.csv_reader.csv_text import HEADERS
from stationmap.resources import data_folder

FACILITY, FLAG = "facility", "flag"
# Members whose headers every reader of tables shares; those of the others stand in register_words.json.
SHARED = ("id", "name", "address", "district", "lon", "lat", "origin", "hours")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_PROTECTED = re.compile(r'="(.*)"', re.DOTALL)  # how some exports keep the zeros in front
_BRACKETED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_ASKED = ("有无", "是否有", "是否配备", "是否配有", "是否提供", "配备", "有")


class Meaning(NamedTuple):
    """What a column holds: a member of a row, with what yes and no say in it, and the datum that its header names.

    The member `facility` has the code of one facility in `yes`; a column without a member is not understood.
    """

    member: str = ""
    yes: str = ""
    no: str = ""
    datum: str = ""


def is_plain(text: str) -> bool:
    """Tell fast that a text is a cell as it is meant, as nearly all are: it is not where it is not certain."""
    return text.isprintable() and text[:1] not in (" ", "=") and text[-1:] != " "


def plain_cell(text: str) -> str:
    """Return a cell as it is meant: no blanks around it, nothing that cannot be seen, `="007"` as 007."""
    if is_plain(text):
        return text
    text = _INVISIBLE.sub("", text).strip()
    protected = _PROTECTED.fullmatch(text)
    return protected[1].strip() if protected else text


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """Return a text as it is compared: full-width forms, case, blanks and closing marks make no difference."""
    text = unicodedata.normalize("NFKC", plain_cell(text)).casefold()
    return re.sub(r"\s+", "", text).strip("*:。.;,、!")


def code_of(table: str, text: str) -> str | None:
    """Return the code that a wording stands for in one table (`status`, `who` ..), None where it is not known."""
    return _codes(table).get(folded(text))


def codes_of(table: str, text: str) -> tuple[str, ...]:
    """Return every code a wording stands for: 冷热饮水机 is two facilities."""
    return _lists(table).get(folded(text), ())


@cache
def words(table: str) -> tuple[str, ...]:
    """Return the words of a plain list (`negations`, `footers` ..), the longest first."""
    return tuple(sorted(map(folded, _all()[table]), key=len, reverse=True))


def is_one_of(table: str, text: str) -> bool:
    """Tell whether a text is in a plain list, such as the marks for `present` or for `blank`; no text is blank too."""
    word = folded(text)
    return word in _sets(table) if word else table == "blank" and not plain_cell(text)


def holds_one_of(table: str, text: str) -> bool:
    """Tell whether a word of a plain list stands anywhere in a text."""
    word = folded(text)
    return any(each in word for each in words(table))


def is_remark(header: str) -> bool:
    """Tell whether a column is of remarks on the station as a whole: 备注, or 某某情况 of no facility."""
    name = folded(header)
    whole = name.endswith(("状态", "情况")) and not any(word in name for word in _lists("facilities"))
    return whole or is_one_of("remarks", name)


@cache
def category_patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what a station calls itself, strongest first: a 驿站 may stand in a 职工服务中心 and be named after it."""
    return tuple((re.compile(pattern), code) for pattern, code in _all()["category_patterns"])


@cache
def surnames() -> frozenset[str]:
    return frozenset(_all()["surnames"])


def headers(member: str) -> tuple[str, ...]:
    """Return the spellings of a column, the most usual first."""
    return HEADERS[member] if member in SHARED else tuple(_all()["headers"][member])


def meaning(header: str) -> Meaning:
    """Return what a column holds by its header; what stands in brackets must be a unit or a hint that changes nothing.

    开放时间(冬季) is therefore not 开放时间.
    """
    name = folded_header(header)
    found = _meanings().get(name)
    if found:
        return found
    inside = [one or other for one, other in _BRACKETED.findall(name)]
    bare = _BRACKETED.sub("", name)
    datum = next((code for code in map(_datum, [*inside, bare]) if code), "")
    harmless = all(part in _sets("qualifiers") or _datum(part) for part in inside)
    for word in _datum_words(bare):
        bare = bare.replace(word, "")
    found = _meanings().get(bare) if harmless and bare != name else None
    return found._replace(datum=datum) if found else Meaning(datum=datum if _is_position(bare) else "")


def _is_position(bare: str) -> bool:
    return _meanings().get(bare, Meaning()).member in ("lon", "lat", "position")


def _datum(text: str) -> str | None:
    """Return the datum a text names: GCJ-02, 高德坐标, 百度经度."""
    named = {_codes("datum")[word] for word in _datum_words(text)}
    return named.pop() if len(named) == 1 else None


def _datum_words(text: str) -> list[str]:
    return [word for word in sorted(_codes("datum"), key=len, reverse=True) if word in text]


@cache
def _all() -> Mapping[str, Any]:
    read: dict[str, Any] = json.loads((data_folder() / "register_words.json").read_bytes())
    return MappingProxyType(read)


@cache
def _codes(table: str) -> Mapping[str, str]:
    return MappingProxyType({word: code for code, spelt in _all()[table].items() for word in _spelt(code, spelt)})


@cache
def _lists(table: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, spelt in _all()[table].items():
        for word in _spelt(code, spelt):
            found[word] = (*found.get(word, ()), code)
    return MappingProxyType(found)


def _spelt(code: str, spelt: Iterable[str]) -> Iterable[str]:
    """Return how a code is spelt: as the table has it, and in words, as in `drinking water`."""
    return dict.fromkeys(map(folded, (*spelt, code.replace("_", " "))))


@cache
def _sets(table: str) -> frozenset[str]:
    return frozenset(map(folded, _all()[table])) - {""}


@cache
def _meanings() -> Mapping[str, Meaning]:
    found = {
        folded_header(header): Meaning(FLAG, f"{member}.{yes}", f"{member}.{no}")
        for header, (member, yes, no) in _all()["flags"].items()
    }
    for word, codes in _lists("facilities").items():
        if len(codes) == 1:
            for prefix in ("", *_ASKED):
                found[folded_header(prefix + word)] = Meaning(FACILITY, codes[0])
    for member in (*SHARED, *_all()["headers"]):
        found.update(dict.fromkeys(map(folded_header, headers(member)), Meaning(member)))
    return MappingProxyType(found)


@cache
def known_headings() -> Mapping[str, str]:
    """Return every heading that a member has, as it is compared and as people write it; not those of facilities."""
    listed = [spelt for member in (*SHARED, *_all()["headers"]) for spelt in headers(member)]
    return MappingProxyType({folded_header(spelt): spelt for spelt in listed})


def folded_header(text: str) -> str:
    """Return a header as it is compared: as any text, and without the marks that join or number words."""
    return re.sub(r"[_\-#·]+", "", folded(text)) or folded(text)
