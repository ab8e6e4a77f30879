"""The bill of materials names all that is locked and all that is vendored, with hashes, and what of it runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    made = tmp_path_factory.mktemp("bill")
    for name in ("first.json", "second.json"):
        subprocess.run([sys.executable, ROOT / "tools/sbom.py", made / name], check=True)
    assert (made / "first.json").read_bytes() == (made / "second.json").read_bytes()
    found: dict[str, Any] = json.loads((made / "first.json").read_text())
    return found


def test_it_is_a_bill_of_the_form_it_says(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    known = {part["bom-ref"] for part in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert len(known) == len(bill["components"]) + 1
    for one in bill["dependencies"]:
        assert {one["ref"], *one["dependsOn"]} <= known


def test_all_that_is_locked_is_in_it_with_its_hashes(bill: dict[str, Any]) -> None:
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements/test.lock").read_text(), re.MULTILINE)
    assert {part["name"] for part in bill["components"]} >= set(pinned)
    assert [
        part["name"] for part in bill["components"] if part["purl"].startswith("pkg:pypi/") and not part["hashes"]
    ] == []


def test_what_runs_is_told_from_what_tests(bill: dict[str, Any]) -> None:
    scopes = {part["name"]: part["scope"] for part in bill["components"]}
    assert {scopes[name] for name in ("flask", "waitress", "werkzeug", "numpy", "leaflet")} == {"required"}
    assert {scopes[name] for name in ("weasyprint", "rasterio")} == {"optional"}
    assert {scopes[name] for name in ("pytest", "playwright", "mypy", "gunicorn")} == {"excluded"}
    assert "markupsafe" in (requires("werkzeug") or [""])[0].lower()
    assert scopes["markupsafe"] == "required"  # of what is needed by what is needed


def test_scripts_of_others_are_in_it_file_by_file(bill: dict[str, Any]) -> None:
    vendored = {each["name"] for each in json.loads((ROOT / "static/vendor/MANIFEST.json").read_text(encoding="utf-8"))}
    parts = {part["name"]: part for part in bill["components"] if part["purl"].startswith("pkg:npm/")}
    files = {file["name"] for name in vendored for file in parts[name]["components"]}
    served = {str(path.relative_to(ROOT / "static/vendor")) for path in Path(ROOT / "static/vendor").rglob("*.js")}
    assert served <= files
