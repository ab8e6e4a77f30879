"""A phone finds the same places as the server, in the same order, among those it keeps."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from stationmap.places.for_phones import phone_document
from stationmap.places.place import Place
from stationmap.places.places import Places
from stationmap.places.search import guess, search
from tests.city_places import city_places, served
from tests.node import result_of

MOST = 12
ODD = (
    "Straße des 17. Juni",
    "重庆路",
    "长安街",
    "O'Connell Street",
    "Ｗｉ－Ｆｉ广场",
    "女娲路",
    "绿地中心(二期)",
    "A·B·C",
    "三 里 屯",
    "<img src=x>",
    "Rue de l'Église",
    "G104国道",
    "厦门路",
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    odd = [
        Place("estate", name, 121.0, 34.5, 42, aliases=("别名甲",), around="城西区", id=f"w{at}")
        for at, name in enumerate(ODD)
    ]
    return served([*city_places(), *odd], tmp_path_factory.mktemp("phones"))


def typed_texts(places: Places, count: int, seed: int) -> Iterator[str]:
    """Yield what people type: names, parts, pinyin, initials, crossings, slips and nonsense."""
    draw = random.Random(seed)
    readings = {character: reading for reading, all_read in places.head.readings.items() for character in all_read}
    for _ in range(count):
        place = places.at(draw.randrange(len(places)))
        name = draw.choice(place.names)
        cut = name[draw.randrange(len(name)) :][: draw.randint(1, 12)]
        pinyin = "".join(readings.get(each, each) for each in cut)
        initials = "".join(readings.get(each, each)[:1] for each in cut)
        slip = list(draw.choice((cut, pinyin)))
        slip[draw.randrange(len(slip))] = draw.choice("aenuiz路院园广 ")
        other = places.at(draw.randrange(len(places))).name
        between = draw.choice(("与", "和", "交", " ", "", "/", " and "))
        yield draw.choice(
            (
                name,
                cut,
                cut.upper(),
                pinyin,
                initials,
                "".join(slip),
                f"{cut} {place.around[:3]}",
                f"{name}{between}{other}",
                f"{name}{between}{other}交叉口",
                "".join(draw.choices("路nshi中山a与 的", k=draw.randint(1, 6))),
            )
        )


def phone(places: Places, texts: list[str]) -> dict[str, Any]:
    document = orjson.loads(orjson.dumps(phone_document(places)))
    found: dict[str, Any] = result_of(
        "tests/js/place_answers.mjs", given={"document": document, "texts": texts, "most": MOST}
    )
    return found


def test_the_phone_keeps_what_the_server_has(places: Places) -> None:
    kept = phone(places, [])
    assert kept["isWhole"] is True
    without_ids = [{key: value for key, value in asdict(place).items() if key != "id"} for place in places]
    assert kept["places"] == [{**each, "aliases": list(each["aliases"])} for each in without_ids]


def test_server_and_phone_find_the_same_in_the_same_order(places: Places) -> None:
    texts = [
        *typed_texts(places, 1_500, seed=17),
        *ODD,
        "strasse",
        "STRASSE",
        "",
        "!",
        "x" * 200,
        "中" * 200,
        "中山路与",
        "路口",
    ]
    answers = phone(places, texts)["answers"]
    differing = [
        text
        for text, (found, guessed) in zip(texts, answers, strict=True)
        if [list(match) for match in search(places, text, MOST)] != found
        or [list(match) for match in guess(places, text, MOST)] != guessed
    ]
    assert differing == []
    assert sum(bool(found) for found, _ in answers) > 800
    assert sum(bool(guessed) and not found for found, guessed in answers) > 15


def test_only_the_most_important_travel(places: Places, tmp_path: Path) -> None:
    document = phone_document(places, 20)
    assert document["total"] == len(places)
    assert document["places"]["name"] == [places.at(row).name for row in range(20)]
    assert set("".join(document["readings"].values())) <= set(
        "".join(place.around + "".join(place.names) for place in places)
    )
