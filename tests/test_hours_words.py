"""What the form's editor of hours writes in Chinese, the server reads back as the same hours."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from stationmap.hours.chinese.wording import to_osm
from stationmap.hours.opening_hours import ZONE, parse
from tests.node import evaluated

MONDAY = date(2026, 3, 9)  # a week without a holiday, and none beside it
SCRIPT = """
import { wordsOf } from "./static/js/staff/form/hours_words.js";
console.log(JSON.stringify(given.map(({ rows, holidays }) => wordsOf(rows, holidays))));
"""


def drawn(draw: random.Random) -> dict[str, Any]:
    """Rows as somebody fills them in: each day in one row at most, spans of a day in order and apart."""
    days = list(range(7))
    draw.shuffle(days)
    cut = draw.randint(1, 7)
    groups = [days[:cut], *([days[cut:]] if cut < 7 and draw.random() < 0.7 else [])]
    rows = []
    for group in groups:
        clocks = sorted(draw.sample(range(1, 48), 4))
        spans = [(clocks[0], clocks[1]), (clocks[2], clocks[3])][: draw.randint(1, 2)]
        rows.append({"days": group, "spans": [[f"{at // 2:02}:{at % 2 * 30:02}" for at in span] for span in spans]})
    return {"rows": rows, "holidays": draw.choice(["", "off", "usual"])}


def open_minutes(text: str, day: date) -> set[int]:
    found = parse(text).intervals(
        datetime.combine(day, time(), ZONE), datetime.combine(day, time(), ZONE) + timedelta(1)
    )
    midnight = datetime.combine(day, time(), ZONE)
    spans = [(each.start - midnight, each.end - midnight) for each in found if each.state == "open"]
    return {
        minute for start, end in spans for minute in range(int(start.seconds / 60), int(end.total_seconds() / 60), 30)
    }


def test_every_week_is_read_back() -> None:
    draw = random.Random(20261130)
    given = [drawn(draw) for _ in range(150)]
    for each, text in zip(given, evaluated(SCRIPT, given), strict=True):
        hours = to_osm(text)
        assert hours is not None, text
        for row in each["rows"]:
            wanted = {
                minute
                for start, end in row["spans"]
                for minute in range(*(int(clock[:2]) * 60 + int(clock[3:]) for clock in (start, end)), 30)
            }
            for day in row["days"]:
                assert open_minutes(hours, MONDAY + timedelta(day)) == wanted, (text, hours)


def test_nights_and_whole_days_are_written_as_people_do() -> None:
    given = [
        {"rows": [{"days": [0, 1, 2, 3, 4, 5, 6], "spans": [["18:00", "02:00"]]}], "holidays": ""},
        {"rows": [{"days": [0, 1, 2, 3, 4], "spans": [["00:00", "00:00"]]}], "holidays": "off"},
        {"rows": [{"days": [5, 6], "spans": []}], "holidays": "off"},
    ]
    written = evaluated(SCRIPT, given)
    assert written == ["每天18:00-次日02:00", "周一至周五00:00-24:00，节假日休息", ""]
    assert [to_osm(text) for text in written[:2]] == ["Mo-Su 18:00-02:00", "Mo-Fr 00:00-24:00; PH off"]
