"""What can be imported from `stationmap.audit`: documented, there, and light to import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import stationmap
from stationmap import audit

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
TYPES = {"Coverage", "Gap", "Gaps"}  # of what comes back; nobody makes one


def imported(example: str) -> set[str]:
    """The names an example imports from the facade."""
    statements = [each for each in ast.walk(ast.parse(example)) if isinstance(each, ast.ImportFrom)]
    return {name.name for each in statements if each.module == "stationmap.audit" for name in each.names}


@pytest.mark.parametrize("name", audit.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(audit, name).__doc__


def test_completion_and_help_offer_every_name_before_its_first_use() -> None:
    asked = "import stationmap, stationmap.audit as audit; print(*dir(stationmap), *dir(audit))"
    shown = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert {*stationmap.__all__, *audit.__all__} <= set(shown)


def test_every_name_has_an_example_or_is_a_type_of_what_comes_back() -> None:
    shown = set().union(*map(imported, EXAMPLES))
    assert shown | TYPES == set(audit.__all__)
    assert not [name for name in TYPES if f"`{name}`" not in TEXT]


def test_importing_the_facade_loads_nothing_large() -> None:
    asked = "import sys, stationmap.audit; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert "stationmap.audit" in shown and not {"numpy", "scipy", "geopandas", "highspy", "xlsxwriter"} & set(shown)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = audit.nothing_of_the_kind


def test_every_package_of_the_audit_says_what_is_in_it() -> None:
    packages = sorted((ROOT / "stationmap" / "audit").rglob("__init__.py"))
    assert len(packages) == 9
    for package in packages[1:]:
        said = ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))) or ""
        modules = {path.stem for path in package.parent.glob("*.py")} - {"__init__"}
        assert not [module for module in sorted(modules) if f"`{module}`" not in said], package
