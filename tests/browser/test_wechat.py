"""Pages inside WeChat, whose bridge to the app a script plays; we serve its SDK, and no host of WeChat is asked."""

from __future__ import annotations

import hashlib
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from benchmarks.fixture.browsing import serving
from stationmap import https_json
from stationmap.datum import Datum, from_wgs84
from stationmap.registry.registry import parse
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.wechat import signing
from tests.browser.axe import violations
from tests.browser.conftest import BUSY, DESKTOP, NOW, Opened
from tests.wechat_api import APP_ID, SECRET, WeChatApi, wechat_api

STATION = "xz-320302-0003"
ANDROID = "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Chrome/130.0 Mobile MicroMessenger/8.0.50"
WECOM = f"{ANDROID} wxwork/4.1.20"
REPORTED = r"open\.weixin\.qq\.com/sdk/report"
"""What the SDK would send of how long it took, with the address of the page: our policy keeps it here."""
BRIDGE = """
window.called = [];
window.verdict = "ok";
window.WeixinJSBridge = {
  invoke(name, given, then) {
    called.push([name, JSON.parse(JSON.stringify(given))]);
    document.documentElement.classList.add(name);
    then({ err_msg: `${name}:${name === "preVerifyJSAPI" ? verdict : "ok"}` });
  },
  on() {},
};
"""


@pytest.fixture(scope="module")
def wechat() -> Iterator[WeChatApi]:
    with wechat_api(lambda: NOW) as running, pytest.MonkeyPatch.context() as patch:
        patch.setattr(https_json, "opener", running.opener)
        yield running


@pytest.fixture(scope="module")
def site(wechat: WeChatApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demonstration registry with an account of WeChat, at an address that the account signs."""
    folder = tmp_path_factory.mktemp("wechat")
    registry = Path(shutil.copy(demo_registry(), folder))
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    given: dict[str, Any] = {"public_url": f"http://127.0.0.1:{port}", "registry": registry, "data": folder}
    app = create_app(
        Settings(**given, wechat_app_id=APP_ID, wechat_app_secret=SECRET), clock=lambda: NOW, writable=True
    )
    signer: signing.Signer = app.extensions[signing.EXTENSION]
    with ExitStack() as stack:
        stack.callback(signer.tickets.settled)
        yield stack.enter_context(serving(app, port))


@pytest.mark.parametrize("device", [{}, {"device": DESKTOP}], ids=["phone", "computer"])
def test_a_station_is_shared_as_a_card_and_opened_in_wechat_s_map(
    device: dict[str, Any], opened: Opened, site: str, wechat: WeChatApi, screens: Path
) -> None:
    watched = opened(f"/s/{STATION}#x", at=site, user_agent=ANDROID, script=BRIDGE, expected=[REPORTED, BUSY], **device)
    page = watched.page
    button = page.get_by_role("button", name="在微信地图里打开")
    page.clock.run_for(5_000)  # the first question has the server ask WeChat
    expect(button).to_be_visible()
    expect(page.locator(".not-in-wechat")).to_be_hidden()
    button.click()
    called = dict(page.evaluate("called"))
    given = called["preVerifyJSAPI"]
    text = (
        f"jsapi_ticket={wechat.tickets[0]}&noncestr={given['verifyNonceStr']}"
        f"&timestamp={given['verifyTimestamp']}&url={site}/s/{STATION}"
    )
    assert given["verifySignature"] == hashlib.sha1(text.encode()).hexdigest()
    card, place = called["updateAppMessageShareData"], called["openLocation"]
    assert card["link"] == f"{site}/s/{STATION}" and card["title"] == called["updateTimelineShareData"]["title"]
    assert "演示数据" in card["desc"] and "开放时间" in card["desc"] and card["imgUrl"].startswith(f"{site}/static/")
    found = parse(demo_registry().read_bytes()).get(STATION)
    assert found is not None
    drawn = from_wgs84(*found.geometry.coordinates, Datum.GCJ02)
    assert (place["longitude"], place["latitude"]) == pytest.approx(drawn, abs=1e-6)
    assert (place["name"], place["address"]) == (found.name, found.properties.address or "")
    assert violations(page) == []
    page.screenshot(path=screens / f"wechat-{'computer' if device else 'phone'}.png", full_page=True)
    assert [url for url in watched.strangers if "open.weixin.qq.com/sdk/report" not in url] == []


def test_what_wechat_does_not_know_stays_a_page_as_in_any_chat(opened: Opened, site: str, wechat: WeChatApi) -> None:
    script = BRIDGE.replace('"ok";', '"invalid signature";', 1)
    for given in ({"script": script, "expected": [REPORTED]}, {"script": ""}):  # refused; a bridge that never comes
        watched = opened(f"/s/{STATION}", at=site, user_agent=ANDROID, **given)
        if given["script"]:
            expect(watched.page.locator("html.preVerifyJSAPI")).to_be_attached()
        expect(watched.page.get_by_text("微信、QQ 里打不开地图应用")).to_be_visible()
        expect(watched.page.locator("[data-open-location]")).to_be_hidden()


def test_where_nothing_signs_the_finder_works_as_ever(opened: Opened, site: str) -> None:
    watched = opened("", at=site, user_agent=ANDROID, script=BRIDGE, expected=[BUSY])
    page = watched.page
    page.route("**/wechat/signature", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}))
    page.goto(f"{site}/?district=320302")
    expect(page.locator("#list li").first).to_be_visible()
    for _ in range(3):
        page.clock.run_for(1_500)
    assert page.evaluate("called.length") == 0
    assert not any("weixin-js-sdk" in request.url for request in watched.requests)


def test_the_finder_is_shared_without_what_is_looked_for(opened: Opened, site: str) -> None:
    watched = opened("/?facility=toilet", at=site, user_agent=ANDROID, script=BRIDGE, expected=[REPORTED, BUSY])
    watched.page.clock.run_for(5_000)
    expect(watched.page.locator("html.updateTimelineShareData")).to_be_attached()
    card = dict(watched.page.evaluate("called"))["updateAppMessageShareData"]
    assert card["link"] == f"{site}/" and card["title"] and "演示数据" in card["desc"]


@pytest.mark.parametrize("agent", [WECOM, "Mozilla/5.0 (Linux; Android 13) DingTalk/7.0.50"], ids=["wecom", "dingtalk"])
def test_no_other_program_is_given_anything_of_it(agent: str, opened: Opened, site: str) -> None:
    watched = opened(f"/s/{STATION}", at=site, user_agent=agent)
    watched.page.wait_for_load_state("networkidle")
    assert not any("wechat" in request.url or "weixin" in request.url for request in watched.requests)
