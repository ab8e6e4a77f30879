"""One catalogue a language: the same messages in each, and one for every code the program knows."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from stationmap.frontend.base_layers import ONLINE_LAYERS
from stationmap.hours import calendar_rules, daily_spans, opening_hours
from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES, catalogue, translate
from stationmap.registry.model import CATEGORIES, FACILITIES, HOW, SERVICES, STATUSES, WHO
from stationmap.resources import static_folder
from tests.conftest import ROOT

PLACES = re.compile(r"\{(\w+)\}")
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
TEMPLATES = sorted((ROOT / "stationmap" / "web" / "templates").rglob("*.html"))


def test_a_riders_phone_carries_no_message_of_the_audit() -> None:
    for language in LANGUAGES:
        carried = json.loads((static_folder() / "i18n" / f"{language}.json").read_bytes())
        assert [key for key in carried if key.startswith("audit.")] == []
        assert len(carried) < len(catalogue(language))


def test_what_only_pages_of_the_server_say_is_named_by_no_script() -> None:
    of_pages = json.loads((static_folder() / "i18n" / "page.zh.json").read_bytes())
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    parts = set(re.findall(r"([a-z_]+(?:\.[a-z_]+)*\.)\$\{", scripts))
    assert "facility." in parts
    assert [key for key in of_pages if f'"{key}"' in scripts or any(key.startswith(part) for part in parts)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_messages_in_the_same_order(language: str) -> None:
    assert list(catalogue(language)) == list(catalogue(DEFAULT_LANGUAGE))


def test_no_message_takes_the_place_of_another() -> None:
    written = [
        key
        for path in sorted((static_folder() / "i18n").glob("*zh.json"))
        for key in re.findall(r'^  "([^"]+)":', path.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(written) > 1_000
    assert [key for key in set(written) if written.count(key) > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_empty(language: str) -> None:
    assert [key for key, text in catalogue(language).items() if not text.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_has_the_same_places_to_fill_in_every_language(language: str) -> None:
    differing = [
        key
        for key, text in catalogue(DEFAULT_LANGUAGE).items()
        if set(PLACES.findall(text)) != set(PLACES.findall(catalogue(language)[key])) and key != "when.day"
    ]
    assert differing == []


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("category", CATEGORIES),
        ("category_short", CATEGORIES),
        ("facility", FACILITIES),
        ("service", SERVICES),
        ("who", WHO),
        ("how", HOW),
        ("state", ("open", "closed", "unknown")),
        ("layer", tuple(ONLINE_LAYERS)),
        ("reason", tuple(f"status_{status}" for status in STATUSES if status != "open")),
        ("reason", (opening_hours.NOT_GIVEN, opening_hours.HOURS_NOT_UNDERSTOOD, opening_hours.SUN_TIMES, "closure")),
        ("reason", (calendar_rules.NOT_ANNOUNCED, calendar_rules.SCHOOL_HOLIDAYS, calendar_rules.NOT_UNDERSTOOD)),
        ("reason", (calendar_rules.MAKEUP_DIFFERS, daily_spans.OPEN_END, daily_spans.STATED)),
        ("caution", (opening_hours.HOLIDAY_UNSTATED,)),
    ],
)
def test_every_code_has_a_label(prefix: str, codes: tuple[str, ...]) -> None:
    assert [code for code in codes if f"{prefix}.{code}" not in catalogue("zh")] == []


def test_every_district_that_a_table_may_name_has_a_name() -> None:
    with (ROOT / "data" / "areas" / "adcodes.csv").open(encoding="utf-8", newline="") as file:
        adcodes = {row["adcode"] for row in csv.DictReader(file)}
    assert adcodes
    assert [adcode for adcode in sorted(adcodes) if f"district.{adcode}" not in catalogue("zh")] == []


@pytest.mark.parametrize("file", [*SCRIPTS, *TEMPLATES], ids=lambda path: path.name)
def test_every_message_a_page_names_exists(file: Path) -> None:
    named = re.findall(r"""\b(?:translate|t)\(["']([a-z_]+\.[a-z_0-9.]+)["']""", file.read_text(encoding="utf-8"))
    assert [key for key in named if key not in catalogue("zh")] == []


def test_places_are_filled_with_text_and_braces_in_it_stay_text() -> None:
    assert translate("zh", "where.chosen", place="{place}{{7*7}}") == "从“{place}{{7*7}}”出发"


def test_a_code_no_catalogue_knows_is_shown_as_itself() -> None:
    assert translate("en", "facility.sauna") == "sauna"


def test_a_language_without_a_catalogue_is_an_error() -> None:
    with pytest.raises(KeyError):
        catalogue("../zh")
