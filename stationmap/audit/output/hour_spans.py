"""Hours of a day and of a week as spans, for tables."""

from __future__ import annotations

from itertools import groupby

from stationmap.i18n import DEFAULT_LANGUAGE, translate


def spans(hours: tuple[int, ...]) -> str:
    """Return ascending hours of a day as spans: (0, 1, 2, 22, 23) is 00-03, 22-24."""
    starts = [hour for hour in hours if hour - 1 not in hours]
    ends = [hour + 1 for hour in hours if hour + 1 not in hours]
    return ", ".join(f"{start:02}-{end:02}" for start, end in zip(starts, ends, strict=True))


def week_spans(hours: tuple[int, ...], language: str = DEFAULT_LANGUAGE) -> str:
    """Return ascending hours of a week as spans by day; days in a row that have the same ones stand together."""
    days = [spans(tuple(hour % 24 for hour in hours if hour // 24 == day)) for day in range(7)]
    parts = []
    for text, group in groupby(range(7), days.__getitem__):
        listed = list(group)
        names = dict.fromkeys(translate(language, f"weekday.{day}") for day in (listed[0], listed[-1]))
        parts += [f"{'–'.join(names)} {text}"] if text else []
    return "; ".join(parts)
