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


LEVELS_1_AND_2 = {
    **{6: ["1.1-3", "2.1-12", "3.1-4", "4.1-4", "5.1-5", "6.1-3", "8.1-4"]},
    **{7: ["1.1-3", "2.1-4", "3.1-2", "4.1-5", "5.1-2", "6.1-2"], 8: ["1.1-2", "2.1-3", "3.1-1", "4.1-1"]},
}
"""Sections of OWASP ASVS 5.0.0 and the numbers of their requirements that are not of level 3 alone."""


def test_every_requirement_about_accounts_has_its_test_or_reason() -> None:
    ranges = [(chapter, *re.split(r"[.-]", each)) for chapter, named in LEVELS_1_AND_2.items() for each in named]
    wanted = [f"{chapter}.{at}.{n}" for chapter, at, low, high in ranges for n in range(int(low), int(high) + 1)]
    rows = re.findall(r"^\| (\d\.\d\.\d+) \| [12] \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert [requirement for requirement, _ in rows] == wanted
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert [each for each in named if f"def {each[1]}(" not in (ROOT / each[0]).read_text("utf-8")] == []


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
