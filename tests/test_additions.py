"""What is added in one place and forgotten in another fails here or in the type checker, not in front of a rider."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from flask.testing import FlaskClient

from stationmap.audit.output.export import FORMS
from stationmap.cli.commands import import_table
from stationmap.cli.options import DATUM
from stationmap.cli.study_options import OPTIONS
from stationmap.datum import Datum, DrawnOnPhone, from_wgs84
from stationmap.finding_codes import FindingCode
from stationmap.formats.feed import TEXTS
from stationmap.frontend.map_app_links import TARGETS
from stationmap.i18n import LANGUAGES
from stationmap.registry.checks.datum_shift import NAMES, SUSPECTS
from stationmap.registry.model import CATEGORIES, FACILITIES, SourceDatum
from stationmap.resources import data_folder, static_folder
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.pages.station_layout import SECTIONS, layout_document
from tests.conftest import ROOT


@pytest.mark.timeout(300)
def test_a_datum_added_to_the_enumeration_alone_fails_the_type_checker(tmp_path: Path) -> None:
    text = (ROOT / "stationmap" / "datum.py").read_text(encoding="utf-8")
    longer = tmp_path / "datum.py"
    longer.write_text(text.replace('    BD09 = "bd09"\n', '    BD09 = "bd09"\n    SOGOU = "sogou"\n'), encoding="utf-8")
    asked = [sys.executable, "-m", "mypy", "--shadow-file", "stationmap/datum.py", str(longer), "stationmap/datum.py"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r'assert_never" has incompatible type "Literal\[Datum.SOGOU\]"', done.stdout), done.stdout


def test_every_datum_draws_a_point_elsewhere_and_is_known_wherever_one_is_named() -> None:
    assert len({from_wgs84(117.2, 34.3, datum) for datum in Datum}) == len(Datum)
    assert [Datum(code) for code in DATUM.choices] == list(Datum)
    assert [Datum(code) for code in get_args(SourceDatum)] == list(Datum)
    assert {Datum.WGS84, *SUSPECTS} == set(NAMES) == set(Datum)


def finding_codes() -> list[str]:
    return [code for group in get_args(FindingCode) for code in (get_args(group) or (group,))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_finding_has_words_in_each_catalogue_of_checks(language: str) -> None:
    words = json.loads((static_folder() / "i18n" / f"check.{language}.json").read_bytes())
    assert sorted(words) == sorted(f"finding.{code}" for code in finding_codes())


def test_every_code_of_a_finding_has_a_row_in_the_documentation() -> None:
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    findings = re.findall(r"^## Findings\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    rows = [line for line in findings[0].splitlines() if line.startswith("| `")]
    assert {code for row in rows for code in re.findall(r"`(\w+)`", row.split("|")[1])} == set(finding_codes())


@pytest.mark.timeout(300)
def test_a_finding_of_a_code_that_is_not_listed_fails_the_type_checker(tmp_path: Path) -> None:
    text = (ROOT / "stationmap" / "finding_codes.py").read_text(encoding="utf-8")
    shorter = tmp_path / "finding_codes.py"
    shorter.write_text(text.replace('    "stacked",\n', ""), encoding="utf-8")
    given = ["--shadow-file", "stationmap/finding_codes.py", str(shorter), "stationmap/registry/checks/positions.py"]
    done = subprocess.run([sys.executable, "-m", "mypy", *given], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "positions.py" in done.stdout and "\"Literal['stacked']\"" in done.stdout, done.stdout


def test_the_phone_draws_in_every_datum_the_server_asks_it_for() -> None:
    script = (static_folder() / "js" / "shared" / "datum.js").read_text(encoding="utf-8")
    table = re.search(r"export const DRAWN_IN = \{(.*)\};", script)
    named = re.search(r"@typedef \{(.*)\} Datum", script)
    assert table and named
    known = [datum.value for datum in get_args(DrawnOnPhone)]
    assert re.findall(r"(\w+): ", table[1]) == known
    assert re.findall(r'"(\w+)"', named[1]) == known
    assert {target.datum for target in TARGETS.values()} <= set(get_args(DrawnOnPhone))


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


@pytest.mark.parametrize("ending", FORMS)
def test_every_form_of_file_is_served_and_named_by_the_command_line(ending: str, client: FlaskClient) -> None:
    answer = client.get(f"/api/v1/audit/download{ending}")
    assert (answer.status_code, answer.content_type) == (200, FORMS[ending].media_type)
    (out,) = (param.help for option in OPTIONS for param in option(lambda: 0).__click_params__ if param.name == "out")
    assert ending in out
    assert f"`{ending}`" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def failing_on_a_copy(tmp_path: Path, place: str, before: str, after: str, test: str) -> str:
    """Return what a test says on a copy of the program in which one file was edited; empty where it passes."""
    for name in ("stationmap", "static", "data", "tests"):
        copy = shutil.copytree if name in ("stationmap", "static") else os.symlink
        copy(ROOT / name, tmp_path / name)
    edited = tmp_path / place
    text = edited.read_text(encoding="utf-8")
    assert before in text
    edited.write_text(text.replace(before, after, 1), encoding="utf-8")
    return failing(tmp_path, test)


def failing(folder: Path, test: str) -> str:
    """Return what a test says that is run in a folder of its own; empty where it passes."""
    asked = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--import-mode=importlib", test]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout if done.returncode else ""


LABELS = "tests/test_i18n.py::test_every_code_has_a_label"


@pytest.mark.parametrize(
    ("place", "before", "after", "test", "named"),
    [
        ("stationmap/registry/model.py", "women_area meals", "women_area meals sauna", LABELS, "sauna"),
        ("stationmap/registry/model.py", '"culture"]', '"culture", "kiosk"]', LABELS, "kiosk"),
        ("stationmap/i18n.py", '("zh", "en")', '("zh", "en", "ru")', "tests/test_i18n.py", "ru.json"),
    ],
    ids=["facility", "category", "language"],
)  # fmt: skip
@pytest.mark.timeout(300)
def test_what_is_added_to_its_list_alone_fails_by_name(
    place: str, before: str, after: str, test: str, named: str, tmp_path: Path
) -> None:
    assert named in failing_on_a_copy(tmp_path, place, before, after, test)


def test_a_language_with_its_files_is_whole(tmp_path: Path) -> None:
    assert failing_on_a_copy(tmp_path, "stationmap/i18n.py", '("zh", "en")', '("zh", "en", "ru")', "tests/test_i18n.py")
    for path in (tmp_path / "static" / "i18n").glob("*en.json"):
        shutil.copy(path, path.with_name(path.name.replace("en.json", "ru.json")))
    assert failing(tmp_path, "tests/test_i18n.py") == ""


def test_a_language_is_offered_wherever_one_is_chosen() -> None:
    chosen = [
        param.type.choices
        for option in OPTIONS
        for param in option(lambda: 0).__click_params__
        if param.name == "language"
    ]
    assert chosen == [LANGUAGES]
    naming = [path.name for path in (ROOT / "stationmap").rglob("*.py") if NAMES_ALL.search(path.read_text("utf-8"))]
    assert naming == ["i18n.py"]


NAMES_ALL = re.compile(r"""["']zh["'](: [^\n]*)?, ["']en["']""")


def test_lists_of_stations_have_words_for_every_facility_and_category() -> None:
    words = json.loads((data_folder() / "register_words.json").read_text(encoding="utf-8"))
    assert set(FACILITIES) <= set(words["facilities"])
    assert set(CATEGORIES) <= set(words["category"])


def test_the_command_that_imports_offers_every_category() -> None:
    assert import_table.CATEGORIES == CATEGORIES


def test_every_category_has_a_sign_on_the_map() -> None:
    icons = (ROOT / "stationmap" / "frontend" / "templates" / "icons.html").read_text(encoding="utf-8")
    assert [code for code in CATEGORIES if f'id="icon-{code}"' not in icons] == []


def test_every_part_of_the_page_of_a_station_can_be_filled_with_and_without_the_server() -> None:
    script = (static_folder() / "js" / "station" / "sheet.js").read_text(encoding="utf-8")
    builders, forms = (
        re.search(rf"const {name} = \{{(.*?)\}};", script, re.S) for name in ("SECTION_BUILDERS", "FACT_TEXTS")
    )
    assert builders and forms
    assert re.findall(r"(\w+)(?:: \w+)?(?:,| \Z)", builders[1]) == list(SECTIONS)
    kept = layout_document()["facts"]
    assert {fact["form"] for fact in kept} == set(re.findall(r"^  (\w+): \(", forms[1], re.M))
    assert {row["field"] for row in (*kept, *layout_document()["lines"])} <= {*TEXTS, "id", "position"}
    templates = ROOT / "stationmap" / "web" / "templates" / "station"
    assert {path.stem for path in templates.glob("*.html")} == set(SECTIONS)
