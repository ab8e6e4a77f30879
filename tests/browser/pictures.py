"""A page as it is looked at: by day and by night, with what is wrong with it in either."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.axe import ABOUT_COLOURS, OPTIONS, violations

# By night a page has other colours and nothing else.
SCHEMES = {"light": OPTIONS, "dark": ABOUT_COLOURS}


def pictured(page: Page, file: Path, *, full: bool = False) -> list[str]:
    """Keep pictures of the page by day and by night, and return what is wrong with it in either."""
    found = []
    for scheme, options in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=file.with_name(f"{file.name}-{scheme}.png"), full_page=full)
        found += [f"{scheme}: {fault}" for fault in violations(page, options)]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("the page is wider than the screen")
    return found
