"""Jobs of the audit live in the database: any process answers for them, and says where one was lost."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Event
from typing import Any

import pytest

from stationmap.audit.inputs.supply import Requirements
from stationmap.audit.studies.question import StudyQuestion
from stationmap.errors import EnoughError, InvalidAuditError, ProgressCallback
from stationmap.hours.opening_hours import ZONE
from stationmap.storage import jobs as stored_jobs
from stationmap.storage.database import Database
from stationmap.storage.jobs import KEPT, MAX_OPEN, MAX_TAKEN, SILENCE
from stationmap.web.audit import jobs as audit_jobs
from stationmap.web.audit.computations import MAX_BYTES, Answer, ComputationQueue, QueueFullError, Work
from stationmap.web.audit.jobs import Jobs, summary
from stationmap.web.audit.tasks import Task, task_of, task_text
from stationmap.web.sized_cache import SizedCache

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PATIENCE_S = 60


def wait_for(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it does not come to pass"
        time.sleep(0.02)


def queue(**limits: Any) -> ComputationQueue:
    return ComputationQueue(SizedCache(MAX_BYTES), **{"limit_s": float(PATIENCE_S), **limits})


def an_answer(tell: ProgressCallback) -> Answer:
    tell(0.5, "")
    return Answer(gzip.compress(b"{}"), "application/json")


@pytest.fixture
def jobs_of(open_database: Callable[[], Database]) -> Iterator[Callable[..., Jobs]]:
    """Make the jobs of a process; all that a test makes share one database."""
    opened = cache(open_database)
    made: list[Jobs] = []

    def of_a_process(**limits: Any) -> Jobs:
        made.append(Jobs(opened, queue(**limits), lambda: NOW))
        return made[-1]

    yield of_a_process
    for each in made:  # nothing writes into a database that is gone
        for job_id in list(each._own):
            each.cancel(job_id)
        wait_for(lambda: each._thread is None)  # noqa: B023 - waited for at once


def begin(jobs: Jobs, key: Hashable, work: Work, *, owner: str = "a", most: int = 8) -> str:
    return jobs.begin("gaps", key, work, owner=owner, most=most).id


def status(jobs: Jobs, job_id: str) -> str | None:
    found = jobs.find(job_id)
    return found and found.status


def document(jobs: Jobs, job_id: str) -> Any:
    found = jobs.result(job_id)
    return found and json.loads(gzip.decompress(found.document))


def test_a_running_job_ends_at_the_next_word_after_it_was_cancelled_by_whichever_process(
    jobs_of: Callable[..., Jobs],
) -> None:
    jobs, other = jobs_of(), jobs_of()
    ended_at = Event()

    def work(tell: ProgressCallback) -> Answer:
        try:
            while True:
                tell(0.5, "greedy")
                time.sleep(0.001)
        finally:
            ended_at.set()

    job_id = begin(jobs, "asked", work)
    wait_for(lambda: status(other, job_id) == "running")
    assert {"progress": 0.5, "phase": "greedy"}.items() <= summary(other.find(job_id)).items()
    assert other.cancel(job_id)
    assert ended_at.wait(PATIENCE_S)
    assert jobs.find(job_id) is None and jobs.result(job_id) is None and not jobs.cancel(job_id)


def test_work_goes_on_while_one_of_those_who_want_it_waits(jobs_of: Callable[..., Jobs]) -> None:
    jobs, go, done = jobs_of(), Event(), []

    def work(tell: ProgressCallback) -> Answer:
        done.append(1)
        while not go.wait(0.001):
            tell(0.5, "")
        return an_answer(tell)

    first, second = (begin(jobs, "the same", work) for _ in range(2))
    assert first != second
    wait_for(lambda: done)
    jobs.cancel(first)
    go.set()
    wait_for(lambda: status(jobs, second) == "done")
    third = begin(jobs, "the same", work)
    wait_for(lambda: status(jobs, third) == "done")
    assert len(done) == 1
    found = [document(jobs, each) for each in (second, third)]
    assert [(each["id"], each["status"], each["result"]) for each in found] == [
        (each, "done", {}) for each in (second, third)
    ]


def ever_better(tell: ProgressCallback) -> Answer:
    """Search on until what was found is enough, and answer with how it ended."""
    try:
        while True:
            tell(0.5, "search")
            time.sleep(0.001)
    except EnoughError:
        return Answer(gzip.compress(b'{"is": "the best so far"}'), "application/json", b"a proposal")


def test_a_job_ends_with_the_best_so_far_by_whichever_process_that_is_asked_for(jobs_of: Callable[..., Jobs]) -> None:
    jobs, other = jobs_of(), jobs_of()
    job_id = begin(jobs, "asked", ever_better)
    wait_for(lambda: status(other, job_id) == "running")
    other.want_now(job_id)
    wait_for(lambda: status(other, job_id) == "done")
    assert document(other, job_id)["result"] == {"is": "the best so far"}
    assert other.result(job_id).proposal == b"a proposal"


def test_what_was_enough_for_one_is_not_the_answer_to_another_who_asks_later(jobs_of: Callable[..., Jobs]) -> None:
    jobs = jobs_of()
    first = begin(jobs, "asked", ever_better)
    wait_for(lambda: status(jobs, first) == "running")
    jobs.want_now(first)
    wait_for(lambda: status(jobs, first) == "done")
    later = begin(jobs, "asked", an_answer)
    wait_for(lambda: status(jobs, later) == "done")
    assert document(jobs, later)["result"] == {}


def test_a_job_that_still_waits_ends_with_what_it_finds_first(jobs_of: Callable[..., Jobs]) -> None:
    jobs, go = jobs_of(), Event()
    before = begin(jobs, "before", lambda tell: go.wait(PATIENCE_S) and an_answer(tell))
    job_id = begin(jobs, "asked", ever_better)
    jobs.want_now(job_id)
    go.set()
    wait_for(lambda: status(jobs, before) == status(jobs, job_id) == "done")


def test_work_goes_on_until_all_who_want_it_have_enough(jobs_of: Callable[..., Jobs]) -> None:
    jobs, other = jobs_of(), jobs_of()
    first, second = (begin(jobs, "the same", ever_better) for _ in range(2))
    wait_for(lambda: status(jobs, second) == "running")
    other.want_now(first)
    jobs._look(dict(jobs._own))
    jobs._look(dict(jobs._own))
    assert status(jobs, first) == status(jobs, second) == "running"
    other.cancel(second)
    wait_for(lambda: status(jobs, first) == "done")


def test_jobs_of_a_process_run_one_at_a_time_and_only_so_many_wait(jobs_of: Callable[..., Jobs]) -> None:
    jobs, go, running = jobs_of(max_waiting=2), Event(), []

    def work(tell: ProgressCallback) -> Answer:
        running.append(1)
        go.wait(PATIENCE_S)
        return an_answer(tell)

    first, second = begin(jobs, 1, work), begin(jobs, 2, work)
    with pytest.raises(QueueFullError):
        begin(jobs, 3, work)
    wait_for(lambda: running)
    assert status(jobs, second) == "waiting"
    go.set()
    wait_for(lambda: status(jobs, first) == status(jobs, second) == "done")


def test_nobody_takes_all_jobs_of_all_processes(jobs_of: Callable[..., Jobs]) -> None:
    go = Event()

    def work(tell: ProgressCallback) -> Answer:
        go.wait(PATIENCE_S)
        return an_answer(tell)

    one, two = jobs_of(), jobs_of()
    for number in range(3):
        begin((one, two)[number % 2], number, work, most=3)
    with pytest.raises(QueueFullError, match="You have 3 jobs at work"):
        begin(two, 3, work, most=3)
    for number in range(MAX_OPEN - 3):
        begin(one, 10 + number, work, owner="b")
    with pytest.raises(QueueFullError):
        begin(two, 20, work, owner="c")
    go.set()


def test_what_takes_longer_than_it_may_fails_and_says_so(jobs_of: Callable[..., Jobs]) -> None:
    jobs = jobs_of(limit_s=0.05)

    def work(tell: ProgressCallback) -> Answer:
        while True:
            tell(0.1, "")

    job_id = begin(jobs, "long", work)
    wait_for(lambda: status(jobs, job_id) == "failed")
    assert "longer" in summary(jobs.find(job_id))["detail"]


def test_a_result_outlasts_its_process_and_is_forgotten_after_a_while(jobs_of: Callable[..., Jobs]) -> None:
    jobs, later = jobs_of(), jobs_of()
    job_id = begin(jobs, 1, an_answer)
    wait_for(lambda: status(jobs, job_id) == "done")
    later._clock = lambda: NOW + KEPT - timedelta(seconds=1)
    assert document(later, job_id)["result"] == {}
    later._clock = lambda: NOW + KEPT
    assert later.find(job_id) is None


def test_a_job_whose_process_ended_is_lost_and_takes_no_place(jobs_of: Callable[..., Jobs]) -> None:
    jobs, later = jobs_of(), jobs_of()
    database = jobs._database()
    with database.writing() as connection:
        ids = [stored_jobs.begin(connection, owner="a", most=8, kind="gaps", worker="x", at=NOW) for _ in range(8)]
    later._clock = lambda: NOW + SILENCE - timedelta(seconds=1)
    assert status(later, ids[0]) == "waiting"
    later._clock = lambda: NOW + SILENCE
    assert status(later, ids[0]) == "lost"
    assert "detail" not in summary(later.find(ids[0]))
    assert begin(later, 1, an_answer)
    assert status(later, ids[7]) == "lost"


def asked_of_a_server_that_ended(jobs: Jobs, *asked: bytes) -> list[str]:
    with jobs._database().writing() as connection:
        about: dict[str, Any] = {"owner": "a", "most": 8, "kind": "gaps", "worker": "ended", "at": NOW}
        return [stored_jobs.begin(connection, asked=each, **about) for each in asked]


def test_a_job_whose_server_ended_is_done_by_one_other_and_whoever_waits_gets_its_result(
    jobs_of: Callable[..., Jobs],
) -> None:
    others, done = [jobs_of(), jobs_of()], []

    def understood(asked: bytes) -> tuple[Hashable, Work]:
        def work(tell: ProgressCallback) -> Answer:
            done.append(asked)
            return an_answer(tell)

        return asked, work

    ids = asked_of_a_server_that_ended(others[0], b"1", b"2", b"3", b"4")
    assert [each.take_over(understood) for each in others] == [0, 0]  # it may only be slow
    for each in others:
        each._clock = lambda: NOW + SILENCE
    assert {status(others[0], each) for each in ids} == {"waiting"}
    assert sum(each.take_over(understood) for each in others) == 4
    for job_id in ids:
        wait_for(lambda job_id=job_id: status(others[1], job_id) == "done")  # type: ignore[misc]
        assert document(others[0], job_id)["result"] == {}
    assert sorted(done) == [b"1", b"2", b"3", b"4"]


def test_a_server_that_wakes_up_again_leaves_what_another_has_taken_over(jobs_of: Callable[..., Jobs]) -> None:
    slow, other, go = jobs_of(), jobs_of(), Event()

    def work(tell: ProgressCallback) -> Answer:
        go.wait(PATIENCE_S)
        return an_answer(tell)

    job_id = slow.begin("gaps", 1, work, owner="a", most=8, asked=b"1").id
    wait_for(lambda: status(slow, job_id) == "running")
    other._clock = lambda: NOW + SILENCE
    assert other.take_over(lambda asked: (asked, an_answer)) == 1
    wait_for(lambda: status(other, job_id) == "done")
    wait_for(lambda: not slow._own)
    go.set()
    assert document(slow, job_id)["result"] == {}


def test_what_ended_three_servers_is_lost_and_what_nobody_understands_fails(jobs_of: Callable[..., Jobs]) -> None:
    jobs, ended = jobs_of(), []
    (job_id,) = asked_of_a_server_that_ended(jobs, b"deadly")
    for number in range(1, MAX_TAKEN + 1):
        with jobs._database().writing() as connection:
            ended.append(stored_jobs.take_over(connection, f"ended {number}", NOW + number * SILENCE))
    assert all(ended)
    jobs._clock = lambda: NOW + (MAX_TAKEN + 1) * SILENCE
    assert jobs.take_over(lambda asked: (asked, an_answer)) == 0
    assert status(jobs, job_id) == "lost"

    def of_another_program(asked: bytes) -> tuple[Hashable, Work]:
        raise ValueError

    jobs._clock = lambda: NOW + SILENCE
    (job_id,) = asked_of_a_server_that_ended(jobs, b"?")
    assert jobs.take_over(of_another_program) == 0
    assert status(jobs, job_id) == "failed"


def test_of_many_servers_each_silent_job_is_claimed_by_one(jobs_of: Callable[..., Jobs]) -> None:
    jobs = jobs_of()
    ids = asked_of_a_server_that_ended(jobs, *(b"%d" % number for number in range(8)))

    def claim(worker: int) -> list[str]:
        found = []
        while True:
            with jobs._database().writing() as connection:
                taken = stored_jobs.take_over(connection, f"worker {worker}", NOW + SILENCE)
            if taken is None:
                return found
            found.append(taken.job.id)

    with ThreadPoolExecutor(4) as pool:
        claimed = [each for found in pool.map(claim, range(4)) for each in found]
    assert sorted(claimed) == sorted(ids)


def test_a_task_is_the_same_after_it_was_kept_as_text() -> None:
    moment = datetime(2026, 11, 23, 2, 0, tzinfo=ZONE)
    asked = StudyQuestion.of_day(moment.date(), requirements=Requirements(frozenset({"carnation"})), at=moment)
    for task in (
        Task("gaps", StudyQuestion()),
        Task("sites", asked, (("n", 12), ("objective", "set_cover"), ("share", 0.9))),
        Task("gaps", StudyQuestion.of_day(moment.date(), by="network", minutes=7.5)),
    ):
        again = task_of(task_text(task))
        assert again == task and hash(again) == hash(task)


def test_results_are_bounded_in_number_and_bytes(jobs_of: Callable[..., Jobs], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_jobs, "MAX_RESULTS", 4)
    monkeypatch.setattr(stored_jobs, "MAX_BYTES", 3 * 130)
    jobs = jobs_of()
    ids = []
    for number in range(6):
        jobs._clock = lambda: NOW + timedelta(seconds=len(ids))
        ids.append(begin(jobs, number, an_answer))
        wait_for(lambda: status(jobs, ids[-1]) == "done")
    sizes = [found.size for each in ids if (found := jobs.result(each))]
    assert 1 <= len(sizes) <= 3 and sum(sizes) <= 3 * 130
    monkeypatch.setattr(audit_jobs, "MAX_RESULT_BYTES", 10)
    large = begin(jobs, "large", an_answer)
    wait_for(lambda: status(jobs, large) == "failed")
    assert "larger than results may" in summary(jobs.find(large))["detail"]


def test_answers_are_bounded_in_bytes() -> None:
    results = SizedCache[Answer](1_000)
    for number in range(20):
        results.put(number, Answer(b"x" * 300, "application/json"))
        assert results.bytes <= 1_000
    assert results.get(19) and results.get(0) is None


def test_a_job_that_fails_says_only_what_is_meant_for_its_reader(jobs_of: Callable[..., Jobs]) -> None:
    def refused(tell: ProgressCallback) -> Answer:
        raise InvalidAuditError("a share is at most 1")

    def broken(tell: ProgressCallback) -> Answer:
        raise ZeroDivisionError("secret")

    jobs = jobs_of()
    ones = [begin(jobs, 1, refused), begin(jobs, 2, broken)]
    wait_for(lambda: [status(jobs, one) for one in ones] == ["failed", "failed"])
    assert [summary(jobs.find(one))["detail"] for one in ones] == ["a share is at most 1", None]
