"""What the form offers to begin with: usual hours, as people write them, and usual reasons of a closure."""

from __future__ import annotations

from typing import NamedTuple


class HoursPreset(NamedTuple):
    """Usual hours: a code, how people write them, and, where that needs an explanation, what is meant."""

    code: str
    text: str
    meant: str = ""


HOURS_PRESETS: tuple[HoursPreset, ...] = (
    HoursPreset("always", "24小时开放"),
    HoursPreset("daily", "每天8:00-18:00"),
    HoursPreset("workdays", "周一至周五8:30-17:30，节假日休息"),
    HoursPreset("lunch_gap", "周一至周五8:30-12:00，14:00-18:00，节假日休息"),
    HoursPreset("with_saturday", "周一至周六9:00-17:00，节假日休息"),
    HoursPreset("weekend_too", "工作日9:00-17:00，周末及节假日10:00-16:00"),
    HoursPreset("seasonal", "4-10月7:00-21:00，11月至次年3月7:30-18:30"),
    HoursPreset("host", "随商场营业 10:00-21:30", "每天10:00-21:30"),
    HoursPreset("night", "夜间18:00至次日2:00"),
)
"""Every text, or what it means, is understood as it stands (`hours/chinese/wording`)."""

CLOSURE_REASONS = ("flood", "holiday", "power", "water", "repair", "event")
"""Codes of `form.closure_reason.*`; what is written into a closure is the word in Chinese."""
