"""Channels of digests: their file, robots and mail servers that check what they get, and what comes of faults."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from threading import Thread

import pytest

from stationmap import https_json
from stationmap.errors import FileError
from stationmap.https_json import Answer
from stationmap.notify import channel_file, mail, robots
from stationmap.notify.channel_file import InvalidChannelsError
from stationmap.notify.channels import Mailbox, Robot, kind_of
from stationmap.notify.https_post import HOSTS, Post, poster
from stationmap.notify.message import Message, fitted
from stationmap.notify.outcome import LONGEST_PAUSE, PAUSE_OF_LIMITS, Outcome, Reason, pause_after
from tests.channels import (
    DINGTALK,
    FEISHU,
    HOOK,
    KEY,
    SECRET,
    TOKEN,
    WECOM,
    MailServer,
    Robots,
    dripping,
    mail_server,
    trusting,
)  # fmt: skip
from tests.channels import robots as running_robots

AT = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
MESSAGE = Message(
    "劳动者服务站：骑手反映", ("3 名骑手反映 甲驿站 未开门",), ("详情与处理：",), "https://stations.example.org/staff"
)
GOOD = f"""
[[robot]]
name = "值班群"
webhook = "{DINGTALK}"
secret = "{SECRET}"

[[robot]]
name = "企业微信群"
webhook = "{WECOM}"

[[robot]]
name = "Feishu"
webhook = "{FEISHU}"
secret = "{SECRET}"
language = "en"

[[email]]
name = "值班邮箱"
server = "smtp.example.org"
user = "stations@example.org"
password = "{SECRET}"
sender = "stations@example.org"
recipients = ["li@example.org", "wang@example.org"]
"""
ROBOTS = {
    "dingtalk": Robot.model_validate({"name": "a", "webhook": DINGTALK, "secret": SECRET}),
    "wecom": Robot.model_validate({"name": "b", "webhook": WECOM}),
    "feishu": Robot.model_validate({"name": "c", "webhook": FEISHU, "secret": SECRET}),
}


@pytest.fixture(scope="module")
def shared() -> Iterator[Robots]:
    with running_robots() as fake:
        yield fake


@pytest.fixture
def fake(shared: Robots) -> Robots:
    shared.clock = lambda: AT
    shared.taken, shared.answers, shared.headers, shared.times, shared.asked = [], [], {}, {}, 0
    return shared


@pytest.fixture
def post(fake: Robots) -> Post:
    return poster(fake.opener())


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "channels.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def problems(folder: Path, text: str, mode: int = 0o600) -> list[str]:
    path = written(folder, text, mode)
    with pytest.raises(InvalidChannelsError) as refusal:
        channel_file.read(path)
    return [line.removeprefix(f"{path}: ") for line in str(refusal.value).splitlines()]


def mailbox(port: int, **given: object) -> Mailbox:
    usual = {"name": "邮箱", "server": "localhost", "port": port, "user": "stations", "password": SECRET}
    people = {"sender": "stations@example.org", "recipients": ["li@example.org", "wang@example.org"]}
    return Mailbox.model_validate({**usual, **people, **given})


def test_a_file_holds_channels_of_every_kind_and_shows_no_secret(tmp_path: Path) -> None:
    found = channel_file.read(written(tmp_path, GOOD))
    assert [(kind_of(each), each.name, each.language) for each in found] == [
        ("dingtalk", "值班群", "zh"),
        ("wecom", "企业微信群", "zh"),
        ("feishu", "Feishu", "en"),
        ("email", "值班邮箱", "zh"),
    ]
    shown = f"{found!r} {[str(each) for each in found]} {[each.model_dump() for each in found]}"
    assert not [secret for secret in (SECRET, TOKEN, KEY, HOOK) if secret in shown]
    assert isinstance(found[3], Mailbox) and found[3].port == 465


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o602, 0o666])
def test_a_file_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    (problem,) = problems(tmp_path, GOOD, mode)
    assert "chmod 600" in problem
    assert channel_file.read(written(tmp_path, GOOD, 0o640))  # the group of the service may read it


def test_every_problem_of_a_file_is_named_at_once_and_no_value_is_repeated(tmp_path: Path) -> None:
    bad = f"""
    [proxy]
    [[robot]]
    webhook = "{DINGTALK}&to=everybody"
    secret = 5
    pasword = "{SECRET}"
    [[robot]]
    name = "b"
    webhook = "{WECOM}"
    secret = "{SECRET}"
    [[robot]]
    name = "b"
    webhook = "{FEISHU}"
    [[robot]]
    name = "b"
    webhook = "{FEISHU}"
    language = "fr"
    [[email]]
    name = "d"
    server = "smtp.example.org:465"
    port = "465"
    user = "me"
    sender = "not an address"
    recipients = []
    """
    found = problems(tmp_path, bad, 0o644)
    assert [line.partition(": ")[0] + ": " + line.partition(": ")[2].partition(":")[0] for line in found[2:]] == [
        "[[robot]] 1: name", "[[robot]] 1: webhook", "[[robot]] 1: secret", "[[robot]] 1: pasword",
        "[[robot]] 2: 企业微信机器人没有加签密钥，请删去 secret robots of WeCom have no secret",
        "[[robot]] 4: language",
        "[[email]] 1: server", "[[email]] 1: port", "[[email]] 1: sender", "[[email]] 1: recipients",
    ]  # fmt: skip
    assert "chmod 600" in found[0] and "proxy" in found[1]
    assert not [secret for secret in (SECRET, TOKEN, KEY, HOOK, "not an address") if secret in "\n".join(found)]


@pytest.mark.parametrize(
    "text, sign",
    [
        ("", "has no channel"),
        ('robot = "x"', "[[robot]]"),
        (f'[[robot]]\nname = "a"\nwebhook = "{WECOM}" {SECRET}', "no TOML: line 3"),
        (f'{GOOD}\n[[robot]]\nname = "again"\nwebhook = "{WECOM}"', "one and the same robot: 企业微信群, again"),
        (f'{GOOD}\n[[email]]\nname="Feishu"\nserver="a"\nsender="a@b.cn"\nrecipients=["a@b.cn"]', "more than one"),
        (GOOD.replace(f'password = "{SECRET}"', ""), "user and password belong together"),
        (GOOD.replace("oapi.dingtalk.com", "oapi.dingtalk.com.example.org"), "webhook"),
        (GOOD.replace("oapi.dingtalk.com", "oapi.dingtalk.com:444"), "webhook"),
        (GOOD.replace("oapi.dingtalk.com", "me@oapi.dingtalk.com"), "webhook"),
        (GOOD.replace("https://oapi", "http://oapi"), "webhook"),
        (GOOD.replace("open.feishu.cn", "169.254.169.254"), "webhook"),
        (GOOD.replace('"li@example.org"', '"li@example.org\\nBcc: all@example.org"'), "recipients"),
    ],
)  # fmt: skip
def test_what_is_no_channel_is_refused(tmp_path: Path, text: str, sign: str) -> None:
    found = "\n".join(problems(tmp_path, text))
    assert sign in found
    assert SECRET not in found and TOKEN not in found


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.write_bytes(b"\xff\xfe[")
    with pytest.raises(InvalidChannelsError, match="UTF-8"):
        channel_file.read(path)
    with pytest.raises(FileError):
        channel_file.read(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("provider", ROBOTS)
def test_a_robot_takes_what_is_signed_as_it_wants_it(provider: str, fake: Robots, post: Post) -> None:
    assert robots.send(ROBOTS[provider], MESSAGE, AT, post) == Outcome("sent")
    assert fake.text() == "\n".join((MESSAGE.title, *MESSAGE.lines, *MESSAGE.below, MESSAGE.link))


@pytest.mark.parametrize("provider, code", [("dingtalk", "310000"), ("feishu", "19021")])
def test_a_wrong_secret_and_a_wrong_clock_are_security_settings_that_do_not_fit(
    provider: str, code: str, fake: Robots, post: Post
) -> None:
    robot = ROBOTS[provider]
    wrong = Robot.model_validate({"name": "a", "webhook": robot.webhook.get_secret_value(), "secret": "wrong"})
    assert robots.send(wrong, MESSAGE, AT, post) == Outcome("security", code)
    assert robots.send(robot, MESSAGE, AT + timedelta(hours=2), post) == Outcome("security", code)
    assert fake.taken == []


@pytest.mark.parametrize("provider, code", [("dingtalk", "410100"), ("wecom", "45009"), ("feishu", "11232")])
def test_the_limit_of_a_provider_is_told_from_other_faults(provider: str, code: str, fake: Robots, post: Post) -> None:
    for _ in range(20):
        assert robots.send(ROBOTS[provider], MESSAGE, AT, post).is_sent
    assert robots.send(ROBOTS[provider], MESSAGE, AT, post) == Outcome("too_often", code)


def test_a_robot_that_is_gone_is_named_as_such(fake: Robots, post: Post) -> None:
    gone = Robot.model_validate({"name": "b", "webhook": WECOM.replace("693a", "0000")})
    assert robots.send(gone, MESSAGE, AT, post) == Outcome("gone", "93000")


@pytest.mark.parametrize("provider", ROBOTS)
def test_a_long_message_is_cut_at_its_lines_to_what_a_provider_takes(provider: str, fake: Robots, post: Post) -> None:
    lines = tuple(f"{200 - number} 名骑手反映 {'很长的名字' * 7}{number} 未开门" for number in range(200))
    assert robots.send(ROBOTS[provider], MESSAGE._replace(lines=lines), AT, post).is_sent
    shown = fake.text().splitlines()
    kept = sum(line in lines for line in shown)
    assert shown[1 : 1 + kept] == list(lines[:kept])
    assert shown[1 + kept :] == [f"另有 {200 - kept} 处", *MESSAGE.below, MESSAGE.link]
    assert kept == 20 if provider != "wecom" else 10 < kept < 20
    room = 2_048 - len(fake.text().encode())
    assert provider != "wecom" or 0 <= room < len(lines[0].encode()) + 1


def test_a_message_of_nothing_but_its_frame_is_never_cut() -> None:
    assert fitted(MESSAGE, 1, "zh").lines == ("另有 1 处",)
    assert fitted(MESSAGE._replace(lines=()), 1, "zh") == MESSAGE._replace(lines=())


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"{}", ("refused", "HTTP 200")),
        (200, b"<html>captive portal</html>", ("refused", "HTTP 200")),
        (200, b'{"errcode": "0"}', ("refused", "HTTP 200")),
        (200, b'{"errcode": 40035}', ("refused", "40035")),
        (429, b"", ("too_often", "HTTP 429")),
        (502, b"", ("unreachable", "HTTP 502")),
        (403, b"", ("refused", "HTTP 403")),
        (400, b'{"errcode": 45009}', ("too_often", "45009")),
        (200, b'{"errcode": 0}' + b" " * 100_000, ("refused", "HTTP 200")),
    ],
)
def test_whatever_a_robot_answers_is_an_outcome(
    status: int, body: bytes, outcome: tuple[Reason, str], fake: Robots, post: Post
) -> None:
    fake.answers = [(status, body)]
    assert robots.send(ROBOTS["wecom"], MESSAGE, AT, post) == Outcome(*outcome)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status: int, fake: Robots, post: Post) -> None:
    fake.answers, fake.headers = [(status, b"")], {"Location": "https://oapi.dingtalk.com/other"}
    assert robots.send(ROBOTS["wecom"], MESSAGE, AT, post) == Outcome("refused", f"HTTP {status}")
    assert fake.asked == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/robot/send", "http://oapi.dingtalk.com/robot/send", "https://oapi.dingtalk.com:8443/",
        "https://x@oapi.dingtalk.com/", "https://127.0.0.1/", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_nothing_is_sent_to_another_host(address: str, post: Post, fake: Robots) -> None:
    with pytest.raises(ValueError, match="may be asked"):
        post(address, b"{}")
    assert fake.asked == 0


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(fake: Robots) -> None:
    distrusting = poster(fake.opener(trusting("somebody.example.org")))
    assert robots.send(ROBOTS["wecom"], MESSAGE, AT, distrusting) == Outcome("untrusted")
    assert fake.asked == 0


def test_nobody_there_and_an_answer_that_never_ends_are_outcomes(fake: Robots, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https_json, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(https_json, "WHOLE_S", 0.2)
    lost = Robots()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        lost.port = silent.getsockname()[1]
        assert poster(lost.opener())(WECOM, b"{}") == Outcome("unreachable")  # it says nothing
    assert poster(lost.opener())(WECOM, b"{}") == Outcome("unreachable")  # it is gone
    with socket.create_server(("127.0.0.1", 0)) as slow:
        lost.port = slow.getsockname()[1]
        thread = Thread(target=dripping, args=(slow, 200, 0.02))
        thread.start()
        assert poster(lost.opener())(WECOM, b"{}") == Outcome("unreachable")
        thread.join()


def test_an_answer_is_what_the_other_side_says(fake: Robots, post: Post) -> None:
    fake.answers = [(200, b'{"errcode": 7}'), (200, b"[]")]
    assert post(WECOM, b"{}") == Answer(200, {"errcode": 7})
    assert post(WECOM, b"{}") == Answer(200, {})


def test_pauses_grow_and_those_after_limits_are_longer_than_a_block() -> None:
    minutes = [pause_after(Outcome("unreachable"), failures).total_seconds() / 60 for failures in range(1, 12)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert pause_after(Outcome("too_often"), 1) == PAUSE_OF_LIMITS > timedelta(minutes=10)
    assert pause_after(Outcome("too_often"), 2) == 2 * PAUSE_OF_LIMITS
    assert pause_after(Outcome("gone"), 10**9) == LONGEST_PAUSE


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as fake:
        yield fake


def test_an_e_mail_goes_out_only_after_tls_and_says_what_a_message_says(server: MailServer) -> None:
    outcome = mail.send(mailbox(server.port), MESSAGE, AT, trusting("localhost"))
    assert outcome == Outcome("sent")
    assert server.plain_commands == ["EHLO", "STAR"]
    assert server.signed_in == ["stations"]
    ((recipients, data),) = server.taken
    parsed = message_from_bytes(data, policy=default)
    assert recipients == ["li@example.org", "wang@example.org"]
    assert (parsed["Subject"], parsed["Auto-Submitted"]) == (MESSAGE.title, "auto-generated")
    assert parsed["To"] == "li@example.org, wang@example.org"
    assert parsed["Message-ID"].endswith("@example.org>")
    assert parsed.get_content().splitlines() == MESSAGE.text().splitlines()


def test_a_mail_server_may_speak_tls_from_the_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(direct=True) as server:
        monkeypatch.setattr(mail, "DIRECT_TLS_PORT", server.port)
        assert mail.send(mailbox(server.port), MESSAGE, AT, trusting("localhost")) == Outcome("sent")
    assert len(server.taken) == 1


def test_without_tls_or_with_a_strange_certificate_no_password_is_sent(server: MailServer) -> None:
    assert mail.send(mailbox(server.port), MESSAGE, AT) == Outcome("untrusted")  # nobody of this machine vouches for it
    server.offers_tls = False
    assert mail.send(mailbox(server.port), MESSAGE, AT, trusting("localhost")) == Outcome("untrusted")
    assert (server.signed_in, server.taken) == ([], [])
    assert "AUTH" not in server.plain_commands


@pytest.mark.parametrize(
    ("given", "says", "outcome"),
    [
        ({"password": "wrong"}, {}, ("sign_in", "535")),
        ({"recipients": ["nobody@example.org"]}, {}, ("recipients", "")),
        ({"recipients": ["nobody@example.org", "li@example.org"]}, {}, ("sent", "1/2")),
        ({}, {"MAIL": "553 not yours"}, ("recipients", "553")),
        ({}, {"DATA": "554 spam"}, ("refused", "554")),
        ({}, {"STAR": "454 not now"}, ("refused", "454")),
        ({}, {"QUIT": "500 stay"}, ("sent", "")),
    ],
)
def test_whatever_a_mail_server_says_is_an_outcome(
    given: dict[str, object], says: dict[str, str], outcome: tuple[Reason, str], server: MailServer
) -> None:
    server.says = says
    assert mail.send(mailbox(server.port, **given), MESSAGE, AT, trusting("localhost")) == Outcome(*outcome)


def test_a_mail_server_that_is_not_there_is_an_outcome() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert mail.send(mailbox(port), MESSAGE, AT, trusting("localhost")) == Outcome("unreachable")


def test_all_hosts_are_of_providers() -> None:
    assert set(HOSTS) == {"oapi.dingtalk.com", "qyapi.weixin.qq.com", "open.feishu.cn", "open.larksuite.com"}
