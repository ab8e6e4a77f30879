"""Places of a city: their file, what finds them, what is shown of them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from stationmap.errors import InvalidCityFileError
from stationmap.places import places_file
from stationmap.places.place import Place, order_key, plain_name
from stationmap.places.places import Places
from stationmap.places.search import FITS, crossing_words, guess, search
from tests.city_places import MADE, city_places, served, write_places


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return served(city_places(), tmp_path_factory.mktemp("places"))


def found(places: Places, text: str, k: int = 10) -> list[str]:
    return [places.at(match.row).name for match in search(places, text, k)]


def test_a_file_gives_back_every_place_in_order(places: Places) -> None:
    written = sorted(city_places(), key=order_key)
    rounded = [replace(place, lon=round(place.lon, 5), lat=round(place.lat, 5)) for place in written]
    assert list(places) == rounded
    assert places.provenance == MADE


def test_the_order_in_which_places_are_read_changes_no_byte(tmp_path: Path) -> None:
    shuffled = list(city_places())
    random.Random(3).shuffle(shuffled)
    one, other = (write_places(tmp_path / name, some) for name, some in (("a", city_places()), ("b", shuffled)))
    assert one.read_bytes() == other.read_bytes()


def test_each_place_is_found_by_its_names_parts_pinyin_and_initials(places: Places) -> None:
    readings = {character: reading for reading, all_read in places.head.readings.items() for character in all_read}
    for row, place in enumerate(places):
        pinyin = [readings.get(character, character).lower() for character in place.name if character.isalnum()]
        typed = [*place.names, place.name[1:], place.name_en[:-2], "".join(pinyin)[:25], "".join(s[0] for s in pinyin)]
        for text in filter(None, typed):
            rows = [match.row for match in search(places, text, len(places))]
            assert row in rows, (place.name, text)


def test_what_is_called_so_comes_before_what_holds_it_and_the_more_important_first(places: Places) -> None:
    assert found(places, "示例城")[0] == "示例城"
    assert found(places, "人民路")[:3] == ["人民路", "中山路与人民路路口", "人民路与解放路路口"]
    fits = [match.fit for match in search(places, "人民", 50)]
    assert fits == sorted(fits)
    assert {FITS[fit] for fit in fits} == {"name"}


@pytest.mark.parametrize(
    "typed",
    [
        *("人民路 中山路", "中山路人民路", "人民路中山路路口", "人民路与中山路", "中山路和人民路", "中山路/人民路"),
        *("人民路中山路交叉口", "人民路交中山路", "renminlu zhongshanlu", "rmlzsl", "Renmin Road & Zhongshan Road"),
    ],
)
def test_a_crossing_is_found_however_its_streets_are_typed(places: Places, typed: str) -> None:
    assert found(places, typed)[:1] == ["中山路与人民路路口"]


def test_words_for_a_crossing_that_stand_in_names_of_streets_divide_nothing_else() -> None:
    assert crossing_words(["和平路与交通路"]) == ["和平路", "交通路"]
    assert crossing_words(["人民广场"]) == []
    assert crossing_words(["示例大道路口"]) == ["示例大道"]


def test_a_district_beside_a_name_tells_places_apart(places: Places) -> None:
    assert found(places, "南湖 城西区")[0] in ("南湖路", "南湖小区", "解放路与南湖路路口")
    assert "东岸农贸市场" in found(places, "农贸市场 东岸区")
    assert found(places, "农贸市场 城西区") == []


@pytest.mark.parametrize(
    "typed, meant",
    [
        *(("人名医院", "示例市人民医院"), ("renmingyiyuan", "示例市人民医院"), ("示例市人民医远", "示例市人民医院")),
        *(("Zhongsan Road", "中山路"), ("Shili Universty", "示例大学"), ("wandaguangcang", "示例万达广场")),
    ],
)
def test_a_slip_is_forgiven_as_that_of_stations(places: Places, typed: str, meant: str) -> None:
    assert found(places, typed) == []
    assert meant in [places.at(match.row).name for match in guess(places, typed, 5)]


@pytest.mark.parametrize("typed", ["渴", "rm", "zzzz"])
def test_what_is_too_short_is_not_guessed(places: Places, typed: str) -> None:
    assert guess(places, typed, 5) == search(places, typed, 5)


@pytest.mark.parametrize("typed", ["", " ", "!!!", "路" * 5000, "\0", "<script>", "a b c d e f g h i j k l"])
def test_no_text_breaks_the_search(places: Places, typed: str) -> None:
    assert len(search(places, typed, 5)) <= 5
    assert len(guess(places, typed, 5)) <= 5


def test_no_places_are_no_answer(tmp_path: Path) -> None:
    nothing = served((), tmp_path)
    assert len(nothing) == 0
    assert search(nothing, "站", 5) == guess(nothing, "zhanzhan", 5) == []


def test_of_too_many_the_most_important_are_kept_and_the_rest_is_said(tmp_path: Path) -> None:
    path = tmp_path / "places.geojson"
    left_out = places_file.write(path, city_places(), MADE, max_places=10)
    kept = Places.open(path)
    assert left_out == kept.head.left_out == len(city_places()) - 10
    assert [place.name for place in kept] == [place.name for place in sorted(city_places(), key=order_key)[:10]]


DAMAGES = {
    "cut": lambda data: data[: len(data) // 2],
    "without an end": lambda data: data[:-3],
    "empty": lambda data: b"",
    "other JSON": lambda data: b"{}",
    "a line lost": lambda data: b"\n".join(data.split(b"\n")[:5] + data.split(b"\n")[6:]),
    "an unknown kind": lambda data: data.replace(b'"kind":"metro"', b'"kind":"volcano"'),
    "out of order": lambda data: data.replace(b'"importance":92', b'"importance":1'),
    "out of range": lambda data: data.replace(b'"coordinates":[120.', b'"coordinates":[320.'),
    "a control character": lambda data: data.replace("示例火车站".encode(), b"a\\nb"),
    "no place": lambda data: data.replace(b'"lon', b'"lat').replace(b'{"type":"Feature"', b'["type":"Feature"'),
    "a newer format": lambda data: data.replace(b'"format":1', b'"format":99'),
    "more behind it": lambda data: data + b"{}\n",
    "too many": lambda data: data.replace(b'"total":', b'"total":9'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_and_says_what_to_do(tmp_path: Path, damage: str) -> None:
    path = write_places(tmp_path / "places.geojson", city_places())
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(InvalidCityFileError, match=r"places\.geojson"):
        Places.open(path)


def test_a_name_is_one_line_that_can_be_read() -> None:
    assert plain_name(" 徐州\n东站\t\x00 ") == "徐州 东站"
    assert [plain_name(text) for text in ("", "  ", "!?", "a" * 81, "a" * 10_000, None, 5)] == [""] * 7
    assert plain_name("<b>{{7*7}}</b>") == "<b>{{7*7}}</b>"


def test_answers_hold_no_more_than_asked_of_names_that_many_have(tmp_path: Path) -> None:
    many = [Place("bus_stop", f"站{at}", 121.0, 34.5, 26, id=f"n{at}") for at in range(3_000)]
    places = served(many, tmp_path)
    assert len(search(places, "站", 7)) == 7
    assert [places.at(match.row).name for match in search(places, "站2999", 7)] == ["站2999"]
