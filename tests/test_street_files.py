"""The file `streets.graph`: what is written comes back; what is torn, damaged or of another version is refused."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stationmap.errors import FileError, InvalidCityFileError
from stationmap.streets import graph_file, load, pairs
from stationmap.streets.build.assembly import Assembled
from stationmap.streets.network import header_of, network_of, save
from tests.street_maps import PROVENANCE, built, drawn_places


@pytest.fixture(scope="module")
def drawn() -> Assembled:
    return built(1)


@pytest.fixture
def path(drawn: Assembled, tmp_path: Path) -> Path:
    save(tmp_path / "streets.graph", PROVENANCE, drawn)
    return tmp_path / "streets.graph"


def codes(path: Path) -> list[str]:
    with pytest.raises(InvalidCityFileError) as caught:
        load(path)
    assert all(each.where == path.name for each in caught.value.findings)
    return [each.code for each in caught.value.findings]


def test_what_is_written_comes_back(drawn: Assembled, path: Path) -> None:
    read, made = load(path), network_of(PROVENANCE, drawn)
    assert read.provenance == PROVENANCE and read.bounds == PROVENANCE.bounds
    assert read.profiles == ("walk", "ebike")
    assert {name: array.dtype for name, array in read.arrays.items()} == {
        name: array.dtype for name, array in made.arrays.items()
    }
    assert all(np.array_equal(read.arrays[name], array) for name, array in made.arrays.items())
    places = drawn_places(3, 30)
    of_read, of_made = (
        pairs(each, each.snap(*places, "ebike"), each.snap(*places, "ebike"), 900) for each in (read, made)
    )
    assert len(of_read.origins) > 30
    assert all(np.array_equal(one, other) for one, other in zip(of_read, of_made, strict=True))


def test_arrays_cannot_be_changed_and_hold_whatever_becomes_of_the_file(path: Path) -> None:
    network = load(path)
    before = network.edge_length_m.copy()
    with pytest.raises(ValueError, match="read-only"):
        network.edge_length_m[0] = 1.0
    path.write_bytes(b"")  # overwritten in place, which would end a process that has mapped it
    assert np.array_equal(network.edge_length_m, before)
    path.unlink()
    assert np.array_equal(network.node_lons, network.arrays["node_lons"])


def test_wherever_a_file_is_cut_short_it_is_refused(path: Path) -> None:
    data = path.read_bytes()
    for length in (*range(0, 60, 7), 200, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        assert codes(path) == ["not_built" if length < 8 else "damaged"]
    path.write_bytes(data + b"\0")
    assert codes(path) == ["damaged"]


def test_one_wrong_bit_anywhere_is_noticed(path: Path) -> None:
    data = path.read_bytes()
    for at in np.random.default_rng(0).integers(20, len(data), 40).tolist():
        broken = bytearray(data)
        broken[at] ^= 1 << (at % 8)
        path.write_bytes(broken)
        header_end = 20 + struct.unpack_from("<I", data, 12)[0]
        if header_end <= at < header_end + -header_end % 64:
            load(path)  # filling between the header and the data says nothing
        else:
            assert codes(path) == ["damaged"]


@pytest.mark.parametrize("data", [b"", b"PMTiles\x03", b'{"type": "FeatureCollection"}', b"\0" * 5_000, b"PK\x03\x04"])
def test_what_is_no_file_of_streets_is_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert codes(path) == ["not_built"]


def test_a_file_of_another_version_says_what_to_do(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[8:12] = struct.pack("<I", 2)
    path.write_bytes(data)
    assert codes(path) == ["newer_format"]
    with pytest.raises(InvalidCityFileError, match="city build"):
        load(path)


def changed(path: Path, drawn: Assembled, name: str, change: Callable[[np.ndarray], Any]) -> None:
    """Write a file whose checksums are right and one array is not."""
    array = drawn.arrays[name].copy()
    replaced = change(array)
    arrays = {**drawn.arrays, name: array if replaced is None else replaced}
    graph_file.write(path, header_of(PROVENANCE, drawn), arrays)


def put(value: float, at: int = 3) -> Callable[[np.ndarray], None]:
    def change(array: np.ndarray) -> None:
        array[at] = value

    return change


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("walk_out_s", put(np.nan)),
        ("ebike_in_s", put(-1.0)),
        ("walk_out_s", put(0.0)),
        ("walk_wait_s", put(np.nan)),
        ("edge_length_m", put(np.nan)),
        ("edge_length_m", put(-5.0)),
        ("node_lats", put(91.0)),
        ("node_lons", put(np.inf)),
        ("arc_heads", put(10**6)),
        ("arc_heads", put(-1)),
        ("arc_edges", put(10**6)),
        ("edge_arc", put(-7)),
        ("edge_from", put(2**31 - 1)),
        ("arc_first", put(10**6)),
        ("edge_first_point", put(10**6)),
        ("cell_first", put(-1)),
        ("cell_segments", put(10**6)),
        ("point_edge", put(-1)),
        ("node_keys", put(-(10**9))),
        ("ebike_component", put(10**6)),
        ("walk_out_s", lambda array: array[:-1]),
        ("node_lons", lambda array: array.astype(np.float32)),
        ("edge_to", lambda array: array[:0]),
    ],
)
def test_numbers_that_would_lead_astray_are_refused(
    name: str, change: Callable[[np.ndarray], Any], drawn: Assembled, path: Path
) -> None:
    changed(path, drawn, name, change)
    found = codes(path)
    assert found and set(found) == {"damaged"}


def with_header(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    begin = 20 + length + -(20 + length) % 64
    header = json.loads(data[20 : 20 + length])
    change(header)
    text = json.dumps(header).encode()
    prelude = struct.pack("<8sIII", graph_file.MAGIC, graph_file.VERSION, len(text), zlib.crc32(text))
    path.write_bytes(prelude + text + bytes(-(len(prelude) + len(text)) % 64) + data[begin:])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda header: header.pop("stationmap"), "not_built"),
        (lambda header: header.pop("arrays"), "damaged"),
        (lambda header: header.update(arrays=[{"name": "x"}]), "damaged"),
        (lambda header: header["arrays"][0].update(dtype="<c16"), "damaged"),
        (lambda header: header["arrays"][0].update(dtype="O"), "damaged"),
        (lambda header: header["arrays"][0].update(offset=-64), "damaged"),
        (lambda header: header["arrays"][0].update(length=10**12), "damaged"),
        (lambda header: header["arrays"].pop(0), "damaged"),
        (lambda header: header.update(data_bytes=10**15), "damaged"),
        (lambda header: header.update(top_speeds_m_s={"walk": "fast"}), "damaged"),
        (lambda header: header.update(top_speeds_m_s={}), "damaged"),
        (lambda header: header.update(tiles=[0, 0, 0, 0, 0]), "damaged"),
        (lambda header: header.update(cells="everywhere"), "damaged"),
        (lambda header: header.update(cell_m=0), "damaged"),
    ],
)
def test_a_header_that_says_otherwise_is_refused(
    change: Callable[[dict[str, Any]], Any], code: str, path: Path
) -> None:
    with_header(path, change)
    found = codes(path)
    assert found and set(found) == {code}


def test_what_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        load(tmp_path)
    with pytest.raises(FileError):
        load(tmp_path / "none.graph")
