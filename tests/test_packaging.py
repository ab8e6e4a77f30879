"""What is imported is declared, the locks agree, and nothing is installed without its hash."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tools.sbom import locked, reached

NOT_HERE = {"pygeoapi": "pygeoapi", "sklearn": "scikit-learn"}  # of the benchmarks' own environment
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PIP_INSTALLS = "pip does"
LOCKS = ("serve", "extras", "test", "bench")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~\[;]", name)[0]).lower()


def declared(*groups: str) -> set[str]:
    """Return what the project requires, with all its extras, and what the groups named require."""
    project = PYPROJECT["project"]
    named = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        named += extra
    for group in groups:
        named += [entry for entry in PYPROJECT["dependency-groups"][group] if isinstance(entry, str)]
    return {normal(name) for name in named}


def imported(paths: list[Path]) -> dict[str, set[Path]]:
    """Return the packages of others that files import, wherever in them, and which files do."""
    found: dict[str, set[Path]] = {}
    for path in paths:
        for module in imports_of(path):
            found.setdefault(module.partition(".")[0], set()).add(path)
    scripts = {path.stem for path in paths if path.parent.name in ("tools", "benchmarks")}
    own = {"stationmap", "stationmap_kernel", "tests", "benchmarks", "tools", "fixture", *scripts}
    return {name: files for name, files in found.items() if name not in own | set(sys.stdlib_module_names)}


@cache
def imports_of(path: Path) -> list[str]:
    return [module for node in ast.walk(ast.parse(path.read_text("utf-8"))) for module in _modules(node)]


def _modules(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [name.name for name in node.names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case ast.Call(
            func=ast.Name(id="import_module") | ast.Attribute(attr="import_module" | "importorskip"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            return [module]
    return []


@cache
def distributions() -> dict[str, set[str]]:
    return {module: {normal(name) for name in names} for module, names in packages_distributions().items()}


def names_of(module: str) -> set[str]:
    return distributions().get(module) or {NOT_HERE[module]}


@pytest.mark.parametrize(
    ("folders", "groups"),
    [(["stationmap"], []), (["tests", "tools", "."], ["build", "test"]), (["benchmarks"], ["build", "test", "bench"])],
)
def test_all_that_is_imported_is_declared(folders: list[str], groups: list[str]) -> None:
    files = [path for name in folders for path in (ROOT / name).glob("*.py" if name == "." else "**/*.py")]
    modules = imported([path for path in files if "node_modules" not in path.parts])
    assert len(modules) > 3
    assert [module for module in modules if not names_of(module) & declared(*groups)] == []


def test_all_that_is_declared_is_imported() -> None:
    modules = imported([*(ROOT / "stationmap").rglob("*.py")])
    assert declared() - {name for module in modules for name in names_of(module)} == set()


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / f"requirements/{lock}.lock").read_text("utf-8")
    return dict(re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s\\]+)", text, re.MULTILINE))


def test_each_lock_holds_all_of_the_one_before_in_the_same_versions() -> None:
    for smaller, larger in pairwise(LOCKS):
        assert pins(smaller).items() < pins(larger).items(), f"{smaller} is not part of {larger}: run `make lock`"


def test_the_lock_of_a_server_holds_what_the_program_and_its_small_extras_need() -> None:
    server, extras = pins("server"), PYPROJECT["project"]["optional-dependencies"]
    wanted = {normal(name) for extra in ("oidc", "passkeys", "postgres") for name in extras[extra]}
    assert server.items() < pins("extras").items()
    assert wanted | {normal(name) for name in PYPROJECT["project"]["dependencies"]} <= set(server)
    assert not {"hatchling", "weasyprint", "rasterio"} & set(server)


def test_serving_installs_nothing_that_only_tests_or_an_extra_needs() -> None:
    extras = {normal(name) for names in PYPROJECT["project"]["optional-dependencies"].values() for name in names}
    served = set(pins("serve"))
    assert not served & (declared("test") - declared())
    assert not served & extras
    assert served < set(pins("extras")) and extras <= set(pins("extras"))


@pytest.mark.parametrize(
    ("lock", "groups"), [("extras", ["build"]), ("test", ["build", "test"]), ("bench", ["build", "test", "bench"])]
)
def test_a_lock_holds_all_that_is_declared(lock: str, groups: list[str]) -> None:
    assert declared(*groups) <= set(pins(lock))


@pytest.mark.timeout(300)
def test_nothing_is_installed_without_its_hash_whoever_installs(tmp_path: Path) -> None:
    entries = re.split(r"^(?=\w)", (ROOT / "requirements/serve.lock").read_text("utf-8"), flags=re.MULTILINE)
    least = reached(locked("".join(entries)), PYPROJECT["dependency-groups"]["build"])  # what the project is built with
    lock = "".join(entry for entry in entries if entry.partition("==")[0] in least)
    (tmp_path / "right.lock").write_text(lock)
    (tmp_path / "wrong.lock").write_text(re.sub(r"sha256:.{8}", "sha256:00000000", lock))

    def install(name: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["tools/install.sh", tmp_path / "made", tmp_path / name],
            cwd=ROOT, env={**os.environ, "PYTHON": sys.executable, **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def installed() -> set[str]:
        return {normal(path.name.partition("-")[0]) for path in (tmp_path / "made").rglob("*.dist-info")}

    refused = install("wrong.lock")
    assert refused.returncode != 0
    assert "Hash mismatch" in refused.stderr and "THESE PACKAGES DO NOT MATCH THE HASHES" in refused.stderr
    assert installed() <= {"pip", "setuptools", "uv"}
    done = install("right.lock")
    assert (done.returncode, PIP_INSTALLS in done.stderr) == (0, False), done.stderr
    assert installed() >= {*least, "stationmap"}
    (tmp_path / "made/bin/uv").unlink()
    done = install("right.lock", INSTALLER_LOCK="/dev/null")
    assert (done.returncode, PIP_INSTALLS in done.stderr) == (0, True), done.stderr
    assert installed() >= {*least, "stationmap"}
