"""What commands may write on: each command there is, and each to come, is tried on each file it reads."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from stationmap.cli import command
from stationmap.cli.options import FilePath
from stationmap.cli.targets import Command, Output
from stationmap.resources import demo_registry
from tests.conftest import ROOT

TABLE = "编号,站点名称,地址,区县,经度,纬度\nA1,驿站,郑州市,金水区,113.6,34.7\n"
PLACES = "id,lon,lat,weight\nA,117.18,34.26,5\n"
STUDY = """
cell_m = 2000
registry = "registry.geojson"
earlier = "earlier.geojson"
changes = "changes.json"
people = { file = "people.csv" }
site = { n = 1, candidates = "candidates.csv", forbidden = "forbidden.geojson" }
outcomes = { coverage = "OUT" }
"""
AREA = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Polygon",'
    '"coordinates":[[[117,34],[117.001,34],[117.001,34.001],[117,34]]]}}]}'
)
AREAS = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"adcode":"320303","name":"云龙区"},'
    '"geometry":{"type":"Polygon","coordinates":[[[117,34],[118,34],[118,35],[117,34]]]}}]}'
)
FILES = {
    "registry.geojson": demo_registry().read_text(encoding="utf-8"),
    "earlier.geojson": demo_registry().read_text(encoding="utf-8"),
    "changes.json": "[]",
    "people.csv": PLACES,
    "candidates.csv": PLACES,
    "forbidden.geojson": AREA,
    "areas.geojson": AREAS,
    "places.csv": PLACES,
    "residents.csv": "adcode,residents\n320303,5\n",
    "people.parquet": "not read before what is written is known",
    "streets.graph": "not read before what is written is known",
    "table.csv": TABLE,
    "study.toml": STUDY,
    "old.txt": "written by hand",
}
STUDIED = (
    "--cell 2000 --registry registry.geojson --demand people.csv --areas areas.geojson"
    " --by network --streets streets.graph"
)
SITED = "--candidates candidates.csv --forbidden forbidden.geojson -n 1"
ASKED = {
    "nearest": "--batch places.csv --registry registry.geojson --out OUT",
    "map": "OUT --registry registry.geojson",
    "backup": "OUT --registry registry.geojson",
    "check": "registry.geojson --deep --earlier earlier.geojson --out OUT",
    "import": "table.csv OUT --datum wgs84",
    "export": "OUT --registry registry.geojson",
    "reports export": "OUT --registry registry.geojson",
    "audit coverage": f"{STUDIED} --out OUT",
    "audit hours": f"{STUDIED} --out OUT",
    "audit gaps": f"{STUDIED} --out OUT",
    "audit equity": f"{STUDIED} --out OUT",
    "audit capacity": f"{STUDIED} --out OUT",
    "audit locked": f"{STUDIED} --out OUT",
    "audit isochrones": f"{STUDIED} --out OUT",
    "audit suspects": f"{STUDIED} --out OUT",
    "audit compare": f"earlier.geojson --earlier-demand places.csv {STUDIED} --out OUT",
    "audit whatif": f"changes.json {STUDIED} --out OUT",
    "audit report": f"OUT {STUDIED} {SITED}",
    "audit run": "study.toml",
    "audit nation": "--registry registry.geojson --areas areas.geojson --residents residents.csv"
    " --demand people.parquet --out OUT",
    "site": f"{SITED} {STUDIED} --out OUT",
}
"""How a command that writes is asked with every file it can read; OUT is where it writes."""

NO_OUTPUT = {"serve", "hours", "schema", "settings", "doctor", "history", "backups", "holidays show", "holidays check"}
NO_OUTPUT |= {"city info", "city check", "city search"}
NO_OUTPUT |= {
    "drill",
    "database version",
    "database upgrade",
    "database downgrade",
    "notify test",
    "notify list",
    "reports list",
    "reports show",
    "reports set",
}
NO_OUTPUT |= {f"users {name}" for name in ("add", "list", "disable", "enable", "reset", "sessions")}
PURPOSE = {
    "format",
    "restore",
    "holidays add",
    "city build",
    "mirror",
}  # rewrites the files it keeps, and has no other output


def leaves(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, each in group.commands.items():
        if isinstance(each, click.Group):
            yield from leaves(each, f"{path}{name} ")
        else:
            yield f"{path}{name}", each


LEAVES = dict(leaves(command))


def paths_of(each: click.Command) -> list[click.Parameter]:
    return [param for param in each.params if isinstance(param.type, click.Path | click.File)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def run(name: str, out: str, *more: str) -> Result:
    """Ask a command to write to a place; a study is written for the purpose."""
    asked = [*name.split(), *(out if word == "OUT" else word for word in ASKED[name].split()), *more]
    return CliRunner().invoke(command, asked)


def refused(result: Result) -> str:
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_every_command_is_known_here_and_every_path_it_takes_is_read_or_guarded() -> None:
    assert set(LEAVES) == {*ASKED, *NO_OUTPUT, *PURPOSE}, "say in ASKED how a new command is asked to write"
    for name, each in LEAVES.items():
        assert isinstance(each, Command), f"{name}: make it by stationmap.cli.targets.command"
        for param in paths_of(each):
            assert type(param.type) in (FilePath, Output), f"{name} {param.name}"
        has_output = any(isinstance(param.type, Output) for param in each.params)
        assert has_output == (name in ASKED and name != "audit run"), name
        if has_output or name == "audit run":
            assert {"force", "replace"} & {param.name for param in each.params}, name


def test_every_file_a_command_can_read_is_among_those_tried() -> None:
    for name, each in LEAVES.items():
        if name in ASKED and name != "audit run":
            options = [flag for param in paths_of(each) for flag in param.opts if flag.startswith("--")]
            missing = [
                flag
                for flag in options
                if flag not in ASKED[name] and (flag, name) not in (("--out", "audit report"), ("--into", "import"))
            ]
            assert not missing, name


def linked_by_name(path: Path) -> str:
    return str(Path("..") / path.parent.name / path.name)


def linked_symbolically(path: Path) -> str:
    link = path.with_name("link" + path.suffix)
    link.symlink_to(path)
    return link.name


def linked_hard(path: Path) -> str:
    link = path.with_name("hard" + path.suffix)
    os.link(path, link)
    return link.name


def inputs(name: str) -> list[str]:
    read = [word for word in ASKED[name].split() if word in FILES]
    return read + [each for each in FILES if each in STUDY] if name == "audit run" else read


@pytest.mark.parametrize("way", [linked_by_name, linked_symbolically, linked_hard])
@pytest.mark.parametrize("name", ASKED)
def test_no_command_writes_on_a_file_it_reads_even_if_forced(
    name: str, way: Callable[[Path], str], folder: Path
) -> None:
    for at, read in enumerate(inputs(name)):
        source = folder / read
        out = way(source)
        if name == "audit run":
            (folder / "study.toml").write_text(STUDY.replace("OUT", out), encoding="utf-8")
        before = held(folder)
        told = refused(run(name, out, "--replace" if name == "import" else "--force"))
        assert "is a file that is read here" in told and read in told
        assert held(folder) == before
        for link in folder.glob("link*"), folder.glob("hard*"):
            for each in link:
                each.unlink()
        assert at < 20


@pytest.mark.parametrize("name", ASKED)
def test_no_command_replaces_a_file_that_is_there_unasked(name: str, folder: Path) -> None:
    old = "earlier.geojson" if name == "import" else "old.txt"
    (folder / "study.toml").write_text(STUDY.replace("OUT", old), encoding="utf-8")
    before = held(folder)
    assert "is there already" in refused(run(name, old))
    assert held(folder) == before


@pytest.mark.parametrize("flag", [[], ["--replace"]])
@pytest.mark.parametrize("old", ["old.txt", "people.csv", "changes.json", "study.toml"])
def test_a_new_registry_takes_the_place_of_registries_only(old: str, flag: list[str], folder: Path) -> None:
    before = held(folder)
    assert "is no registry" in refused(run("import", old, *flag))
    assert held(folder) == before


@pytest.mark.parametrize("setting", ["HOLIDAYS", "AUDIT_AREAS", "AUDIT_DEMAND"])
def test_a_new_registry_never_takes_the_place_of_another_file_of_the_settings(
    setting: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"STATIONMAP_{setting}", "forbidden.geojson")
    assert "is a file that is read here" in refused(run("import", "forbidden.geojson", "--replace"))


def test_a_damaged_registry_may_be_replaced_and_is_kept(folder: Path) -> None:
    torn = (folder / "registry.geojson").read_bytes()[:9_000]
    (folder / "registry.geojson").write_bytes(torn)
    assert run("import", "registry.geojson", "--replace").exit_code == 0
    assert [path.read_bytes() for path in folder.glob("registry.geojson.before-*")] == [torn]


REGISTRIES = {
    "broken": '{"stationmap":{"format":1},"type":"FeatureCollection","features":[{"type":"Feature"}]}',
    "bare": demo_registry().read_text(encoding="utf-8").replace('"stationmap":', '"other":', 1),
    "whole": demo_registry().read_text(encoding="utf-8"),
    "marked": "\ufeff" + demo_registry().read_text(encoding="utf-8"),
}


@pytest.mark.parametrize("name", [name for name in ASKED if name != "import"])
@pytest.mark.parametrize("kind", REGISTRIES)
def test_no_command_replaces_a_registry_even_if_forced(name: str, kind: str, folder: Path) -> None:
    (folder / "other.csv").write_text(REGISTRIES[kind], encoding="utf-8")
    (folder / "study.toml").write_text(STUDY.replace("OUT", "other.csv"), encoding="utf-8")
    before = held(folder)
    assert "is a registry" in refused(run(name, "other.csv", "--force"))
    assert held(folder) == before


@pytest.mark.parametrize("setting", ["REGISTRY", "AUDIT_AREAS", "AUDIT_DEMAND"])
def test_no_command_writes_on_a_file_the_settings_name(
    setting: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"STATIONMAP_{setting}", "old.txt")
    assert "is a file that is read here" in refused(run("map", "old.txt", "--force"))


@pytest.mark.parametrize("name", ["", "-wal", "-shm", ".before-upgrade-from-0001"])
def test_no_command_writes_on_the_database_even_where_there_is_none_yet(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATIONMAP_DATA", str(folder / "data"))
    (folder / "data").mkdir()
    (folder / "link").symlink_to(folder / "data")
    assert "keeps the history" in refused(run("backup", f"link/stationmap.sqlite{name}"))
    (folder / "data" / f"stationmap.sqlite{name}").write_bytes(b"history")
    assert "keeps the history" in refused(run("backup", f"data/stationmap.sqlite{name}", "--force"))
    assert (folder / "data" / f"stationmap.sqlite{name}").read_bytes() == b"history"


def test_no_command_writes_on_a_database_that_an_address_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONMAP_DATABASE_URL", f"sqlite:///{folder}/own.sqlite")
    (folder / "own.sqlite").write_bytes(b"history")
    assert "keeps the history" in refused(run("backup", "own.sqlite", "--force"))


def test_a_file_that_is_none_or_whose_folder_is_not_there_is_named_before_any_work(folder: Path) -> None:
    assert "is a directory" in refused(run("map", str(folder), "--force"))
    assert "No such file" in refused(run("site", "nowhere/out.csv"))


def test_every_file_of_a_study_that_may_not_be_written_is_named(folder: Path) -> None:
    outcomes = 'outcomes = { coverage = ["old.txt", "people.csv"], hours = "hours.csv" }'
    (folder / "study.toml").write_text(STUDY.partition("outcomes")[0] + outcomes, encoding="utf-8")
    told = refused(run("audit run", ""))
    assert "old.txt: " in told and "people.csv: " in told and "hours.csv" not in told


def test_forced_a_file_is_replaced_and_nothing_else_is_there_then(folder: Path) -> None:
    before = held(folder)
    assert run("map", "old.txt", "--force").exit_code == 0
    after = held(folder)
    assert after.pop("old.txt").startswith(b"<!") and before.pop("old.txt")
    assert after == before


def test_a_registry_that_is_replaced_is_kept_beside_it_once(folder: Path) -> None:
    old = (folder / "registry.geojson").read_bytes()
    for _ in range(2):
        assert run("import", "registry.geojson", "--replace").exit_code == 0
    kept = {path.name: path.read_bytes() for path in folder.glob("registry.geojson.before-*")}
    assert len(kept) == 2 and old in kept.values()
    assert run("import", "registry.geojson", "--replace").exit_code == 0
    assert {path.name: path.read_bytes() for path in folder.glob("registry.geojson.before-*")} == kept


def test_what_format_rewrites_is_kept_beside_it(folder: Path) -> None:
    path = folder / "registry.geojson"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    old = path.read_bytes()
    assert CliRunner().invoke(command, ["format", path.name]).exit_code == 0
    (kept,) = folder.glob("registry.geojson.before-*")
    assert kept.read_bytes() == old != path.read_bytes()


@pytest.mark.parametrize("skip", [False, True])
def test_a_table_with_a_bad_row_replaces_nothing_unless_told_to_leave_it_out(skip: bool, folder: Path) -> None:
    (folder / "table.csv").write_text(TABLE + "A2,驿站,郑州市,金水区,x,34.7\n", encoding="utf-8")
    before = held(folder)
    result = run("import", "registry.geojson", "--replace", *(["--skip-bad"] if skip else []))
    assert result.exit_code == (0 if skip else 1)
    assert (held(folder) == before) == (not skip)
    if not skip:
        assert "--skip-bad" in result.stderr and "row 3" in result.stdout


WRITERS = ("files.write", "files.written", "store.write", "calendar_file.write")


def test_only_these_modules_of_the_command_line_write_files() -> None:
    allowed = {
        "targets.py": {"files.written", "files.write"},
        "registry.py": {"store.write"},
        "import_table.py": {"store.write"},
        "holidays.py": {"calendar_file.write"},
        "restore_drill.py": {"files.write"},  # into a folder it made for itself
    }
    for path in (ROOT / "stationmap" / "cli").glob("*.py"):
        calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
        writing = {call for call in calls if call in WRITERS}
        assert writing <= allowed.get(path.name, set()), path
