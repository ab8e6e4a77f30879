"""Digests: what they say of new reports, on which channel when, by one process, neither twice nor not at all."""

from __future__ import annotations

import logging
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from stationmap.hours.opening_hours import ZONE
from stationmap.notify.channels import Channel, Robot
from stationmap.notify.digest import MAX_NAME_CHARS, digest, inert
from stationmap.notify.message import Message
from stationmap.notify.outcome import Outcome
from stationmap.notify.sender import SETTLING, DigestSender
from stationmap.registry.registry import Registry, dumps
from stationmap.reports.model import KINDS, Decision, Kind, Posted, Report
from stationmap.storage import notifications
from stationmap.storage.database import Database
from stationmap.storage.notifications import CLAIMED, REOPENED, NewReports
from stationmap.storage.reports import accepting, deciding
from tests.apps import registry_of
from tests.channels import DINGTALK, SECRET, WECOM
from tests.journaling import one

AT = datetime(2026, 11, 30, 10, 0, tzinfo=ZONE)
EVERY = timedelta(minutes=30)
PATH, PAGE = "/srv/stations.geojson", "https://stations.example.org/staff/reports"
GROUP = Robot.model_validate({"name": "值班群", "webhook": DINGTALK, "secret": SECRET})
OTHER = Robot.model_validate({"name": "另一群", "webhook": WECOM, "language": "en"})
REGISTRY = registry_of([one("a", name="甲驿站"), one("b", name="乙驿站")])
SAID = "我的电话是 13812345678, 车牌苏C12345"


class World:
    """What sends on a server, the reports it gets, and what channels answer; the clock moves when a test moves it."""

    def __init__(self, database: Database) -> None:
        self.database, self.at, self.registry = database, AT, REGISTRY
        self.sent: list[tuple[str, Message]] = []
        self.answers: list[Outcome] = []
        self.reported = 0

    def sender(self, path: str = PATH) -> DigestSender:
        return DigestSender(self.database, path, EVERY, PAGE, self.send, lambda: self.at)

    def send(self, channel: Channel, message: Message, _at: datetime) -> Outcome:
        answer = self.answers.pop(0) if self.answers else Outcome("sent")
        if answer.is_sent:
            self.sent.append((channel.name, message))
        return answer

    def go(self, channels: tuple[Channel, ...] = (GROUP,), *, later: timedelta = timedelta()) -> list[str]:
        """Let time pass, look at the channels, and return the lines of what was sent."""
        self.at += later
        before = len(self.sent)
        for channel in channels:
            self.sender().serve(channel, self.registry)
        return [line for _, message in self.sent[before:] for line in message.lines]

    def report(
        self, station_id: str, device: str, kind: Kind = "locked", *, posted: Posted = "open", path: str = PATH,
        after: timedelta = timedelta(minutes=1),
    ) -> str:  # fmt: skip
        self.reported += 1
        received_at = self.at + after
        report = Report(
            f"{self.reported:036}", station_id, kind, (), SAID, received_at, received_at, posted,
            kind == "locked", device, (117.123456, 34.123456) if kind == "wrong_place" else None, "r",
        )  # fmt: skip
        digests = {"body_digest": "b", "code_digest": f"c{self.reported}"}
        with self.database.writing() as connection:
            accepting.keep(connection, path, report, **digests, contact="13912345678")
        return report.id

    def decide(self, report_id: str, decision: Decision) -> None:
        with self.database.writing() as connection:
            deciding.decide(connection, [report_id], decision, by="li", at=self.at)


@pytest.fixture
def world(database: Database) -> World:
    made = World(database)
    assert made.go() == []  # the channel begins here
    return made


def new(station_id: str, kind: str, reports: int, devices: int, *, days: int = 1) -> NewReports:
    return NewReports(station_id, kind, reports, devices, AT - timedelta(days=days - 1), AT)


def message_of(*found: NewReports, registry: Registry = REGISTRY, page: str = PAGE, language: str = "zh") -> Message:
    made = digest(found, registry, since=AT - EVERY, until=AT, page=page, language=language)
    assert made is not None
    return made


def test_a_digest_counts_by_station_and_kind_those_with_most_riders_first() -> None:
    made = message_of(
        new("b", "lacks", 4, 1), new("a", "locked", 3, 3), new("b", "open", 2, 2), new("b", "locked", 1, 1)
    )
    assert made.text().splitlines() == [
        "劳动者服务站：骑手反馈（11-30 09:30 至 11-30 10:00）",
        "3 名骑手反映 甲驿站 未开门",
        "1 名骑手反映 乙驿站 缺东西",
        "1 名骑手反映 乙驿站 未开门",
        "另有 2 条说“开着，没问题”",
        "详情与处理：",
        PAGE,
    ]
    english = message_of(new("a", "locked", 3, 3), language="en").text().splitlines()
    assert english[1] == "甲驿站 was locked (riders: 3)"


def test_over_several_days_reports_are_counted_as_one_device_is_another_every_day() -> None:
    assert message_of(new("a", "locked", 5, 4, days=2)).lines == ("5 条反馈：甲驿站 未开门",)


def test_of_a_demonstration_registry_a_digest_says_so_and_without_an_address_it_has_no_link() -> None:
    demo = registry_of(REGISTRY.stations, demo=True)
    made = message_of(new("a", "gone", 1, 1), registry=demo, page="")
    assert made.title.startswith("【演示数据】")
    assert made.text().splitlines()[-1] == "请登录维护页面处理。"


def test_where_riders_only_confirm_nobody_is_called() -> None:
    assert digest([new("a", "open", 9, 9)], REGISTRY, since=AT, until=AT, page="", language="zh") is None
    assert digest([], REGISTRY, since=AT, until=AT, page="", language="zh") is None


@pytest.mark.parametrize("kind", [*KINDS, REOPENED])
def test_every_kind_has_its_words(kind: str) -> None:
    if kind != "open":
        assert not message_of(new("a", kind, 1, 1)).lines[0].endswith(kind)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('<at user_id="all">所有人</at>', '＜at user_id="all"＞所有人＜/at＞'),
        ("@all @13812345678", "＠all ＠13812345678"),
        ("甲\n【紧急】\r\n\u202e假的\x00", "甲 【紧急】 假的"),
        ("{count}{what}", "{count}{what}"),
        ("长" * 100, "长" * (MAX_NAME_CHARS - 1) + "…"),
    ],
)
def test_a_name_means_nothing_to_what_shows_it(name: str, shown: str) -> None:
    assert inert(name) == shown
    assert message_of(new("a", "other", 1, 1), registry=registry_of([one("a", name=name)])).lines == (
        f"1 名骑手反映 {shown} 有其他问题",
    )


def test_a_station_that_is_gone_from_the_registry_is_called_by_its_id() -> None:
    assert message_of(new("zz<1>", "locked", 1, 1)).lines == ("1 名骑手反映 zz＜1＞ 未开门",)


def test_what_is_new_goes_out_once_every_so_many_minutes(world: World) -> None:
    for device in ("x", "y", "y", "z"):
        world.report("a", device)
    assert world.go(later=EVERY - timedelta(seconds=1)) == []  # not due
    assert world.go(later=timedelta(seconds=1)) == ["3 名骑手反映 甲驿站 未开门"]
    assert world.go() == world.go(later=EVERY) == []
    world.report("b", "x", "no_entry")
    assert world.go(later=EVERY) == ["1 名骑手反映 乙驿站 进不去"]


def test_what_was_reported_before_a_channel_was_there_is_no_news_on_it(world: World) -> None:
    world.report("a", "x")
    assert world.go((GROUP, OTHER), later=EVERY) == ["1 名骑手反映 甲驿站 未开门"]
    world.report("b", "x")
    assert world.go((GROUP, OTHER), later=EVERY) == ["1 名骑手反映 乙驿站 未开门", "乙驿站 was locked (riders: 1)"]


def test_a_clock_that_was_ahead_keeps_no_channel_silent_for_years(world: World) -> None:
    world.go(later=timedelta(days=3_650))
    world.at -= timedelta(days=3_650)
    assert world.go() == []
    world.report("a", "x")
    assert world.go(later=EVERY) == ["1 名骑手反映 甲驿站 未开门"]


def test_what_may_still_be_on_its_way_waits_for_the_next_digest_and_is_not_lost(world: World) -> None:
    world.at += EVERY
    world.report("a", "x", after=-SETTLING / 2)
    assert world.go() == []
    assert world.go(later=EVERY) == ["1 名骑手反映 甲驿站 未开门"]


def test_what_staff_decided_and_doors_locked_outside_hours_are_no_news(world: World) -> None:
    world.decide(world.report("a", "x"), Decision("triaged"))
    world.decide(world.report("a", "x", "gone"), Decision("rejected", "", "not_so"))
    world.report("a", "x", posted="closed")
    world.report("b", "x", posted="unknown")
    assert world.go(later=EVERY) == ["1 名骑手反映 乙驿站 未开门"]


def test_what_a_rider_opens_again_is_news(world: World) -> None:
    known = world.report("a", "x", "lacks")
    assert world.go(later=EVERY) == ["1 名骑手反映 甲驿站 缺东西"]
    world.decide(known, Decision("fixed", "已修好"))
    with world.database.writing() as connection:
        assert deciding.reopen(connection, known, note="还没好 13812345678", at=world.at + timedelta(minutes=1))
    assert world.go(later=EVERY) == ["1 名骑手反映 甲驿站 还没好"]
    assert world.go(later=EVERY) == []


def test_reports_of_another_registry_in_the_same_database_are_nobody_s_business_here(world: World) -> None:
    world.report("a", "x", path="/srv/other.geojson")
    assert world.go(later=EVERY) == []
    world.report("a", "x")
    world.sender("/srv/other.geojson").serve(GROUP, world.registry)  # begins there, and takes nothing away here
    assert world.go(later=EVERY) == ["1 名骑手反映 甲驿站 未开门"]


def test_a_digest_never_holds_what_a_rider_wrote_nor_a_number_a_point_or_a_device(world: World) -> None:
    for kind in KINDS:
        world.report("a", "device-of-somebody", kind)
    assert len(world.go(later=EVERY)) == len(KINDS) - 1
    ((_, message),) = world.sent
    private = re.compile(r"1[0-9]{10}|苏C|117\.1|34\.1|device-of|电话")
    assert not private.search(message.text())


def test_after_failures_a_channel_waits_longer_each_time_and_loses_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "stationmap.notify")
    world.report("a", "x")
    world.answers = [Outcome("unreachable"), Outcome("unreachable"), Outcome("too_often", "410100")]
    assert world.go(later=EVERY) == []
    world.report("a", "y")
    for pause in (1, 2):
        assert world.go(later=timedelta(minutes=pause, seconds=-1)) == []
        assert world.go(later=timedelta(seconds=1)) == []
    assert world.answers == []
    assert world.go(later=timedelta(minutes=43)) == []  # after limits four times eleven
    assert world.go(later=timedelta(minutes=1)) == ["2 名骑手反映 甲驿站 未开门"]
    assert world.go(later=EVERY) == []
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3 + ["INFO"]
    assert not [secret for secret in (SECRET, DINGTALK, "甲驿站") if secret in caplog.text]


def test_a_channel_that_fails_holds_up_no_other(world: World) -> None:
    world.go((GROUP, OTHER))
    world.report("a", "x")
    world.answers = [Outcome("gone", "300001")]
    assert world.go((GROUP, OTHER), later=EVERY) == ["甲驿站 was locked (riders: 1)"]


def test_a_restart_neither_repeats_nor_loses(world: World) -> None:
    world.report("a", "x")
    assert world.go(later=EVERY) == ["1 名骑手反映 甲驿站 未开门"]
    world.report("b", "x")
    again = World(world.database)  # all that a new process knows is in the database
    again.at = world.at
    assert again.go() == []
    assert again.go(later=EVERY) == ["1 名骑手反映 乙驿站 未开门"]


def test_what_a_process_did_not_finish_another_one_sends(world: World) -> None:
    world.report("a", "x")
    world.at += EVERY
    with world.database.writing() as connection:  # it has claimed the channel, and ends before it notes anything
        assert notifications.claim(connection, PATH, GROUP.name, at=world.at)
    assert world.go(later=CLAIMED - timedelta(seconds=1)) == []
    assert world.go(later=timedelta(seconds=1)) == ["1 名骑手反映 甲驿站 未开门"]


def test_a_claim_that_has_ended_notes_nothing(world: World) -> None:
    at = world.at + EVERY
    with world.database.writing() as connection:
        first = notifications.claim(connection, PATH, GROUP.name, at=at)
        second = notifications.claim(connection, PATH, GROUP.name, at=at + CLAIMED)
        assert first and second
        then = first._replace(sent_until=at)
        assert not notifications.settle(connection, PATH, GROUP.name, claimed=first, then=then)
        assert notifications.settle(connection, PATH, GROUP.name, claimed=second, then=then)


def test_of_two_processes_that_look_at_once_one_sends(world: World, open_database: Callable[[], Database]) -> None:
    world.report("a", "x")
    world.at += EVERY
    others = [World(open_database()) for _ in range(2)]
    start = Barrier(2)

    def look(each: World) -> None:
        each.at = world.at
        start.wait()
        each.go()

    threads = [Thread(target=look, args=(each,)) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(each.sent) for each in others) == [0, 1]


PROCESS = """
import os, signal, sys, time
from datetime import datetime, timedelta
from pathlib import Path
from stationmap.notify.channels import Robot
from stationmap.notify.outcome import Outcome
from stationmap.notify.sender import DigestSender
from stationmap.registry.store import load
from stationmap.storage.database import Database

folder, end, at = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])

def send(channel, message, _at):
    with (folder / "sent").open("a", encoding="utf-8") as file:
        file.write(message.lines[0] + "\\n")
    if end == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome("sent")

robot = Robot.model_validate({"name": "值班群", "webhook": sys.argv[4]})
registry = load(folder / "stations.geojson")
database = Database.in_folder(folder)
sender = DigestSender(database, "/srv/stations.geojson", timedelta(minutes=30), "", send, lambda: at)
print("ready", flush=True)
sys.stdin.readline()
sender.serve(robot, registry)
"""


def test_of_real_processes_one_sends_and_what_a_killed_one_left_is_sent_later(tmp_path: Path) -> None:
    (tmp_path / "stations.geojson").write_bytes(dumps(REGISTRY))
    with closing(Database.in_folder(tmp_path)) as database:
        world = World(database)
        world.go()
        world.report("a", "x")
    sent = tmp_path / "sent"

    def start(end: str, later: timedelta) -> subprocess.Popen[str]:
        arguments = (tmp_path, end, (AT + later).isoformat(), DINGTALK)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = subprocess.Popen([sys.executable, "-c", PROCESS, *map(str, arguments)], **pipes)  # type: ignore[call-overload]
        return process  # type: ignore[no-any-return]

    def ended(*processes: subprocess.Popen[str]) -> list[int]:
        for process in processes:
            assert process.stdin and process.stdout and process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=30)
        return [process.returncode for process in processes]

    killed, *others = [start("killed", EVERY), *(start("well", EVERY + CLAIMED) for _ in range(2))]
    assert ended(killed) == [-signal.SIGKILL]
    assert ended(*others) == [0, 0]
    # Once by the one that was killed before it noted it, once by one of the others.
    assert sent.read_text("utf-8").splitlines() == ["1 名骑手反映 甲驿站 未开门"] * 2
