"""`stationmap notify`, as whoever runs the server types it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stationmap import https_json
from stationmap.cli import command
from stationmap.settings import Settings
from stationmap.storage import notifications
from stationmap.storage.database import Database
from stationmap.storage.notifications import Progress
from stationmap.storage.reports import registry_key
from tests.channels import DINGTALK, SECRET, TOKEN, WECOM, Robots, robots

Run = Callable[..., Result]
FILE = f"""
[[robot]]
name = "值班群"
webhook = "{DINGTALK}"
secret = "{SECRET}"
[[robot]]
name = "gone"
webhook = "{WECOM.replace("693a", "0000")}"
"""


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robots]:
    with robots() as running:
        monkeypatch.setattr(https_json, "opener", running.opener)
        yield running


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: Robots) -> Run:
    path = tmp_path / "channels.toml"
    path.write_text(FILE, "utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("STATIONMAP_NOTIFY_FILE", str(path))
    monkeypatch.setenv("STATIONMAP_NOTIFY_EVERY_MIN", "15")
    return lambda *arguments: CliRunner().invoke(command, ["notify", *arguments])


def test_a_test_says_of_each_channel_what_became_of_it(run: Run, fake: Robots) -> None:
    done = run("test")
    assert done.exit_code == 1
    assert [line[:1] for line in done.output.splitlines()] == ["✓", "✗"]
    assert "值班群 · 钉钉机器人 DingTalk robot: 已送达 delivered" in done.output
    assert "copy its webhook address again (93000)" in done.output
    assert "测试" in fake.text() and "每 15 分钟" in fake.text()
    assert len(fake.taken) == 1
    assert not [secret for secret in (SECRET, TOKEN, "203.0.113.9") if secret in done.output]


def test_a_test_of_one_channel_goes_to_no_other(run: Run, fake: Robots) -> None:
    done = run("test", "--channel", "值班群", "--json")
    assert done.exit_code == 0
    assert json.loads(done.output) == [
        {"channel": "值班群", "kind": "dingtalk", "sent": True, "reason": "sent", "detail": ""}
    ]
    assert fake.asked == 1
    unknown = run("test", "--channel", "nobody")
    assert unknown.exit_code == 2 and "no such channel: nobody; 值班群, gone" in unknown.output
    assert fake.asked == 1


def test_without_a_file_or_with_a_bad_one_the_command_says_what_to_do(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "channels.toml").write_text(f'{FILE}\n[[email]]\nname = "a"\npasswort = "{SECRET}"', "utf-8")
    done = run("test")
    assert done.exit_code == 1
    assert [line.partition(" ")[2].partition(":")[0] for line in done.output.splitlines()[1:]] == [
        "[[email]] 1", "[[email]] 1", "[[email]] 1",
    ]  # fmt: skip
    assert SECRET not in done.output and "Traceback" not in done.output
    monkeypatch.delenv("STATIONMAP_NOTIFY_FILE")
    done = run("test")
    assert (done.exit_code, "STATIONMAP_NOTIFY_FILE" in done.output) == (1, True)


def test_doctor_looks_at_the_file_of_channels_and_at_what_does_not_go_out(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path / "data"))

    def verdicts() -> dict[str, str]:
        done = CliRunner().invoke(command, ["doctor", "--json"])
        found = {each["what"].partition(" ")[0]: each for each in json.loads(done.output)}
        assert SECRET not in done.output
        return {name: found[name]["verdict"] for name in ("设置", "通知")}

    assert verdicts() == {"设置": "ok", "通知": "ok"}
    note_failures(tmp_path / "data", "gone", 3)
    assert verdicts() == {"设置": "ok", "通知": "warning"}
    (tmp_path / "channels.toml").chmod(0o644)
    assert verdicts() == {"设置": "error", "通知": "error"}


AT = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


def note_failures(folder: Path, channel: str, failures: int) -> None:
    """Note that sending to a channel failed so often in a row."""
    path = registry_key(Settings())
    with closing(Database.in_folder(folder)) as database, database.writing() as connection:
        claimed = notifications.claim(connection, path, channel, at=AT)
        assert claimed
        then = Progress(AT, failures, AT + timedelta(minutes=4))
        notifications.settle(connection, path, channel, claimed=claimed, then=then)


def test_a_list_says_how_far_each_channel_is_and_makes_no_database(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path / "data"))
    assert "not begun" in run("list").output and not (tmp_path / "data").exists()
    note_failures(tmp_path / "data", "gone", 3)
    lines = run("list").output.splitlines()
    assert "not begun" in lines[0]
    assert lines[1].endswith("sent until 2026-11-30 10:00, 下次 next 2026-11-30 10:04, 连续失败 failures in a row: 3")
    assert json.loads(run("list", "--json").output) == [
        {"channel": "值班群", "kind": "dingtalk", "sent_until": None, "failures": None, "next_at": None},
        {
            "channel": "gone",
            "kind": "wecom",
            "sent_until": "2026-11-30T02:00:00+00:00",
            "failures": 3,
            "next_at": "2026-11-30T02:04:00+00:00",
        },
    ]
