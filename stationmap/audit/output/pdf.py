"""The report as PDF, by an extra of the package: a page layout engine and nothing the report would fetch."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from stationmap.errors import InvalidAuditError

STYLE = Path(__file__).parent / "templates" / "report.pdf.css"
MISSING = (
    "PDF needs an extra: pip install 'stationmap[pdf]', and Pango of the system (Debian: apt-get install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0); or write HTML and print that from a browser"
)


def report_pdf(html: str) -> bytes:
    """Return a report (`report.report_html`) as PDF, A4. Raises InvalidAuditError as `check_extra` does."""
    return bytes(layout(html).write_pdf())


def check_extra() -> None:
    """Raise InvalidAuditError, saying what to install, where PDF cannot be made: before the work, not after it."""
    try:
        import_module("weasyprint")
    except (ImportError, OSError) as error:  # OSError: the package is there, a library of the system is not
        raise InvalidAuditError(MISSING) from error


def layout(html: str) -> Any:
    """Return the pages of a report, a WeasyPrint document."""
    check_extra()
    made = import_module("weasyprint")
    return made.HTML(string=html, url_fetcher=_nothing).render(stylesheets=[made.CSS(filename=STYLE)])


def _nothing(url: str, *_: Any, **__: Any) -> Any:
    raise ValueError(f"a report fetches nothing, not {url}")
