"""Chinese names found from a keyboard without Chinese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.search.pinyin import contains_pinyin, readings


def test_a_name_gives_the_reading_of_each_character() -> None:
    assert readings(["徐州站"]) == {"xu": "徐", "zhan": "站", "zhou": "州"}


def test_a_character_read_in_several_ways_is_found_by_each() -> None:
    found = readings(["重"])
    assert found["zhong"] == "重"
    assert found["chong"] == "重"


def test_a_u_with_dots_is_typed_as_v() -> None:
    assert "绿" in readings(["绿"])["lv"]


def test_what_is_not_chinese_has_no_reading() -> None:
    assert readings(["Wi-Fi 001", "(演示)", ""]).keys() == readings(["演示"]).keys()


@given(st.lists(st.text(max_size=20), max_size=5))
def test_no_text_breaks_it_and_every_reading_is_plain_letters(texts: list[str]) -> None:
    found = readings(texts)
    assert all(reading.isascii() and reading.isalpha() and reading.islower() for reading in found)
    assert set("".join(found.values())) <= set("".join(texts))


@given(st.lists(st.text(max_size=20), max_size=5))
def test_the_order_of_the_texts_does_not_matter(texts: list[str]) -> None:
    assert readings(texts) == readings(reversed(texts))


@pytest.mark.parametrize("typed", ["徐州站", "xuzhouzhan", "xzz", "徐zz", "xuz站", "xuzh", "zhouzhan", "zhan", "z"])
def test_a_text_is_found_by_characters_pinyin_initials_and_mixtures(typed: str) -> None:
    assert contains_pinyin("徐州站驿站", typed)


@pytest.mark.parametrize("typed", ["xuzhouzhanxu", "zzx", "徐站", "xzhz", "u"])
def test_a_text_is_not_found_by_what_does_not_stand_there_in_a_row(typed: str) -> None:
    assert not contains_pinyin("徐州站", typed)
