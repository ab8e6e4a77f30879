"""A mirror holds what its source publishes, whatever happened meanwhile; no file of others is written on, none torn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.editing.edits import Edit
from stationmap.editing.headers import MergedHeader
from stationmap.errors import MirrorError
from stationmap.mirror import kept, mirror
from stationmap.mirror.fetching import Fetch, OnBytes, Reply
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry, dumps, parse
from stationmap.storage import backup, journal, restoring
from stationmap.storage.editable_registry import EditableRegistry
from tests.apps import app_over, registry_of
from tests.mirrors import URL, fetch_from, true_copy, update
from tests.staff import Clock, staff_app, state_of
from tests.strategies import station

IDS = ("a", "a-1", "B", "b.2", "z")


class Source:
    """A registry that is served, and changed by another process than the one that serves it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()
        begun = registry_of([station(each, 117.2, 34.2) for each in IDS[:3]])
        self.app = staff_app(folder, begun, clock=self.clock)
        self.database = state_of(self.app).database()
        self.editable = EditableRegistry(folder / "stations.geojson", self.database, clock=self.clock)
        self.backups: list[Path] = []

    @property
    def registry(self) -> Registry:
        return self.editable.settle()

    def put(self, station_id: str, value: int) -> None:
        self.change({station_id: made(station_id, value)})

    def remove(self, station_id: str) -> None:
        self.change({station_id: None})

    def rename(self, station_id: str, other: str, value: int) -> None:
        self.change({station_id: None, other: made(other, value)} if other != station_id else {})

    def change(self, wanted: dict[str, Station | None], header: MergedHeader | None = None) -> None:
        self.clock.at += timedelta(hours=5)
        now = self.registry
        edits = [Edit(each, now.get(each), after) for each, after in wanted.items()]
        self.editable.change(edits, author="王", header=header)

    def say(self, value: int) -> None:
        """Change what the registry says of itself."""
        said = Header.model_validate({"format": 1, "title": f"第 {value} 版", "demo": value % 2 == 0, "kept": value})
        self.change({}, MergedHeader(said, {"other": value}, ()))

    def by_hand(self, station_id: str, value: int) -> None:
        """Let somebody edit the file itself."""
        now = self.registry.with_changes({station_id: made(station_id, value)}, meta=Header(format=1, city=str(value)))
        self.editable.path.write_bytes(dumps(now))
        self.editable.settle()

    def restore(self, value: int) -> None:
        latest = self.editable.head()
        with self.database.reading() as connection:
            entries = journal.entries(connection, latest)
        restoring.restore(self.editable, str(entries[value % len(entries)].seq), author="李")

    def thin(self, days: int) -> None:
        self.clock.at += timedelta(days=days)
        self.editable.settle()
        self.editable.thin()

    def back_up(self) -> None:
        self.backups.append(self.folder / f"{len(self.backups)}.zip")
        with self.backups[-1].open("wb") as file:
            backup.write_backup(self.editable, file, self.clock())

    def put_back(self, value: int) -> None:
        if self.backups:
            backup.put_back(self.backups[value % len(self.backups)], self.editable)


def made(station_id: str, value: int) -> Station:
    """Make a station; of some the file keeps more than is published."""
    extra: dict[str, Any] = {"source_columns": {"备注": value}} if value % 3 == 0 else {}
    known: dict[str, Any] = {"area_m2": value / 7, "facilities": {"toilet": bool(value % 2), "王": True}, **extra}
    return station(station_id, 117 + value / 97, 34.2, phone=f"{value // 3}", **known)


_ID, _VALUE = st.sampled_from(IDS), st.integers(0, 11)
_STEPS = st.one_of(
    st.tuples(st.just("put"), _ID, _VALUE),
    st.tuples(st.just("remove"), _ID),
    st.tuples(st.just("rename"), _ID, _ID, _VALUE),
    st.tuples(st.just("say"), _VALUE),
    st.tuples(st.just("by_hand"), _ID, _VALUE),
    st.tuples(st.just("restore"), _VALUE),
    st.tuples(st.just("thin"), st.sampled_from([3, 60, 100, 200])),
    st.tuples(st.just("back_up")),
    st.tuples(st.just("put_back"), _VALUE),
)
_LOOKS = st.tuples(st.just("look"), st.sampled_from([1, 2, 3, 1_000]), st.lists(_STEPS, max_size=3))


@contextmanager
def source_of(folder: Path) -> Iterator[Source]:
    found = Source(folder)
    with closing(found.editable):
        yield found


def look(source: Source, copy: Path, limit: int, meanwhile: list[tuple[Any, ...]]) -> None:
    """Let a mirror catch up in pages of `limit` while steps are taken between them; then once more in quiet."""
    steps = iter(meanwhile)

    def before(path: str) -> None:
        if "page=" in path and (step := next(steps, None)):
            take(source, step)

    earlier = copy.read_bytes() if copy.exists() else b""
    mirror.update(honest(fetch_from(source.app, before)), URL, copy, limit=limit)
    assert parse(copy.read_bytes()).revision == kept.read(copy).copies[0].published  # type: ignore[union-attr]
    state_of(source.app).refresh()  # or what is fetched as a whole is what the process had seen
    mirror.update(honest(fetch_from(source.app)), URL, copy, limit=limit)
    assert copy.read_bytes() == true_copy(source.registry), earlier


def honest(fetch: Fetch) -> Fetch:
    """Ask for all of it only where changes are not known: told wrongly, they would be made up for by that."""
    status = [410]

    def asked(path: str, headers: Mapping[str, str], max_bytes: int, on_bytes: OnBytes) -> Reply:
        reply = fetch(path, headers, max_bytes, on_bytes)
        assert "changes" in path or status[-1] == 410, "what was told of changes did not lead to what is published"
        status.append(reply.status)
        return reply

    return asked


def take(source: Source, step: tuple[Any, ...]) -> None:
    name, *arguments = step
    getattr(source, name)(*arguments)


@settings(max_examples=30)
@given(st.lists(st.one_of(_STEPS, _STEPS, _LOOKS), min_size=6, max_size=20))
def test_whatever_happened_a_mirror_that_catches_up_equals_its_source(history: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory() as folder, source_of(Path(folder)) as source:
        copy = Path(folder) / "mirror" / "copy.geojson"
        copy.parent.mkdir()
        for name, *arguments in history:
            if name == "look":
                look(source, copy, *arguments)
            else:
                take(source, (name, *arguments))
        look(source, copy, 2, [])


@settings(max_examples=20)
@given(st.lists(_STEPS, max_size=8), st.lists(_STEPS, max_size=4), st.integers(1, 4))
def test_pages_from_the_beginning_are_every_station_of_one_revision_whoever_writes_between_them(
    history: list[tuple[Any, ...]], meanwhile: list[tuple[Any, ...]], limit: int
) -> None:
    with TemporaryDirectory() as folder, source_of(Path(folder)) as source:
        for step in history:
            take(source, step)
        expected, steps = parse(true_copy(source.registry)), iter(meanwhile)
        found: dict[str, Any] = {}
        address = f"/api/v1/changes?after=0&limit={limit}"
        while address:
            page = source.app.test_client().get(address)
            if page.status_code == 410:  # by what was put back, or merged
                return
            found |= {each["id"]: each["station"] for each in page.json["changes"]}
            assert page.json["published"] == expected.revision
            following = [urlsplit(each["href"]) for each in page.json["links"] if each["rel"] == "next"]
            address = f"{following[0].path}?{following[0].query}" if following else ""
            if step := next(steps, None):
                take(source, step)
        assert list(found) == list(expected)
        assert {each: Station.model_validate(kept_) for each, kept_ in found.items()} == dict(expected)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    (tmp_path / "source").mkdir()
    with source_of(tmp_path / "source") as found:
        yield found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.geojson"


def asked_for(source: Source, copy: Path) -> list[str]:
    """Bring a copy up to date, and return what was asked for."""
    asked: list[str] = []
    mirror.update(honest(fetch_from(source.app, asked.append)), URL, copy)
    return [path.partition("?")[0] for path in asked]


def test_the_first_run_fetches_all_of_it_and_later_ones_what_changed(source: Source, copy: Path) -> None:
    first = update(source.app, copy)
    assert first.whole and first.copy.stations == 3 and first.is_changed
    again = update(source.app, copy)
    assert not again.is_changed and not again.whole
    written = copy.stat()
    assert asked_for(source, copy) == ["/api/v1/changes"] and copy.stat() == written
    source.put("a", 3)
    source.remove("B")
    done = update(source.app, copy)
    assert (done.put, done.deleted, done.whole, done.copy.stations) == (1, 1, False, 2)
    assert copy.read_bytes() == true_copy(source.registry)
    assert "source_columns" in source.registry["a"].properties.model_extra  # type: ignore[operator]
    assert b"source_columns" not in copy.read_bytes()


def test_a_mirror_that_missed_a_week_catches_up_exactly_without_all_of_it(source: Source, copy: Path) -> None:
    update(source.app, copy)
    for day in range(7):
        source.put(IDS[day % 5], day)
        source.remove(IDS[(day + 2) % 5])
        source.rename("a", "z", day)
        source.thin(1)
    assert asked_for(source, copy) == ["/api/v1/changes"]
    assert copy.read_bytes() == true_copy(source.registry)


def test_from_a_revision_inside_a_merged_week_all_of_it_is_fetched(source: Source, copy: Path) -> None:
    """A station goes from A to B and back within a week: who saw B would never be told of it again."""
    source.put("a", 1)
    source.put("a", 2)
    state_of(source.app).refresh()
    update(source.app, copy)
    source.put("a", 1)
    source.put("z", 1)  # the latest stays apart
    source.thin(100)
    state_of(source.app).refresh()
    assert asked_for(source, copy) == ["/api/v1/changes", "/api/v1/registry"]
    assert copy.read_bytes() == true_copy(source.registry)


def test_from_before_a_merged_week_what_changed_is_told(source: Source, copy: Path) -> None:
    update(source.app, copy)
    for value in (1, 2, 3):
        source.put("a", value)
    source.thin(100)
    assert asked_for(source, copy) == ["/api/v1/changes"]
    assert copy.read_bytes() == true_copy(source.registry)


def test_equal_numbers_of_a_history_that_was_begun_anew_are_not_believed(source: Source, copy: Path) -> None:
    source.put("a", 1)
    state_of(source.app).refresh()
    update(source.app, copy)
    other = source.folder.parent / "other"
    other.mkdir()
    with source_of(other) as anew:
        anew.put("b.2", 5)  # the same number, and something else
        assert kept.read(copy).copies[0].after == anew.editable.head().seq  # type: ignore[union-attr]
        state_of(anew.app).refresh()
        assert asked_for(anew, copy) == ["/api/v1/changes", "/api/v1/registry"]
        assert copy.read_bytes() == true_copy(anew.registry)


def test_a_copy_newer_than_the_backup_that_was_put_back_is_made_what_the_source_is(source: Source, copy: Path) -> None:
    source.back_up()
    source.put("a", 1)
    state_of(source.app).refresh()
    update(source.app, copy)
    source.put_back(0)
    state_of(source.app).refresh()
    assert asked_for(source, copy) == ["/api/v1/changes", "/api/v1/registry"]
    assert copy.read_bytes() == true_copy(source.registry)


def test_of_a_server_without_a_journal_all_is_fetched_only_when_it_is_another(tmp_path: Path, copy: Path) -> None:
    (tmp_path / "source").mkdir()
    app = app_over(tmp_path / "source", registry_of([station("a", 117.2, 34.2)], demo=True))
    assert update(app, copy).whole
    assert not update(app, copy).is_changed
    again = registry_of([station("b", 117.2, 34.2)], demo=True)
    (tmp_path / "source" / "stations.geojson").write_bytes(dumps(again))
    state_of(app).refresh()
    assert update(app, copy).is_changed and copy.read_bytes() == true_copy(again)
    served = app_over(tmp_path, parse(copy.read_bytes()))
    assert served.test_client().get("/api/v1/stations").json["label"] == "演示数据"


def test_a_file_of_others_is_never_written_on(source: Source, copy: Path) -> None:
    copy.write_bytes(b"mine")
    with pytest.raises(MirrorError, match="not written by a mirror"):
        update(source.app, copy)
    assert copy.read_bytes() == b"mine" and not kept.beside(copy).exists()
    copy.unlink()
    update(source.app, copy)
    with pytest.raises(MirrorError, match=f"is a copy of {URL}"):
        mirror.update(fetch_from(source.app), "http://other.example", copy)
    edited = copy.read_bytes().replace(b"117.2", b"117.3")
    copy.write_bytes(edited)
    with pytest.raises(MirrorError, match="was changed since"):
        update(source.app, copy)
    assert copy.read_bytes() == edited
    kept.beside(copy).write_text("{}")
    with pytest.raises(MirrorError, match="not what a mirror remembers"):
        update(source.app, copy)
    copy.unlink()
    kept.beside(copy).unlink()
    assert update(source.app, copy).whole


def test_who_writes_on_the_copy_meanwhile_comes_first(source: Source, copy: Path) -> None:
    update(source.app, copy)
    source.put("a", 1)
    before = fetch_from(source.app, lambda _: copy.write_bytes(b"mine") and None)
    with pytest.raises(MirrorError, match="meanwhile"):
        mirror.update(before, URL, copy)
    assert copy.read_bytes() == b"mine"


def test_a_link_stays_a_link(source: Source, tmp_path: Path, copy: Path) -> None:
    (tmp_path / "link.geojson").symlink_to(copy)
    update(source.app, tmp_path / "link.geojson")
    source.put("a", 1)
    update(source.app, tmp_path / "link.geojson")
    assert (tmp_path / "link.geojson").is_symlink() and copy.read_bytes() == true_copy(source.registry)
