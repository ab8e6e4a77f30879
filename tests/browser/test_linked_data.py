"""What search engines read of a station's page is data to the browser: no policy is broken, nothing of it runs."""

from __future__ import annotations

import json

from tests.browser.conftest import Opened

STATION = "/s/xz-320302-0004"


def test_the_block_for_search_engines_is_data_and_no_script(opened: Opened) -> None:
    watched = opened(STATION)
    block = watched.page.locator('script[type="application/ld+json"]')
    assert json.loads(block.inner_text())["@graph"][1]["identifier"] == "xz-320302-0004"
    assert watched.complaints == []
