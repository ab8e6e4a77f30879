"""The layers of docs/architecture.md hold: the contract in pyproject.toml names every module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_no_module_imports_one_of_an_upper_layer():
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout and "0 kept" not in done.stdout


def test_only_one_module_says_how_long_responses_are_cached() -> None:
    sources = (path for path in (ROOT / "stationmap").rglob("*.py") if "Cache-Control" in path.read_text("utf-8"))
    assert [path.name for path in sources] == ["cache_policy.py"]
