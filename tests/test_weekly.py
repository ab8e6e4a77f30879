"""Which earlier revisions are compared with: the last of each week, and the registry as it was then."""

from __future__ import annotations

from datetime import UTC, datetime

from stationmap.storage.journal import Entry
from stationmap.storage.weekly import last_of_weeks


def entry(seq: int, at: datetime) -> Entry:
    return Entry(seq, f"r{seq}", "", at, "王", "edit", "", 1, 1, 1)


def test_the_last_of_each_week_in_xuzhou_is_taken_and_of_weeks_the_latest() -> None:
    # 16:30 on a Sunday is Monday in Xuzhou.
    moments = [
        datetime(2026, 11, 2, 1, tzinfo=UTC),
        datetime(2026, 11, 8, 15, 30, tzinfo=UTC),
        datetime(2026, 11, 8, 16, 30, tzinfo=UTC),
        datetime(2026, 11, 26, 1, tzinfo=UTC),
    ]
    latest_first = [entry(seq, at) for seq, at in enumerate(moments)][::-1]
    assert [one.seq for one in last_of_weeks(latest_first, 9)] == [1, 2, 3]
    assert [one.seq for one in last_of_weeks(latest_first, 2)] == [2, 3]
    assert last_of_weeks([], 9) == [] == last_of_weeks(latest_first, 0)
