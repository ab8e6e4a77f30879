"""The page of security names all chapters and only tests that exist, and dependencies were checked of late."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs/security.md").read_text("utf-8")
CHECKED_AGAIN = timedelta(days=180)


def test_every_test_it_names_exists() -> None:
    named = set(re.findall(r"`((?:tests/)?(?:browser/|attacks/)?test_\w+\.py)`", PAGE))
    assert len(named) > 15
    missing = [name for name in named if not (ROOT / name).exists() and not (ROOT / "tests/attacks" / name).exists()]
    assert missing == []


@pytest.mark.whole
def test_every_attack_is_told() -> None:
    files = {path.name for path in (ROOT / "tests/attacks").glob("test_*.py")}
    assert [name for name in sorted(files) if name not in PAGE] == []


def test_every_chapter_of_the_standard_is_answered() -> None:
    rows = re.findall(r"^\| V(\d+) [^|]+\|([^|]*)\|([^|]*)\|$", PAGE, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 18))
    assert [number for number, met, unmet in rows if not met.strip() and not unmet.strip()] == []


def test_its_dates_are_dates_in_order() -> None:
    dates = [date.fromisoformat(found) for found in re.findall(r"^\| (\d{4}-\d\d-\d\d) \|", PAGE, re.MULTILINE)]
    assert dates == sorted(dates) != []


@pytest.mark.whole
def test_dependencies_were_checked_within_half_a_year() -> None:
    last = max(re.findall(r"^\| (\d{4}-\d\d-\d\d) \|", PAGE, re.MULTILINE))
    assert datetime.now(UTC).date() - date.fromisoformat(last) < CHECKED_AGAIN
