"""Files that are no registry: each is refused with a reason, quickly, and with nothing but a StationmapError."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.errors import InvalidRegistryError, RegistryFileError, StationmapError
from stationmap.registry import store
from stationmap.registry.registry import check, dumps, parse
from stationmap.strict_json import MAX_CONTAINERS
from tests.conftest import ROOT
from tests.test_registry import feature, file_of

GOOD = file_of(feature(address="徐州市"))
VRT = b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'


def nested(depth: int) -> bytes:
    return file_of(feature()).replace(b'"features"', b'"deep": ' + b"[" * depth + b"]" * depth + b', "features"', 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (GOOD[: len(GOOD) // 2], "truncated"),
        (GOOD[:-1], "truncated"),
        (GOOD + b"]", "not_json"),
        (b"id,name\n1,a\n", "not_json"),
        (VRT, "not_json"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", "not_utf8"),
        (b"\0" * 1000, "not_json"),
        (GOOD.decode().encode("gbk"), "not_utf8"),
        (GOOD.decode().encode("utf-16"), "not_utf8"),
        (GOOD.replace(b"34.0", b"NaN"), "not_a_number"),
        (GOOD.replace(b"34.0", b"Infinity"), "not_a_number"),
        (GOOD.replace(b"34.0", b"-Infinity"), "not_a_number"),
        (GOOD.replace(b"34.0", b"Nanjing"), "not_json"),
        (GOOD.replace(b"34.0", b"-"), "not_json"),
        (GOOD.replace(b"34.0", b"1e400"), "number_too_large"),
        (GOOD.replace(b"34.0", b"9" * 5_000), "number_too_large"),
        (nested(100_000), "nested_too_deep"),
        (nested(900), "nested_too_deep"),
        (GOOD.replace("徐".encode(), b"\\ud800"), "not_json"),
        (b"[]", "not_a_feature_collection"),
        (b"null", "not_a_feature_collection"),
        (b'{"type":"Feature"}', "not_a_feature_collection"),
        (b"[" + b"[]," * MAX_CONTAINERS + b"0]", "too_large"),
    ],
)
def test_what_is_no_registry_is_refused_with_the_reason(data: bytes, code: str) -> None:
    registry, findings = check(data)
    assert registry is None
    assert code in [finding.code for finding in findings if finding.severity == "error"]


@pytest.mark.parametrize("features", [b"", b', "features": null', b', "features": {}', b', "features": "[]"'])
def test_a_collection_without_a_list_of_features_is_refused(features: bytes) -> None:
    _, findings = check(b'{"type": "FeatureCollection", "stationmap": {"format": 1}' + features + b"}")
    assert [(finding.where, finding.code) for finding in findings] == [("features", "wrong_type")]


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "nan", "-inf"])
def test_a_number_that_is_none_is_named_with_its_line_and_column(token: str) -> None:
    _, findings = check(f'{{"type": "FeatureCollection",\n "站": {token}}}'.encode())
    assert [(finding.where, finding.code) for finding in findings] == [("line 2 column 7", "not_a_number")]
    assert findings[0].detail.startswith(token)


def test_gbk_is_recognised_and_the_remedy_named() -> None:
    _, findings = check(GOOD.decode().encode("gbk"))
    assert "GBK" in findings[0].detail
    assert "UTF-8" in findings[0].detail


def test_a_byte_order_mark_is_a_warning_and_formatting_removes_it() -> None:
    registry, findings = check(b"\xef\xbb\xbf" + GOOD)
    assert [(finding.code, finding.severity) for finding in findings] == [("byte_order_mark", "warning")]
    assert registry == parse(GOOD)
    assert not dumps(parse(GOOD)).startswith(b"\xef")


@pytest.mark.parametrize("depth", [1, 100, 240, 245, 250, 251, 252, 253, 254, 255])
@pytest.mark.parametrize("level", ['"stationmap"', '"features"', '"geometry"', '"access"', '"who"'])
def test_deep_unknown_members_are_kept_or_refused_but_never_break_writing(depth: int, level: str) -> None:
    deep = f'"deep": {"[" * depth}{"]" * depth}, {level}:'
    registry, findings = check(GOOD.decode().replace(f"{level}:", deep, 1).encode())
    if registry is None:
        assert {finding.code for finding in findings} == {"nested_too_deep"}
    else:
        assert parse(dumps(registry)) == registry


@given(st.binary(max_size=200))
def test_no_bytes_cause_anything_but_findings(data: bytes) -> None:
    registry, findings = check(data)
    assert findings  # also of an empty registry, which does not introduce itself
    assert registry is None or parse(dumps(registry)) == registry


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_no_damaged_byte_causes_anything_but_findings(at: int, byte: int) -> None:
    damaged = GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]
    registry, findings = check(damaged)
    assert registry is not None or findings


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(["type", "id", "geometry", "properties"]) | st.sampled_from(list(feature()["properties"])),
    json_values,
)
def test_no_value_of_a_member_causes_anything_but_findings(member: str, value: object) -> None:
    changed = feature()
    (changed if member in changed else changed["properties"])[member] = value
    registry, findings = check(file_of(changed))
    assert registry is not None or findings


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        # The name of a socket must be short, whatever the folder is called.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            server.bind(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def make_link_to_zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(200_000_000)


def make_nothing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.mkdir, "directory"),
        (make_fifo, "ordinary"),
        (make_socket, "ordinary"),
        (make_loop, "symbolic links"),
        (make_link_to_zeros, "ordinary"),
        (make_huge, "larger"),
        (make_nothing, "No such file"),
    ],
)
def test_what_is_no_file_to_read_is_refused_without_waiting(
    make: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "stations.geojson"
    make(path)
    with pytest.raises(RegistryFileError, match=reason):
        store.load(path)
    found = store.Watch(path).poll()
    assert isinstance(found, tuple)
    assert [finding.code for finding in found] == ["unreadable"]


def test_a_path_that_cannot_be_is_refused() -> None:
    with pytest.raises(RegistryFileError):
        store.load("a\0b")


def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stations.geojson"
    path.write_bytes(GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("the superuser may read everything")
    with pytest.raises(RegistryFileError, match="Permission"):
        store.load(path)


def test_a_vrt_named_geojson_reads_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "stations.geojson"
    path.write_bytes(VRT)
    with pytest.raises(InvalidRegistryError, match="not_json"):
        store.load(path)


LARGEST_MIB = 1_500
LOADER = """
import sys
from stationmap.registry import store
try:
    print(len(store.load(sys.argv[1])))
except Exception as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize("filler", [b" ", b"[],", b'{"":0},', b"0,", b"0.5,", b'"",'])
def test_the_largest_file_that_is_read_stays_within_memory(filler: bytes, tmp_path: Path) -> None:
    path = tmp_path / "stations.geojson"
    count = (store.MAX_FILE_BYTES - len(GOOD) - 100) // len(filler)
    with path.open("wb") as file:
        file.write(GOOD[:-1] + b', "filler": [')
        file.write(filler * count)
        file.write(b"0]}")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MIB * 2**20, LARGEST_MIB * 2**20))

    done = subprocess.run(
        [sys.executable, "-c", LOADER, str(path)],
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("1", "InvalidRegistryError")


def test_every_error_of_a_registry_is_one_of_ours() -> None:
    assert issubclass(InvalidRegistryError, StationmapError)
    assert issubclass(RegistryFileError, StationmapError)
