"""Values as cells of a table that a spreadsheet or a terminal may show: none runs as a formula or steers a screen."""

from __future__ import annotations

import math
import re
from datetime import datetime
from xml.sax.saxutils import escape

# Full-width signs too: a spreadsheet set to Chinese or Japanese takes them for the others.
_FORMULA = re.compile(r"[\t\r]|[\s\ufeff]*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r" *[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)? *")
_MAX_CELL_TEXT = 32_767  # in a workbook
_LAYOUT = "\t\n\r"
# C0, DEL and C1, line and paragraph separators, marks and overrides of direction, and what XML and UTF-8 cannot hold.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


def cell(value: object, *, layout: bool = False) -> object:
    """Return a value as a cell of CSV: truth as a word, a moment as ISO 8601, nothing where a number is not finite.

    A text that a spreadsheet would run, such as =HYPERLINK(..), gets an apostrophe in front, behind which it is shown;
    a number written as text is left alone. Tabs and line breaks are written out unless `layout` keeps them.
    Source of the signs: OWASP, CSV Injection.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    if not isinstance(value, str):
        return value
    return inert(f"'{value}" if _runs(value) else value, layout=layout)


def typed(text: str) -> str:
    """Return the text that `cell` wrote as this one, behind whose apostrophe stands what a spreadsheet would run."""
    return text[1:] if text[:1] == "'" and _runs(text[1:]) else text


def _runs(text: str) -> bool:
    """Tell whether a spreadsheet would run a text, apostrophes in front or not: only so can one be taken off again."""
    text = text.lstrip("'")
    return _FORMULA.match(text) is not None and not _NUMBER.fullmatch(text)


def workbook_text(text: str) -> str:
    """Return a text as xlsxwriter takes it for a cell: what looks like its own markup would go into the file as XML.

    Such a text becomes a run of this markup; one too long for that has a sign in front that cannot be seen.
    """
    if not (text.startswith("<r>") and text.endswith("</r>")):
        return text
    run = f'<r><t xml:space="preserve">{escape(text)}</t></r>'
    return run if len(run) <= _MAX_CELL_TEXT else f"\u200b{text}"[:_MAX_CELL_TEXT]


def inert(text: str, *, layout: bool = False) -> str:
    """Return text for a file that may be shown on a terminal: what would steer one is written out, all else is kept.

    With `layout`, tabs and line breaks are kept as well. Private and invisible characters are left be: they do no
    harm, and readers of the file may need them.
    """
    if text.isprintable():
        return text
    return _STEERING.sub(lambda found: found[0] if layout and found[0] in _LAYOUT else _escaped(found[0]), text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
