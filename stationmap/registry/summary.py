"""What a notebook shows of a registry: a few facts as HTML, every text of the registry escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from html import escape

from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.model import Header, Station


def summary_html(meta: Header, revision: str, stations: Sequence[Station], language: str = DEFAULT_LANGUAGE) -> str:
    """Return a table of the registry's title, revision, source and stations by category, as HTML that runs nothing."""
    say = partial(translate, language)
    by_category = Counter(station.category for station in stations)
    facts = [
        (say("audit.summary.title"), meta.title or ""),
        (say("audit.summary.revision"), revision),
        (say("audit.summary.updated"), meta.updated.isoformat() if meta.updated else ""),
        (say("audit.summary.source"), meta.source or ""),
        (say("audit.summary.stations"), f"{len(stations):,}"),
        *((say(f"category.{code}"), f"{count:,}") for code, count in by_category.most_common()),
    ]
    demo = f"<p><strong>{escape(say('app.demo_long'))}</strong></p>" if meta.demo else ""
    return f"{demo}<table>{''.join(_row(label, text) for label, text in facts if text)}</table>"


def _row(label: str, text: str) -> str:
    # What turns the direction of writing ends with its cell.
    return f"<tr><th>{escape(label)}</th><td><bdi>{escape(text)}</bdi></td></tr>"
