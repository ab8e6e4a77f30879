"""Texts folded together are those folded one by one, whatever characters meet in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stationmap.registry.kept_stations import KeptStations, said
from stationmap.registry.registry import parse
from stationmap.resources import demo_registry
from stationmap.search.folding import _BY_THEMSELVES, folded, folded_together
from stationmap.search.query import haystack, haystacks
from tests.test_registry import HOSTILE

MARKS = "\u0301\u0307\u3099\u1161\u11a8\u09be\uff9e\u0345\u200d"
texts = st.text() | st.text(st.sampled_from("Ａe´İßﬁŉ…〇一、（\x1e\n _-́" + MARKS)) | st.sampled_from(HOSTILE)


@given(st.lists(texts, min_size=1, max_size=12))
def test_texts_folded_together_are_those_folded_alone(drawn: list[str]) -> None:
    assert folded_together(drawn) == [folded(each) for each in drawn]


def test_each_character_and_each_beside_a_mark_is_folded_as_by_itself() -> None:
    characters = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    assert folded_together(characters[:0x1E] + characters[0x1F:]) == [
        folded(each) for each in characters if each != "\x1e"
    ]
    known = [chr(code) for first, last in _BY_THEMSELVES for code in range(first, last + 1) if code != 0x1E]
    for before in "aＡ\u1100か一\u0301":
        pairs = [before + each for each in known]
        assert folded_together(pairs) == [folded(each) for each in pairs]


def test_what_stations_are_searched_by_is_the_same_of_kept_ones() -> None:
    demo = parse(demo_registry().read_bytes())
    expected = [haystack(each) for each in demo.stations]
    assert list(haystacks(demo.stations)) == expected
    assert list(haystacks(said(KeptStations.of(demo.stations)))) == expected
