"""What riders' pages are made of is known to the oldest browsers docs/ui.md names: Chrome 80 and Safari of iOS 14."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from stationmap.i18n import catalogue
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.assets import COMMON, ENTRIES, GROUND, LATE, LONE_ENTRIES, Assets, bundle_name
from stationmap.web.state import EXTENSION
from tests.conftest import ROOT

CHROME, IOS = 80, 14.0


class Feature(NamedTuple):
    """A feature: what it looks like, an example of it, and the first versions of Chrome and of iOS that have it."""

    name: str
    pattern: str
    example: str
    chrome: int
    ios: float


SCRIPTS = (
    Feature("logical assignment", r"(?:\?\?|\|\||&&)=", "a ??= b", 85, 14),
    Feature("private member", r"(?:\bthis\.|^\s*)#\w+", "this.#secret", 84, 14.5),
    Feature("static block", r"\bstatic\s*\{", "static {", 94, 16.4),
    Feature("static field", r"\bstatic\s+\w+\s*=", "static one = 1", 72, 14.5),
    Feature("lookbehind", r"\(\?<[=!]", "/(?<=a)b/", 62, 16.4),
    Feature("flag v", r"/[a-z]*v[a-z]*(?=[,;).\s]*(?:\.test|\.exec))", "/a/v.test(b)", 112, 17),
    Feature("Object.hasOwn", r"\bObject\.hasOwn\b", "Object.hasOwn(a, b)", 93, 15.4),
    Feature("Object.groupBy", r"\bObject\.groupBy\b", "Object.groupBy(a, b)", 117, 17.4),
    Feature("at", r"\.at\(-", "list.at(-1)", 92, 15.4),
    Feature("findLast", r"\.findLast(?:Index)?\(", "list.findLast(a)", 97, 15.4),
    Feature("toSorted", r"\.to(?:Sorted|Reversed|Spliced)\(", "list.toSorted()", 110, 16),
    Feature("replaceAll", r"\.replaceAll\(", "text.replaceAll(a, b)", 85, 13.4),
    Feature("replaceChildren", r"\.replaceChildren\(", "box.replaceChildren(a)", 86, 14),
    Feature("Promise.any", r"\bPromise\.any\b", "Promise.any(all)", 85, 14),
    Feature("withResolvers", r"\bPromise\.withResolvers\b", "Promise.withResolvers()", 119, 17.4),
    Feature("structuredClone", r"\bstructuredClone\(", "structuredClone(a)", 98, 15.4),
    Feature("AbortSignal.timeout", r"\bAbortSignal\.(?:timeout|any)\b", "AbortSignal.timeout(1)", 103, 16),
    Feature("randomUUID", r"\.randomUUID\(", "crypto.randomUUID()", 92, 15.4),
    Feature("Segmenter", r"\bIntl\.Segmenter\b", "new Intl.Segmenter()", 87, 14.5),
    Feature("requestIdleCallback", r"\brequestIdleCallback\(", "requestIdleCallback(a)", 47, 99),
    Feature("requestSubmit", r"\.requestSubmit\(", "form.requestSubmit()", 76, 16),
    Feature("scheduler", r"\bscheduler\.", "scheduler.postTask(a)", 94, 99),
    Feature("selector :has", r":has\(", 'matches(":has(a)")', 105, 15.4),
    Feature("selector :is", r":(?:is|where)\(", 'matches(":is(a)")', 88, 14),
)
STYLES = (
    Feature("dvh", r"\d[sdl]v[hwib]\b", "height: 100dvh", 108, 15.4),
    Feature("inset", r"(?<![\w-])inset(?:-\w+)*\s*:", "inset: 0", 87, 14.5),
    Feature("own transforms", r"(?<![\w-])(?:rotate|scale|translate)\s*:", "rotate: 45deg", 104, 14.5),
    Feature("logical shorthand", r"(?:padding|margin)-(?:inline|block)\s*:", "padding-inline: 0", 87, 14.5),
    Feature("aspect-ratio", r"(?<![\w-])aspect-ratio\s*:", "aspect-ratio: 1", 88, 15),
    Feature(":is", r":(?:is|where)\(", ":is(a, b) {", 88, 14),
    Feature(":not of several", r":not\([^()]*,", ":not(a, b) {", 88, 9),
    Feature(":has", r":has\(", ":has(a) {", 105, 15.4),
    Feature("overflow: clip", r"overflow(?:-[xy])?\s*:\s*clip", "overflow: clip", 90, 16),
    Feature("nesting", r"&\s*[.:\[]", "& .a {", 120, 17.2),
    Feature("layer, container", r"@(?:layer|container|property)\b", "@layer a", 99, 15.4),
    Feature("range of widths", r"@media[^{]*[<>]", "@media (width < 1px)", 104, 16.4),
)
"""What would keep a page from working; what only makes it prettier (text-wrap, color-mix on hover) may be newer."""


def too_new(features: tuple[Feature, ...], text: str) -> list[str]:
    newer = (feature for feature in features if feature.chrome > CHROME or feature.ios > IOS)
    return [feature.name for feature in newer if re.search(feature.pattern, text, re.MULTILINE)]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


def served(client: FlaskClient, names: Iterable[str]) -> dict[str, str]:
    """Return files as browsers get them."""
    found = {name: client.get(state_assets(client).url(name)) for name in names}
    assert [answer.status_code for answer in found.values()] == [200] * len(found)
    return {name: answer.get_data(as_text=True) for name, answer in found.items()}


def state_assets(client: FlaskClient) -> Assets:
    assets: Assets = client.application.extensions[EXTENSION].assets
    return assets


@pytest.mark.parametrize("feature", [*SCRIPTS, *STYLES], ids=lambda feature: feature.name)
def test_each_feature_is_recognized(feature: Feature) -> None:
    assert re.search(feature.pattern, feature.example, re.MULTILINE)
    assert feature.chrome > CHROME or feature.ios > IOS, "the oldest browsers know it: it may be used"


def test_the_scripts_of_riders_use_nothing_newer_than_the_oldest_browsers(client: FlaskClient) -> None:
    bundles = [bundle_name(entry) for entry in (COMMON, *ENTRIES, *LONE_ENTRIES, *LATE, GROUND)]
    vendored = [name for name in state_assets(client).names if name.startswith("vendor/") and name.endswith(".js")]
    scripts = served(client, [*bundles, *vendored, "js/shared/large_type.js", "js/finder/early_taps.js"])
    scripts["sw.js"] = client.get("/sw.js").get_data(as_text=True)
    assert {name: found for name, script in scripts.items() if (found := too_new(SCRIPTS, script))} == {}


def test_the_style_sheets_of_riders_need_nothing_newer(client: FlaskClient) -> None:
    styles = served(
        client, ["css/page.css", "css/map.css", "css/station.css", "css/report.css", "vendor/leaflet/leaflet.css"]
    )
    assert {name: found for name, style in styles.items() if (found := too_new(STYLES, style))} == {}


def test_scripts_that_tell_an_old_browser_what_to_do_can_be_read_by_it(client: FlaskClient) -> None:
    for name, script in served(client, ["js/finder/early_taps.js"]).items():
        assert not re.search(r"=>|`|\b(?:let|const|class|async)\b|\?[.?]|,\s*\)", script), name


def test_the_oldest_browsers_are_named_in_the_docs_and_to_who_has_an_older_one() -> None:
    assert f"Chrome {CHROME}" in (ROOT / "docs" / "ui.md").read_text("utf-8")
    for language in ("zh", "en"):
        assert re.search(rf"Chrome {CHROME}.*iOS {IOS:.0f}", catalogue(language)["app.stuck"])
