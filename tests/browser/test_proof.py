"""A phone works out a proof of work under our content policy, whether its page came safely or by http."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Route

from stationmap.resources import static_folder
from stationmap.web.assets import Assets
from stationmap.web.reports import proof
from tests.browser.conftest import NOW, Opened

PLAIN = "http://rider.example"  # no browser lends its cryptography to a page of such an origin
EXPECTED = ("Cross-Origin-Opener-Policy header has been ignored", "no-such-script.js")
SOLVE = """async ([module, challenge]) => {
  const { solve } = await import(module);
  const given_up = new AbortController();
  const ended = solve(challenge, given_up.signal).catch(String);
  given_up.abort(new Error("given up"));
  const broken = solve({ ...challenge, worker: "/no-such-script.js" }).catch(String);
  return [isSecureContext, await solve(challenge), await ended, await broken];
}"""


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets(static_folder())


@pytest.mark.parametrize("is_safe", [True, False])
def test_a_phone_works_out_what_the_server_believes(opened: Opened, origin: str, assets: Assets, is_safe: bool) -> None:
    watched = opened("", at=origin if is_safe else PLAIN, expected=EXPECTED)
    if not is_safe:

        def through(route: Route) -> None:
            route.fulfill(response=route.fetch(url=route.request.url.replace(PLAIN, origin)))

        watched.page.context.route(f"{PLAIN}/**", through)
    watched.page.goto((origin if is_safe else PLAIN) + "/readyz")
    asked = proof.challenge("key", NOW) | {"worker": assets.url("js/reports/proof_worker.js")}
    module = assets.url("js/reports/proof_of_work.js")
    was_safe, shown, ended, broken = watched.page.evaluate(SOLVE, [module, asked])
    assert was_safe is is_safe
    assert proof.proven("key", shown, NOW + timedelta(minutes=1))
    assert (ended, broken) == ("Error: given up", "Error: the proof of work cannot be worked out")
