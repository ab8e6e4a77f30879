"""The modules of one script share a scope: a name that browsers have would be hidden from all of them."""

from __future__ import annotations

from stationmap.frontend.bundler import declared_names
from stationmap.resources import static_folder
from tests.browser.conftest import Opened

MODULES = sorted((static_folder() / "js").rglob("*.js"))
LONE = {"early_taps.js"}  # served as it is; other scripts are to see its name


def test_no_module_declares_a_name_that_browsers_have(opened: Opened) -> None:
    page = opened("/healthz").page
    names = {
        name: path.name
        for path in MODULES
        if path.name not in LONE
        for name in declared_names(path.read_text(encoding="utf-8"))
    }
    assert page.evaluate("() => 'closed' in window")
    assert page.evaluate("(names) => names.filter((name) => name in window)", sorted(names)) == []
