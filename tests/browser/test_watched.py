"""What a page complains of fails its test, but for what the test expects, however late the browser tells it."""

from __future__ import annotations

from tests.browser.conftest import ABORTED, Opened


def test_everything_but_what_a_test_expects_is_a_fault(opened: Opened) -> None:
    watched = opened("/s/xz-320302-0003", expected=["first"])
    page = watched.page
    page.evaluate("() => console.warn('second')")
    watched.expects("second", r"//tile\.openstreetmap\.org/")
    page.evaluate("() => { for (const text of ['first', 'second', 'third']) console.error(text) }")
    other = "https://webrd01.is.autonavi.com/"
    for host in ("https://tile.openstreetmap.org/", other):
        with page.expect_console_message(lambda message, host=host: message.location["url"] == host):
            page.evaluate("host => { new Image().src = host }", host)
    faults, watched.faults[:] = set(watched.faults), []
    assert faults == {"warning: second ", "error: third ", f"error: {ABORTED}{other}", other}
