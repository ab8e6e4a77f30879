"""WeChat's JS-SDK: signatures of our own pages, by a ticket that all processes share and WeChat is seldom asked for."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from stationmap import https_json
from stationmap.cli.doctor.wechat import wechat_symptom
from stationmap.datum import Datum, from_wgs84
from stationmap.settings import Settings
from stationmap.storage import wechat_tickets
from stationmap.storage.database import Database
from stationmap.web.app import create_app
from stationmap.web.pages.share_card import SIGNATURE, is_wechat
from stationmap.web.wechat import signing
from stationmap.wechat import api
from stationmap.wechat.api import Refusal, Ticket, ask_ticket
from stationmap.wechat.signature import is_of_site, signature
from stationmap.wechat.tickets import LONGEST_PAUSE, PAUSE_OF_LIMITS, Account, Tickets
from tests.apps import MONDAY_10, registry_of
from tests.channels import trusting
from tests.journaling import one
from tests.staff import Clock, staff_app, state_of
from tests.wechat_api import APP_ID, LASTS_S, SECRET, WeChatApi, wechat_api

PUBLIC = "https://stations.example.org"
SITE: dict[str, Any] = {
    "public_url": PUBLIC,
    "url_prefix": "/map",
    "wechat_app_id": APP_ID,
    "wechat_app_secret": SECRET,
}
ANDROID = "Mozilla/5.0 (Linux; Android 13; wv) Mobile MMWEBID/1 MicroMessenger/8.0.50(0x28003257) WeChat/arm64"
WECOM = f"{ANDROID} wxwork/4.1.20 MicroMessenger/7.0.1"


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY_10)


@pytest.fixture
def fake(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChatApi]:
    with wechat_api(clock) as running:
        monkeypatch.setattr(https_json, "opener", running.opener)
        yield running


@pytest.fixture
def app(tmp_path: Path, clock: Clock, fake: WeChatApi) -> Iterator[Flask]:
    stations = [
        one("a", name="甲驿站", address="云龙湖 1 号", hours_source="周一至周五 9:00-18:00", hours="Mo-Fr 09:00-18:00"),
        one("b", name="乙", status="closed"),
    ]
    made = staff_app(tmp_path, registry_of(stations, demo=True), clock=clock, **SITE)
    yield made
    signer_of(made).tickets.settled()
    state_of(made).database().close()


def signer_of(app: Flask) -> signing.Signer:
    found: signing.Signer = app.extensions[signing.EXTENSION]
    return found


def sign(app: Flask, url: object = f"{PUBLIC}/map/s/a", **more: Any) -> Any:
    return app.test_client().post(SIGNATURE, json={"url": url}, **more)


def signed(app: Flask, url: str = f"{PUBLIC}/map/s/a") -> dict[str, Any]:
    """Return a signature, asked for once more where the first question had WeChat asked."""
    if sign(app, url).status_code == 503:
        signer_of(app).tickets.settled()
    response = sign(app, url)
    assert response.status_code == 200
    found: dict[str, Any] = response.get_json()
    return found


def expected(ticket: str, given: dict[str, Any], url: str) -> str:
    text = f"jsapi_ticket={ticket}&noncestr={given['nonceStr']}&timestamp={given['timestamp']}&url={url}"
    return hashlib.sha1(text.encode()).hexdigest()


def test_the_signature_is_that_of_wechat_s_own_example() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    found = signature(ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value")
    assert found == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


@pytest.mark.parametrize(
    "url, is_ours",
    [
        (f"{PUBLIC}/map/", True),
        (f"{PUBLIC}/map/s/a?lang=en&x=%E7%AB%99", True),
        (f"{PUBLIC}/map", False),
        (f"{PUBLIC}/another/site", False),
        (f"{PUBLIC}/map/#here", False),
        (f"{PUBLIC}.evil.example/map/", False),
        (f"{PUBLIC}:8443/map/", False),
        (f"{PUBLIC}@evil.example/map/", False),
        ("http://stations.example.org/map/", False),
        ("//stations.example.org/map/", False),
        (f"{PUBLIC}/map/\n&url=x", False),
        (f"{PUBLIC}/map/\\", False),
        (f"{PUBLIC}/map/站", False),
        (f"{PUBLIC}/map/{'x' * 2_048}", False),
        ("", False),
    ],
)
def test_only_addresses_of_this_site_are_signed(url: str, is_ours: bool) -> None:
    assert is_of_site(url, PUBLIC, "/map") is is_ours


def test_a_page_of_ours_is_signed_as_it_was_loaded(app: Flask, fake: WeChatApi, clock: Clock) -> None:
    first = sign(app)
    assert (first.status_code, first.headers["Retry-After"]) == (503, "2")  # nobody waits for WeChat
    for url in (f"{PUBLIC}/map/s/a", f"{PUBLIC}/map/?lang=en&facility=toilet"):
        given = signed(app, url)
        assert (given["appId"], given["timestamp"]) == (APP_ID, int(clock().timestamp()))
        assert given["signature"] == expected(fake.tickets[0], given, url)
    assert signed(app)["nonceStr"] != signed(app)["nonceStr"]
    assert fake.asked == ["/cgi-bin/stable_token", "/cgi-bin/ticket/getticket"]
    answer = sign(app, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert sign(app, "https://evil.example/map/", headers={"Host": "evil.example"}).status_code == 400


def test_what_cannot_be_signed_is_refused_and_repeated_nowhere(app: Flask, fake: WeChatApi) -> None:
    place = f"{PUBLIC}/map/?lon=117.2345678#x"
    for body in ({"url": place}, {"url": 1}, {}, [], "x"):
        response = app.test_client().post(SIGNATURE, json=body)
        assert response.status_code == 400 and "117.23" not in response.text
    client = app.test_client()
    assert client.post(SIGNATURE, data=b"{", content_type="application/json").status_code == 400
    assert client.post(SIGNATURE, data={"url": f"{PUBLIC}/map/"}).status_code == 415  # a form of another site
    assert sign(app, "x" * 5_000).status_code == 413
    assert client.get(SIGNATURE).status_code == 405
    assert fake.asked == []


def test_too_many_signatures_wait(app: Flask) -> None:
    signed(app)
    signer_of(app)._given.most = 5
    answers = [sign(app) for _ in range(8)]
    assert [answer.status_code for answer in answers].count(200) <= 5
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("missing", ["wechat_app_id", "wechat_app_secret", "public_url", "read_only"])
def test_without_an_account_there_is_nothing_of_wechat(
    missing: str, tmp_path: Path, fake: WeChatApi, clock: Clock
) -> None:
    settings = {**SITE, missing: True if missing == "read_only" else ""}
    app = staff_app(tmp_path, registry_of([one("a")]), clock=clock, **settings)
    assert sign(app).status_code == 404
    page = app.test_client().get("/s/a", headers={"User-Agent": ANDROID})
    assert "wechat" not in page.text and "weixin" not in page.headers["Content-Security-Policy"]
    assert fake.asked == []


def test_a_day_of_signatures_asks_wechat_a_dozen_times(app: Flask, fake: WeChatApi, clock: Clock) -> None:
    signed(app)
    for _ in range(24 * 8):
        clock.at += timedelta(minutes=7.5)
        assert signer_of(app).tickets.current()  # the earlier ticket goes on while the next one comes
        signer_of(app).tickets.settled()
    assert len(fake.tickets) == len(fake.asked) / 2
    assert 12 <= len(fake.tickets) <= 14


def test_all_processes_share_a_ticket_and_one_of_them_asks(
    open_database: Callable[[], Database], fake: WeChatApi, clock: Clock
) -> None:
    made = [Tickets(Account(APP_ID, SECRET), database=opened, clock=clock) for opened in _two(open_database)]
    fake.speaks.clear()
    assert [each.current() for each in made] == [None, None]
    while not fake.asked:
        time.sleep(0.01)
    made[1].settled()  # another asks
    fake.speaks.set()
    made[0].settled()
    assert [each.current() for each in made] == ["ticket-0-"] * 2
    assert len(fake.tickets) == 1


def _two(open_database: Callable[[], Database]) -> list[Callable[[], Database]]:
    first, second = open_database(), open_database()
    return [lambda: first, lambda: second]


def test_while_wechat_is_down_the_ticket_goes_on_and_pauses_grow(app: Flask, fake: WeChatApi, clock: Clock) -> None:
    signed(app)
    fake.errcode = -1
    clock.at += timedelta(seconds=LASTS_S - 300)
    assert sign(app).status_code == 200
    signer_of(app).tickets.settled()
    asked = len(fake.asked)
    clock.at += timedelta(seconds=30)
    assert sign(app).status_code == 200 and len(fake.asked) == asked  # not again yet
    clock.at += timedelta(minutes=5)
    assert sign(app).status_code == 503
    for _ in range(12 * 12):
        clock.at += timedelta(minutes=5)
        assert signer_of(app).tickets.current() is None
        signer_of(app).tickets.settled()
    assert len(fake.asked) - asked <= 12 * 2 + 6  # twelve hours, every half hour in the end
    fake.errcode = 0
    clock.at += LONGEST_PAUSE
    signed(app)


def test_a_ticket_of_a_clock_that_was_ahead_is_exchanged(app: Flask, fake: WeChatApi, clock: Clock) -> None:
    clock.at += timedelta(days=3_650)
    signed(app)
    clock.at -= timedelta(days=3_650)
    assert sign(app).status_code == 503
    signer_of(app).tickets.settled()
    assert sign(app).status_code == 200
    assert len(fake.tickets) == 2


REFUSALS = {-1: "busy", 40013: "credentials", 40125: "credentials", 40164: "white_list", 48001: "account",
            45009: "too_often", 12345: "refused"}  # fmt: skip


def test_a_refusal_is_logged_by_its_number_and_never_by_what_was_said(
    app: Flask, fake: WeChatApi, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for fake.errcode, reason in REFUSALS.items():
            clock.at += PAUSE_OF_LIMITS
            sign(app)
            signer_of(app).tickets.settled()
            with state_of(app).database().reading() as connection:
                kept = wechat_tickets.kept_ticket(connection, APP_ID)
            assert kept is not None and kept.problem == f"{reason} {fake.errcode}"
            assert (kept.next_at - clock() == PAUSE_OF_LIMITS) is (reason == "too_often")
            assert f"no ticket of WeChat: {reason} {fake.errcode}, again at" in caplog.text
        fake.errcode = 0
        clock.at += PAUSE_OF_LIMITS
        signed(app)
    assert f"after {len(REFUSALS)} failures" in caplog.text
    for secret in (SECRET, "203.0.113.9", "token-0", "ticket-0-", APP_ID):
        assert secret not in caplog.text


ODD: list[tuple[int, bytes, Refusal]] = [
    (502, b"<html>bad gateway</html>", Refusal("busy", "HTTP 502")),
    (302, b"", Refusal("refused", "HTTP 302")),
    (200, b"not JSON", Refusal("form")),
    (200, b'{"access_token": 7}', Refusal("form")),
    (200, b'{"access_token": ""}', Refusal("form")),
]


@pytest.mark.parametrize("status, body, refusal", ODD)
def test_an_answer_of_another_form_is_no_ticket(status: int, body: bytes, refusal: Refusal, fake: WeChatApi) -> None:
    ask = https_json.asker(api.HOSTS, fake.opener())
    fake.answers = [(status, body)]
    assert ask_ticket(APP_ID, SECRET, ask) == refusal
    token = (200, b'{"access_token": "t", "expires_in": 7200}')
    for answer in (b'{"errcode": 0, "ticket": "x"}', b'{"errcode": 0, "ticket": "x", "expires_in": -1}'):
        fake.answers = [token, (200, answer)]
        assert ask_ticket(APP_ID, SECRET, ask) == Refusal("form")
    fake.answers = [token, (200, b'{"errcode": 0, "ticket": "x", "expires_in": 1000000000000000000}')]
    assert ask_ticket(APP_ID, SECRET, ask) == Ticket("x", timedelta(hours=2))


def test_nobody_but_wechat_gets_the_secret(fake: WeChatApi) -> None:
    distrusting = https_json.asker(api.HOSTS, fake.opener(trusting("somebody.example.org")))
    assert ask_ticket(APP_ID, SECRET, distrusting) == Refusal("untrusted")
    with pytest.raises(ValueError, match="may be asked"):
        https_json.asker(api.HOSTS, fake.opener())("https://api.weixin.qq.com.evil.example/cgi-bin/stable_token", b"")
    assert fake.asked == []


AGENTS = [
    (ANDROID, True),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0.49 NetType/4G", True),
    (f"{ANDROID} miniProgram/wx0123456789abcdef", True),
    (WECOM, False),
    ("Mozilla/5.0 (Linux; Android 13) DingTalk/7.0.50", False),
    ("Mozilla/5.0 (iPhone) AlipayClient/10.5", False),
    ("Mozilla/5.0 (Linux; Android 13) Chrome/128.0 Mobile", False),
    ("", False),
]


def test_only_wechat_s_own_browser_gets_the_sdk(app: Flask) -> None:
    for agent, is_ours in AGENTS:
        assert is_wechat(agent) is is_ours
        for path in ("/", "/s/a"):
            page = app.test_client().get(path, headers={"User-Agent": agent})
            assert ("js/wechat.bundle.js" in page.text) is is_ours
            assert ("; frame-src weixin:" in page.headers["Content-Security-Policy"]) is is_ours
            assert "User-Agent" in page.headers["Vary"]


def test_what_holds_a_code_or_is_for_staff_is_nothing_to_be_sent_on(app: Flask) -> None:
    for path in ("/privacy", "/s/a/poster", "/api/v1/stations", "/staff/sign-in"):
        page = app.test_client().get(path, headers={"User-Agent": ANDROID})
        assert "wechat.bundle" not in page.text and "weixin" not in page.headers["Content-Security-Policy"]


def card_of(app: Flask, path: str) -> dict[str, str]:
    page = app.test_client().get(path, headers={"User-Agent": ANDROID}).text
    (tag,) = re.findall(r'<script defer id="wechat"[^>]*>', page)
    return dict(re.findall(r'data-(\w+)="([^"]*)"', tag))


def test_the_card_shows_posted_hours_and_leads_to_the_public_address(app: Flask) -> None:
    card = card_of(app, "/s/a?x=1&lon=117.2&lat=34.2")
    assert (card["title"], card["link"]) == ("甲驿站", f"{PUBLIC}/s/a")
    assert (
        "演示数据" in card["text"]
        and "开放时间：周一至周五 9:00-18:00" in card["text"]
        and "云龙湖 1 号" in card["text"]
    )
    assert card["image"].startswith(f"{PUBLIC}/static/") and card["image"].endswith("app-512.png")
    assert card_of(app, "/s/a?lang=en")["link"].endswith("/s/a?lang=en")
    assert "此站点已撤销" in card_of(app, "/s/b")["text"]
    finder = card_of(app, "/?facility=toilet&lon=117.2")
    assert (finder["title"], finder["link"]) == ("试", f"{PUBLIC}/")
    assert "演示数据" in finder["text"]


def test_the_station_is_shown_to_wechat_s_map_where_that_draws_it(app: Flask) -> None:
    page = app.test_client().get("/s/a", headers={"User-Agent": ANDROID}).text
    found = re.search(r'data-open-location data-lon="([\d.]+)" data-lat="([\d.]+)" data-name="甲驿站"', page)
    assert found
    lon, lat = from_wgs84(*one("a").geometry.coordinates, Datum.GCJ02)
    assert (float(found[1]), float(found[2])) == pytest.approx((lon, lat), abs=1e-6)
    assert "data-open-location" not in app.test_client().get("/s/b", headers={"User-Agent": ANDROID}).text  # gone
    assert "data-open-location" not in app.test_client().get("/s/a", headers={"User-Agent": WECOM}).text


def test_doctor_says_what_is_missing_and_what_wechat_answered(app: Flask, fake: WeChatApi, clock: Clock) -> None:
    chosen = state_of(app).settings
    assert wechat_symptom(chosen).verdict == "ok"  # nobody came yet
    fake.errcode = 40164
    sign(app)
    signer_of(app).tickets.settled()
    refused = wechat_symptom(chosen)
    assert (refused.verdict, refused.detail.split(",")[0]) == ("warning", "white_list 40164")
    fake.errcode = 0
    clock.at += PAUSE_OF_LIMITS
    signed(app)
    assert wechat_symptom(chosen).verdict == "ok" and "2026-11-23 05:00" in wechat_symptom(chosen).detail
    half = wechat_symptom(Settings(wechat_app_id=APP_ID, read_only=True))
    assert (half.verdict, half.detail) == (
        "warning",
        "未启用 not in use: STATIONMAP_WECHAT_APP_SECRET, STATIONMAP_PUBLIC_URL, STATIONMAP_READ_ONLY",
    )


FILES = {"MP_verify_aB3.txt": b"aB3", "WW_verify_x1.txt": b"x1", "a1B2c3D4e5F6g7H8.txt": b"mini"}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[Flask, Path]]:
    folder = tmp_path / "verify"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    yield create_app(Settings(verify_dir=folder)), folder


def test_verification_files_are_served_at_the_root_as_plain_text(host: tuple[Flask, Path]) -> None:
    client = host[0].test_client()
    for name, content in FILES.items():
        response = client.get(f"/{name}")
        assert (response.status_code, response.data) == (200, content)
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_else_of_the_folder_or_beside_it_is_served(host: tuple[Flask, Path]) -> None:
    app, folder = host
    secret = folder.parent / "MP_verify_secret.txt"
    secret.write_text("secret")
    (folder / "notes.txt").write_text("secret")
    (folder / "MP_verify_large.txt").write_bytes(b"secret" * 1_000)
    (folder / "MP_verify_link.txt").symlink_to(secret)
    (folder / "MP_verify_folder.txt").mkdir()
    (folder / "MP_verify_机.txt").write_text("secret")
    names = ["notes.txt", "MP_verify_large.txt", "MP_verify_link.txt", "MP_verify_folder.txt", "MP_verify_none.txt",
             "MP_verify_机.txt", "../MP_verify_secret.txt", "..%2fMP_verify_secret.txt", "%2e%2e/MP_verify_secret.txt",
             "verify/MP_verify_aB3.txt", "MP_verify_aB3.TXT", "MP_verify_aB3.txt%00",
             "MP_verify_aB3%0a.txt", "a1B2c3D4e5F6g7H.txt"]  # fmt: skip
    for name in names:
        response = app.test_client().get(f"/{name}")
        assert response.status_code == 404 and "secret" not in response.text, name
    plain = create_app(Settings()).test_client()
    assert [plain.get(f"/{name}").status_code for name in FILES] == [404] * len(FILES)
