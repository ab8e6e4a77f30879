"""How much work a text of opening hours makes, estimated in advance: some are written to take long.

What a day costs is the readings of its rules (the ways in which what nobody knows may turn out, times the rules), the
dates it is held against, and the ranges of time that lie over each other, each against each.
"""

from __future__ import annotations

import re
from itertools import accumulate

from stationmap.hours.osm_syntax import MAX_RULES, HoursText, Rule, rules_written

MAX_EFFORT = 500
"""Hours on doors come to some dozens; a year of hours of so many steps is looked through in some 10 ms."""

# What a day may be until its year is announced: a workday, a holiday by either reading of the rules, five make-up days.
_KINDS = 8
_A_SHIFT = 30  # an n-th weekday, perhaps some days away, is looked for anew each day
_NUMBER = re.compile(r"\d+")


def excess(text: HoursText) -> str | None:
    """Say why the hours of a text are not worked out; None where they are."""
    if (written := rules_written(text.canonical)) > MAX_RULES:
        return f"{written:,} rules are more than {MAX_RULES}"
    if (found := effort(text)) > MAX_EFFORT:
        return f"its rules depend too much on each other to be worked out: {found:,} steps are more than {MAX_EFFORT}"
    return None


def effort(text: HoursText) -> int:
    """Return how many steps a day of a text takes at most; of one that is not understood none."""
    rules = text.rules or ()
    shifting = sum(rule.has_nth_weekday for rule in rules)
    return _readings(text, rules) * len(rules) + _dates(rules) + _A_SHIFT * shifting + _overlaid(rules) ** 2 // 2


def _readings(text: HoursText, rules: tuple[Rule, ...]) -> int:
    """Return in how many ways what is not known of a day may turn out at most."""
    doubts = (
        text.names_school_holidays,
        text.narrows_holidays,
        any(rule.has_nth_weekday for rule in rules),
        any(any(rule.public_holidays) for rule in rules),
    )
    return int((_KINDS if text.names_public_holidays else 1) * 2 ** sum(doubts))


def _dates(rules: tuple[Rule, ...]) -> int:
    """Return how many dates, and days of a month, the rules name."""
    return sum(len(_NUMBER.findall(part)) + part.count(",") for rule in rules for part in (rule.dates, *rule.days))


def _overlaid(rules: tuple[Rule, ...]) -> int:
    """Return how many ranges of time may lie over each other: those of rules that add to the ones before."""
    ranges = ((rule.joint == "; ", rule.times.count(",") + 1) for rule in rules)
    runs = accumulate(ranges, lambda before, here: here if here[0] else (False, before[1] + here[1]))
    return max((count for _, count in runs), default=0)
