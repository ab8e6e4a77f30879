"""What a server that waits for riders keeps in memory, and what it leaves to processes that end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from stationmap.frontend import map_shell
from stationmap.frontend.base_layers import online_layers
from stationmap.i18n import LANGUAGES
from stationmap.resources import demo_registry
from stationmap.search.pinyin import order_key, readings
from stationmap.settings import Settings
from stationmap.web.pages.map_shells import ShellsAside
from tests.attacks.servers import PATIENCE_S, serving

MAX_MB = 200


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The port and the process of a server of the demonstration registry, with its database."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "stations.geojson").write_bytes(demo_registry().read_bytes())
    settings = {"STATIONMAP_REGISTRY": str(folder / "stations.geojson"), "STATIONMAP_DATA": str(folder)}
    with ExitStack() as stack:
        yield stack.enter_context(serving(folder / "log", MALLOC_ARENA_MAX="2", **settings))


def private_mb(process: int) -> float:
    """Return the memory that is of this process alone: what tests share with it by files counts for nobody."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Anonymous:")) * 1_024 / 1_000_000


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not say what is in memory")
def test_a_server_of_a_city_that_was_used_fits_into_its_memory_and_has_not_loaded_pandas(
    server: tuple[int, int],
) -> None:
    port, process = server
    client = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    for path in ("/", "/?lang=en", "/api/v1/feed", "/api/v1/stations", "/staff/sign-in", "/reports.atom"):
        client.request("GET", path)
        assert client.getresponse().read()
    client.close()
    assert private_mb(process) <= MAX_MB - 20  # what it shares with others, its programs, comes to 10 to 20 MB
    assert "/pandas/" not in Path(f"/proc/{process}/maps").read_text()


def test_maps_made_aside_are_those_made_here() -> None:
    aside = ShellsAside(Settings(online_layers=("osm",)))
    layers = online_layers(("osm",), tianditu_key="")
    for language in LANGUAGES:
        assert aside.shell(language, is_audit=False) == map_shell.shell(language, layers)
        assert aside.shell(language, is_audit=True) == map_shell.audit_shell(language, layers)


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere"])
def test_where_no_process_can_make_them_maps_are_made_here_and_the_log_says_so(
    program: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    aside = ShellsAside(Settings())
    assert [aside.shell("zh", is_audit=False) for _ in range(2)] == [None, None]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_readings_of_characters_need_no_dictionary_of_phrases() -> None:
    texts = [chr(code) for code in range(0x4E00, 0xA000, 5)]
    script = (
        "import json, os; from stationmap.search import pinyin; del os.environ['PYPINYIN_NO_PHRASES'];"
        "texts = [chr(code) for code in range(0x4E00, 0xA000, 5)];"
        "print(json.dumps([pinyin.readings(texts), [pinyin.order_key(text) for text in texts]]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [readings(texts), [order_key(text) for text in texts]]
