"""What riders reported since the last digest, in a few lines: how many of them, which station, what; nothing else.

Never what they wrote, nor a number or a place of theirs. Text of a registry is hostile in a chat as well: a name calls
nobody (`@`), is no tag (`<at ...>`), and is one line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import translate
from stationmap.notify.message import Message
from stationmap.registry.registry import Registry
from stationmap.reports.devices import day_of
from stationmap.reports.model import KINDS
from stationmap.storage.notifications import REOPENED, NewReports

MAX_NAME_CHARS = 40
_INERT: Mapping[int, str] = str.maketrans({"@": "＠", "<": "＜", ">": "＞"})
_ORDER: Mapping[str, int] = {kind: place for place, kind in enumerate((*KINDS, REOPENED))}


def digest(
    found: Sequence[NewReports], registry: Registry, *, since: datetime, until: datetime, page: str, language: str
) -> Message | None:
    """Return what there is to say of new reports, None where nobody has to do anything about them.

    `page` is the address of the page where staff see them, empty where there is none that a phone can open.
    """
    complaints = [each for each in found if each.kind != "open"]
    if not complaints:
        return None
    complaints.sort(key=lambda each: (-each.devices, -each.reports, _ORDER[each.kind], each.station_id))
    opened = sum(each.reports for each in found if each.kind == "open")
    below = [translate(language, "notify.open", count=f"{opened:,}")] if opened else []
    below.append(translate(language, "notify.page" if page else "notify.no_page"))
    return Message(
        _title(registry, since, until, language),
        tuple(_line(each, registry, language) for each in complaints),
        tuple(below),
        page,
    )


def inert(name: str) -> str:
    """Return a name as one short line that means nothing to a program which shows it."""
    flat = "".join(char if char.isprintable() else " " for char in name).translate(_INERT)
    words = " ".join(flat.split())
    return words if len(words) <= MAX_NAME_CHARS else words[: MAX_NAME_CHARS - 1] + "…"


def _title(registry: Registry, since: datetime, until: datetime, language: str) -> str:
    start, end = (f"{at.astimezone(ZONE):%m-%d %H:%M}" for at in (since, until))
    title = translate(language, "notify.title", since=start, until=end)
    return f"【{translate(language, 'app.demo')}】{title}" if registry.demo else title


def _line(found: NewReports, registry: Registry, language: str) -> str:
    station = registry.get(found.station_id)
    name = inert(station.properties.name if station else found.station_id)
    what = translate(language, f"notify.kind.{found.kind}")
    # A device is another one every day: over several, only reports can be counted.
    is_of_one_day = day_of(found.first_at) == day_of(found.last_at)
    key, count = ("notify.riders", found.devices) if is_of_one_day else ("notify.reports", found.reports)
    # The name last: it may hold what looks like a place to be filled.
    return translate(language, key, count=f"{count:,}", what=what, station=name)
