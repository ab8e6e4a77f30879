"""A registry file may be as large as the settings say, wherever one is read; a larger one is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from stationmap import file_limit, files
from stationmap.cli import command
from stationmap.errors import MirrorError, RegistryFileError
from stationmap.mirror import answers
from stationmap.registry import store
from stationmap.registry.registry import Registry, check, dumps
from stationmap.settings import Settings
from stationmap.storage.published_file import PublishedFile
from tests.strategies import station

MIB = 2**20
LARGE = Registry((station("a", 117.2, 34.2, **{f"x-{at}": "x" * 90_000 for at in range(18)}),))


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    yield
    file_limit.adopt(file_limit.DEFAULT_MB)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "stations.geojson"
    found.write_bytes(dumps(LARGE))
    assert MIB < found.stat().st_size < 2 * MIB
    return found


def test_the_limit_is_that_of_the_package_unless_settings_say_otherwise() -> None:
    assert file_limit.max_bytes() == files.MAX_BYTES == store.MAX_FILE_BYTES
    assert Settings().max_registry_mb == file_limit.DEFAULT_MB


@pytest.mark.parametrize("read", [store.load, store.read, store.revision_of, lambda path: PublishedFile(path).read()])
def test_a_file_is_read_up_to_the_limit_and_not_beyond(read: object, path: Path) -> None:
    assert callable(read)
    file_limit.adopt(1)
    with pytest.raises(RegistryFileError, match="larger than 1,048,576 bytes"):
        read(path)
    file_limit.adopt(2)
    assert read(path)


def test_commands_go_by_the_setting(path: Path) -> None:
    for given, code in {"1": 1, "2": 0}.items():
        done = CliRunner().invoke(command, ["check", str(path)], env={"STATIONMAP_MAX_REGISTRY_MB": given})
        assert (done.exit_code, "larger than" in done.output) == (code, code == 1), done.output


def test_a_mirror_asks_for_no_more() -> None:
    asked = []

    def fetch(_path: str, _headers: object, limit: int, _on_bytes: object = None) -> answers.Reply:
        asked.append(limit)
        raise MirrorError("no network here")

    file_limit.adopt(3)
    with pytest.raises(MirrorError):
        answers.whole(fetch, "", lambda _: None)
    assert asked == [3 * MIB]


def test_a_larger_file_that_is_not_canonical_may_hold_more_objects() -> None:
    filler = orjson.dumps({"type": "FeatureCollection", "filler": [[]] * 2_100_000, "features": []})
    assert [finding.code for finding in check(filler)[1]] == ["too_large"]
    file_limit.adopt(2 * file_limit.DEFAULT_MB)
    assert [finding.code for finding in check(filler)[1]] == ["no_header"]
