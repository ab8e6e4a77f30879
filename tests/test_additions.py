"""What is added in one place and forgotten in another fails here or in the type checker, not in front of a rider."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from flask.testing import FlaskClient

from stationmap.audit.output.export import FORMS
from stationmap.cli.options import DATUM
from stationmap.cli.study_options import OPTIONS
from stationmap.datum import Datum, DrawnOnPhone, from_wgs84
from stationmap.frontend.map_app_links import TARGETS
from stationmap.registry.checks.datum_shift import NAMES, SUSPECTS
from stationmap.registry.model import SourceDatum
from stationmap.resources import static_folder
from stationmap.settings import Settings
from stationmap.web import create_app
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
