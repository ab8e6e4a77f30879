"""The page's own modules, run by Node.js: their tests, and their answers against those of the core."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from stationmap import StationIndex
from stationmap.formats import status_text
from stationmap.formats.feed import feed
from stationmap.hours.calendar_rules import NOT_ANNOUNCED
from stationmap.hours.opening_hours import ZONE, Status
from stationmap.i18n import LANGUAGES, catalogue
from stationmap.registry import registry as registries
from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, Position, Verified
from stationmap.reports.evidence import Confirmation, Evidence, Mark
from stationmap.resources import demo_registry
from stationmap.search import query
from stationmap.search.doubts import CHECKED_DAYS, DOUBTS, doubt_of_check, doubts
from stationmap.search.pinyin import contains_pinyin, readings
from stationmap.search.query import Query, Travel, haystack
from tests.apps import registry_of
from tests.conftest import ROOT
from tests.node import evaluated, node, result_of
from tests.strategies import station as station_with

START = datetime(2026, 12, 25, tzinfo=ZONE)  # across a new year whose holidays nobody has announced
FEED_DAYS = timedelta(days=14)
LITTLE_LEFT = timedelta(minutes=45)  # enough to be met in a drawn choice


def test_the_modules_pass_their_own_tests() -> None:
    files = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "js").glob("*.test.js"))
    done = node("--test", *files)
    assert files
    assert done.returncode == 0, done.stdout[-4_000:]


def jsdoc_types(source: str) -> Iterator[str]:
    """Yield what stands in braces behind the tags of JSDoc."""
    for tag in re.finditer(r"@(?:type|param|returns|property|typedef|template)\s*\{", source):
        depth, end = 1, tag.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(source[end], 0)
            end += 1
        yield source[tag.end() : end - 1]


def without_type(source: str) -> list[str]:
    return [found for found in jsdoc_types(source) if re.search(r"\bany\b", found)]


def test_every_value_of_a_script_has_a_type() -> None:
    """What is not known until it was checked is `unknown`, which the compiler lets nobody use before."""
    assert without_type("/** @param {{row: any}} first any of them */") == ["{row: any}"]
    assert without_type("/** @param {{row: string}} first any of them */") == []
    scripts = [ROOT / "static" / "sw.js", *(ROOT / "static" / "js").rglob("*.js")]
    assert {path.name: found for path in scripts if (found := without_type(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_the_age_of_a_check_as_the_core_does(language: str) -> None:
    now = datetime(2026, 11, 23, 0, 30, tzinfo=ZONE)  # still the day before in London
    since = (-300, -1, *range(70), 364, 365, 366, 730, 731, 1460, 1461)
    days = [str(now.date() - timedelta(days=each)) for each in since]
    given_checks = [None, *({"on": day, "by": by} for day in days for by in ("staff", "operator", "rider"))]
    checks = [each and Verified.model_validate(each) for each in given_checks]
    rules = {"littleLeftMin": 10, "checkedDays": CHECKED_DAYS}
    given = {"words": dict(catalogue(language)), "at": now.isoformat(), "checks": given_checks, "rules": rules}
    found = result_of("tests/js/ages.mjs", given=given)
    told = [text for text, _ in found]
    assert told == [status_text.checked(check, now.date(), language) for check in checks]
    assert not [text for text in told if re.search(r"\b1 (day|month|year)s", text)]
    doubted = [code for _, code in found]
    assert doubted == [doubt_of_check(check, now.date()) for check in checks]
    assert set(doubted) == {None, "never_verified", "verified_long_ago", "verified_by_rider"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_the_usual_hours_of_a_day_that_waits_as_the_core_does(language: str) -> None:
    usual = ["08:30-17:30", "08:30-12:00,13:30-17:30", "off", None]
    told = [status_text.reason(Status("unknown", None, reason=NOT_ANNOUNCED, usual=hours), language) for hours in usual]
    assert result_of("tests/js/reasons.mjs", given={"words": dict(catalogue(language)), "usual": usual}) == told
    if language == "zh":
        assert told[0] == "平时 08:30-17:30，放假安排未公布"
        assert told[1] == "平时 08:30-12:00、13:30-17:30，放假安排未公布"


@pytest.fixture(scope="module")
def demo() -> registries.Registry:
    """The demonstration registry, with checks around a year old and positions worked out from addresses among it."""
    random = Random(20261127)
    document = json.loads(demo_registry().read_bytes())
    for feature in document["features"]:
        known = feature["properties"]
        if random.random() < 0.2:
            on = START.date() - timedelta(days=random.choice([-20, 3, 355, 360, 364, 365, 366, 380]))
            known["verified"] = {"on": str(on), "by": random.choice(["staff", "operator", "rider"])}
        if random.random() < 0.1:
            known["position"] = {"how": "geocoded"}
    return registries.parse(json.dumps(document).encode())


@pytest.fixture(scope="module")
def evidence(demo: registries.Registry) -> Evidence:
    """Marks of a day and confirmations of many ages, of some of the stations."""
    random = Random(20261130)
    since = {station.id: START + timedelta(minutes=random.randrange(8 * 1440)) for station in demo.stations}
    marks = {id_: Mark("locked", 3, at, at + timedelta(days=2)) for id_, at in since.items() if random.random() < 0.5}
    days = [START.date() - timedelta(days=ago) for ago in (-20, 0, 3, 200, 364, 366)]
    confirmed = {
        id_: Confirmation(random.choice(days), random.choice([1, 2, 5])) for id_ in since if random.random() < 0.5
    }
    return Evidence(marks, confirmed, "1")


@pytest.fixture(scope="module")
def moments() -> list[datetime]:
    random = Random(20261123)
    return [START + timedelta(minutes=random.randrange(13 * 1440)) for _ in range(40)]


@pytest.fixture(scope="module")
def points() -> list[tuple[float, float, int]]:
    random = Random(20261124)
    return [(random.uniform(116.3, 118.7), random.uniform(33.7, 35.0), 30) for _ in range(40)]


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    """Draw what riders choose, far and near, quick and slow; the slowest still arrive within the feed."""
    random = Random(20261125)
    some = lambda codes, most: random.sample(codes, random.choice(range(most + 1)))  # noqa: E731
    return [
        {
            "point": (random.uniform(116.3, 118.7), random.uniform(33.7, 35.0)),
            "at": (START + timedelta(minutes=random.randrange(8 * 1440))).isoformat(),
            "travel": {"speedMS": random.choice([0.7, 1.25, 5]), "detour": 1.3},
            "choice": {
                "now": random.random() < 0.8,
                "always": random.random() < 0.2,
                "free": random.random() < 0.3,
                "restricted": random.random() < 0.2,
                "category": some(CATEGORIES, 2),
                "facility": some(FACILITIES, 2),
                "service": some(SERVICES, 1),
            },
        }
        for _ in range(40)
    ]


@pytest.fixture(scope="module")
def texts(demo: registries.Registry) -> list[str]:
    return [haystack(station) for station in demo.stations[::10]]


@pytest.fixture(scope="module")
def words(texts: list[str]) -> list[str]:
    random = Random(20261126)
    written = [random.choice(texts) for _ in range(40)]
    typed = [typed_as(text[random.randrange(len(text)) :][:4], random) for text in written]
    return ["xuzhouzhan", "xzz", "徐zz", "xuz站", "站", "0001", "q" * 40, *(word for word in typed if word)]


def typed_as(text: str, random: Random) -> str:
    """Type some characters as they are, in pinyin or by their initials."""
    forms = [(character, *readings([character])) for character in text if not character.isspace()]
    return "".join(random.choice([form, form[:1]]) for form in map(random.choice, forms)).lower()


@pytest.fixture(scope="module")
def answers(
    demo: registries.Registry,
    moments: list[datetime],
    points: list[tuple[float, float, int]],
    questions: list[dict[str, Any]],
    words: list[str],
    texts: list[str],
    evidence: Evidence,
) -> dict[str, Any]:
    left_min = LITTLE_LEFT.total_seconds() / 60
    document = json.loads(feed(demo, START.date(), little_left_min=left_min, evidence=evidence))
    known = {"questions": questions, "words": words, "texts": texts}
    asked = {"document": document, "points": points, "moments": [moment.isoformat() for moment in moments], **known}
    return result_of("tests/js/feed_answers.mjs", given=asked)  # type: ignore[no-any-return]


def test_the_page_measures_as_the_index_does(
    demo: registries.Registry, points: list[tuple[float, float, int]], answers: dict[str, Any]
) -> None:
    index = StationIndex(demo.stations)
    for (lon, lat, k), found in zip(points, answers["nearest"], strict=True):
        expected = index.nearest(Position(lon, lat), k)
        assert [station_id for station_id, _ in found] == [neighbour.station.id for neighbour in expected]
        assert [metres for _, metres in found] == pytest.approx(
            [neighbour.distance_m for neighbour in expected], abs=0.1
        )


def test_the_page_knows_the_same_states_as_the_core_without_reading_hours(
    demo: registries.Registry, moments: list[datetime], answers: dict[str, Any]
) -> None:
    for moment, states in zip(moments, answers["states"], strict=True):
        for station, (state, until_min, caution, awaited) in zip(demo.stations, states, strict=True):
            expected = station.status_at(moment)
            within = expected.until is not None and expected.until < START + FEED_DAYS
            until = START + timedelta(minutes=until_min) if until_min is not None else None
            assert (state, until) == (expected.state, expected.until if within else None), (station.id, moment)
            assert caution == bool(expected.cautions), (station.id, moment)
            assert awaited == ([expected.usual] if expected.reason == NOT_ANNOUNCED else []), (station.id, moment)
    assert any(awaited for states in answers["states"] for *_, awaited in states)


ODD_HOURS = (
    "Mo-Fr 18:00-02:00 || unknown",
    'Mo-Fr 09:00-17:00 "需预约"',
    "Mo 18:00-20:00; Su 18:00-04:00",
    "18:00+",
    "Fr, Sa 11:00-24:00",
    "Mo-Th 18:00-02:00, Fr-Su 18:00-04:00",
    "Mo-Su 09:00-16:30, Mo-Su 16:30-17:00 unknown; Mo off",
    'Mo-Fr 08:00-12:00 open "a" || Sa 10:00-12:00 || "ring"',
    "Mo-Sa 18:00-06:00; Su 00:00-06:00 unknown",
)


def test_the_page_knows_nights_fallbacks_and_comments_as_the_core_does(moments: list[datetime]) -> None:
    known = registry_of(station_with(f"s{at}", 117, 34, hours=text) for at, text in enumerate(ODD_HOURS))
    nights = [START + timedelta(days=day, hours=hour) for day in range(11) for hour in (1, 3, 23)]
    document = json.loads(feed(known, START.date()))
    asked = {"document": document, "points": [], "questions": [], "words": [], "texts": []}
    told = {**asked, "moments": [moment.isoformat() for moment in (*moments, *nights)]}
    found = result_of("tests/js/feed_answers.mjs", given=told)
    for moment, states in zip((*moments, *nights), found["states"], strict=True):
        for place, (state, until_min, *_) in zip(known.stations, states, strict=True):
            expected = place.status_at(moment)
            within = expected.until is not None and expected.until < START + FEED_DAYS
            until = START + timedelta(minutes=until_min) if until_min is not None else None
            assert (state, until) == (expected.state, expected.until if within else None), (place.hours, moment)


def test_the_page_and_the_server_offer_the_same_stations_with_the_same_doubts(
    demo: registries.Registry, questions: list[dict[str, Any]], answers: dict[str, Any], evidence: Evidence
) -> None:
    index = StationIndex(demo.stations)
    seen: set[str] = set()
    for asked, found in zip(questions, answers["usable"], strict=True):
        choice, travel = asked["choice"], Travel(asked["travel"]["speedMS"], asked["travel"]["detour"])
        asked_for = Query(
            categories=frozenset(choice["category"]),
            facilities=frozenset(choice["facility"]),
            services=frozenset(choice["service"]),
            who=frozenset(["public", "unknown"] if choice["free"] else []),
            open_at=datetime.fromisoformat(asked["at"]) if choice["now"] else None,
            reachable_by=travel,
            in_use=True,
            for_riders=not choice["restricted"],
            facilities_or_unknown=True,
            always_from=START.date() if choice["always"] else None,
        )
        expected = index.nearest(Position(*asked["point"]), len(demo.stations), query=asked_for)
        at = datetime.fromisoformat(asked["at"])
        doubted = [
            [one.id, list(doubts(one, metres, at, travel, asked_for, LITTLE_LEFT, evidence))]
            for one, metres in expected
        ]
        assert found == doubted, asked
        seen.update(code for _, codes in doubted for code in codes)
    assert seen == set(DOUBTS)


def test_the_page_and_the_server_find_the_same_texts_for_what_is_typed(
    words: list[str], texts: list[str], answers: dict[str, Any]
) -> None:
    expected = [[contains_pinyin(text, word) for text in texts] for word in words]
    assert answers["holding"] == expected
    assert sum(map(any, expected)) > 20


TYPED = """
import { folded, searchWords } from "./static/js/finder/search.js";
process.stdout.write(JSON.stringify(given.map((text) => [folded(text), searchWords(text)])));
"""


def test_the_page_and_the_server_take_what_is_typed_for_the_same_words(texts: list[str]) -> None:
    typed = [
        "xi'an",
        "XI’AN",
        "西安路，",
        "“西安路”",
        "ＷＩＦＩ",
        "Wi-Fi",
        "泉山区，厕所",
        "a_b·c．d",
        "3.5㎡ №5 ½",
        "🚲",
        " ",
        "",
    ]
    assert evaluated(TYPED, [*typed, *texts]) == [[query.folded(text), query.words(text)] for text in (*typed, *texts)]
