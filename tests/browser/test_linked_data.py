"""What search engines read of a station's page is data to the browser: no policy is broken, nothing of it runs."""

from __future__ import annotations

import json

import pytest

from tests.browser.conftest import Opened

STATION = "/s/xz-320302-0004"


@pytest.mark.parametrize(
    ("path", "member", "expected"), [(STATION, "identifier", "xz-320302-0004"), ("/api/", "@type", "Dataset")]
)
def test_the_block_for_search_engines_is_data_and_no_script(
    opened: Opened, path: str, member: str, expected: str
) -> None:
    watched = opened(path)
    block = watched.page.locator('script[type="application/ld+json"]')
    assert json.loads(block.inner_text())["@graph"][1][member] == expected
    assert watched.complaints == []
