"""Which stations have something to mend, as the latest examination of the registry has found it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from stationmap.deep_checks.care_pages import CareFilter, CarePages
from stationmap.errors import FileError
from stationmap.web.staff.review.examinations import examinations
from stationmap.web.state import now, state


def ids_with(code: str) -> list[str]:
    """Return the stations that have an issue of a kind; none before anything was examined."""
    with _latest() as pages:
        return pages.ids(code) if pages else []


def kinds_found() -> list[str]:
    """Return the kinds of issues that some station has, the worst first."""
    with _latest() as pages:
        return [each.code for each in pages.kinds(CareFilter())] if pages else []


@contextmanager
def _latest() -> Iterator[CarePages | None]:
    path = examinations(state().settings).there(state().snapshot.registry.revision, now())
    pages = None
    if path is not None:
        with suppress(FileError):  # another process has just removed it
            pages = CarePages(path)
    if pages is None:
        yield None
    else:
        with closing(pages):
            yield pages
