"""The ground's tiles: found as the library of PMTiles finds them, from a file that may change under the reader."""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pmtiles.reader import MemorySource, Reader
from pmtiles.tile import Compression, TileType

from stationmap.errors import DamagedGroundError, FileError, InvalidCityFileError
from stationmap.ground import Ground
from tests.ground_file import BOUNDS, BUILD, FEW, origin, tile_bytes, write_ground


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_ground(tmp_path / "ground.pmtiles", FEW)


def test_tiles_are_there_by_zoom_column_and_row(path: Path) -> None:
    ground = Ground.open(path)
    assert {place: ground.tile(*place) for place in FEW} == FEW
    assert (ground.min_zoom, ground.max_zoom, ground.bounds) == (5, 15, BOUNDS)
    assert ground.provenance == origin()
    assert ground.size_bytes == path.stat().st_size


@pytest.mark.parametrize(
    "place", [(5, 0, 0), (15, 0, 0), (4, 0, 0), (16, 0, 0), (5, 32, 0), (5, 0, 32), (5, -1, 0), (-1, 0, 0), (99, 1, 1)]
)
def test_where_there_is_no_tile_there_is_none(path: Path, place: tuple[int, int, int]) -> None:
    assert Ground.open(path).tile(*place) is None


def test_which_addresses_tiles_may_have(path: Path) -> None:
    ground = Ground.open(path)
    assert ground.has(5, 31, 31)
    assert ground.has(15, 0, 0)
    assert not any(ground.has(*place) for place in [(4, 0, 0), (16, 0, 0), (5, 32, 0), (5, 0, 32), (5, -1, 0)])


def test_among_many_tiles_each_is_found_as_the_library_of_the_format_finds_it(tmp_path: Path) -> None:
    draw = random.Random(17)
    places = {(z, draw.randrange(1 << z), draw.randrange(1 << z)) for z in range(9, 16) for _ in range(1_500)}
    # Runs of the same tile, as the sea is.
    path = write_ground(tmp_path / "many.pmtiles", {place: tile_bytes(str(hash(place) % 50)) for place in places})
    ground, library = Ground.open(path), Reader(MemorySource(path.read_bytes()))
    assert library.header()["leaf_directory_length"] > 0, "no directories below the first"
    near = [(z, min(x + 1, (1 << z) - 1), y) for z, x, y in draw.sample(sorted(places), 40)]
    for place in [*draw.sample(sorted(places), 40), *near]:
        assert ground.tile(*place) == library.get(*place)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 20)


def write_over(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(b"\x00" * size)
    os.utime(path, ns=(1, 1))


def empty(path: Path) -> None:
    os.truncate(path, 0)


@pytest.mark.parametrize("change", [cut, write_over, empty])
def test_a_file_that_changes_while_it_is_served_is_an_error_not_the_end(
    path: Path, change: Callable[[Path], None]
) -> None:
    ground = Ground.open(path)
    change(path)
    with pytest.raises(DamagedGroundError, match="已损坏"):
        ground.tile(14, 13699, 6563)
    with pytest.raises(InvalidCityFileError):
        Ground.open(path)


def test_a_file_that_another_one_replaced_goes_on_being_read(path: Path, tmp_path: Path) -> None:
    ground = Ground.open(path)
    other = write_ground(tmp_path / "other.pmtiles", {(5, 26, 12): tile_bytes("new")})
    other.replace(path)
    assert {place: ground.tile(*place) for place in FEW} == FEW
    assert Ground.open(path).tile(5, 26, 12) == tile_bytes("new")
    path.unlink()
    assert ground.tile(5, 26, 12) == tile_bytes("far")


def test_a_tile_that_is_torn_is_an_error(tmp_path: Path) -> None:
    ground = Ground.open(write_ground(tmp_path / "torn.pmtiles", {(5, 26, 12): b"no gzip at all, and not empty"}))
    with pytest.raises(DamagedGroundError):
        ground.tile(5, 26, 12)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "damaged"),
        (b"PMTiles", "damaged"),
        (b"not tiles at all " * 20, "not_built"),
        (b"PMTiles\x02" + b"\0" * 200, "not_built"),
        (b"PMTiles\x03" + b"\xff" * 200, "damaged"),
    ],
)
def test_what_is_no_file_of_tiles_says_so_in_both_languages(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "ground.pmtiles"
    path.write_bytes(data)
    with pytest.raises(InvalidCityFileError) as caught:
        Ground.open(path)
    (finding,) = caught.value.findings
    assert (finding.where, finding.code) == ("ground.pmtiles", code)
    assert "重新生成" in finding.detail
    assert "build it again" in finding.detail


@pytest.mark.parametrize(
    "wrong",
    [
        {"member": {}},
        {"member": {**origin().to_json(), "build": "<script>"}},
        {"packing": Compression.BROTLI},
        {"kind": TileType.PNG},
    ],
)
def test_tiles_that_our_build_did_not_make_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidCityFileError):
        Ground.open(write_ground(tmp_path / "ground.pmtiles", FEW, **wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize("at", range(0, 127, 3))
def test_whatever_is_wrong_with_a_header_is_an_error_that_is_foreseen(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)
    try:
        ground = Ground.open(path)
        for place in FEW:
            ground.tile(*place)
    except (InvalidCityFileError, DamagedGroundError):
        pass


def test_no_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nothing"):
        Ground.open(tmp_path / "nothing")


def test_threads_read_at_the_same_time(path: Path) -> None:
    ground = Ground.open(path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ground.tile(14, 13699, 6563), range(400)))
    assert set(found) == {tile_bytes("near")}


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list what a process has open")
def test_a_ground_that_nobody_uses_is_closed(path: Path) -> None:
    def is_open() -> bool:
        links = [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
        return any(str(path) == str(each.readlink()) for each in links if each.exists())

    ground = Ground.open(path)
    assert is_open()
    assert ground.provenance.build == BUILD
    del ground
    gc.collect()
    assert not is_open()
