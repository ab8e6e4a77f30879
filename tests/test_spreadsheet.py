"""Cells of a table: no text runs in a spreadsheet or steers a terminal, and numbers stay numbers."""

from __future__ import annotations

import io
import unicodedata
from datetime import datetime

import openpyxl
import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from stationmap.formats.csv_safety import cell, inert, workbook_text
from stationmap.hours.opening_hours import ZONE

SIGNS = "=+-@＝＋－＠"
BLANKS = " \n\u00a0\u3000\ufeff"
DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def test_the_markup_of_the_library_that_writes_workbooks_is_text_in_them() -> None:
    hostile = '<r></is></c><c r="A9"><f>1+1</f></c><c t="inlineStr"><is></r>'
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_string(0, 0, workbook_text(hostile))
    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).worksheets[0]
    assert [[each.value for each in row] for row in sheet] == [[hostile]]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    # What Python reads beyond that is none to a spreadsheet: 1_000, -inf, full-width digits, tabs around.
    return set(text) <= set("0123456789.+-eE ")


@given(st.text(BLANKS), st.sampled_from(SIGNS), st.text())
@example("", "=", "HYPERLINK(1)")
@example("", "-", "1_000")
@example("", "-", "inf")
@example("", "-", "１")
def test_a_text_that_begins_with_a_sign_is_shown_and_not_run(before: str, sign: str, rest: str) -> None:
    text = f"{before}{sign}{rest}"
    assert cell(text) == inert(text if is_number(text) else f"'{text}")


@given(st.sampled_from("\t\r"), st.text(), st.booleans())
def test_a_text_that_begins_with_a_tab_or_a_carriage_return_is_not_run(first: str, rest: str, layout: bool) -> None:
    assert str(cell(first + rest, layout=layout)).startswith("'")


@given(st.text())
def test_a_sign_elsewhere_is_left_alone(text: str) -> None:
    assert cell(f"站{text}") == inert(f"站{text}")


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_passes_as_a_number_and_as_text(number: float) -> None:
    assert cell(number) == number
    for text in (str(number), f"{number:+}", f" {number:e}"):
        assert cell(text) == text


@given(st.text("+-.0123456789eE_infa １\t"))
def test_only_what_a_spreadsheet_takes_for_a_number_keeps_its_sign_in_front(text: str) -> None:
    made = str(cell(text))
    assert not made.lstrip().startswith(("+", "-")) or is_number(made)


@given(st.text())
def test_inert_text_steers_nothing_and_is_unicode(text: str) -> None:
    made = inert(text)
    assert not [char for char in made if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert not DIRECTIONS.intersection(map(unicodedata.bidirectional, made))
    made.encode()


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cn", "Cs", "Zl", "Zp"])))
def test_text_that_steers_nothing_is_kept(text: str) -> None:
    assert inert(text) == text
    assert inert(f"{text}\ue000\u200d") == f"{text}\ue000\u200d"


def test_layout_is_kept_only_where_it_is_wanted() -> None:
    assert cell("甲\t乙\r\n\x1b", layout=True) == "甲\t乙\r\n\\x1b"
    assert cell("甲\t乙\r\n\x1b") == "甲\\t乙\\r\\n\\x1b"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "true"),
        (False, "false"),
        (None, None),
        (float("inf"), ""),
        (float("nan"), ""),
        (datetime(2026, 1, 15, 2, 0, 0, 5, tzinfo=ZONE), "2026-01-15T02:00:00+08:00"),
    ],
)
def test_a_value_that_is_no_text_is_told(value: object, told: object) -> None:
    assert cell(value) == told
