"""Static files live at an address that changes with them, and may therefore be kept for ever."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import brotli
import pytest
from flask import Flask

from stationmap.resources import static_folder
from stationmap.web.assets import Assets
from stationmap.web.compression import EncodedBody
from tests.apps import app_over, registry_of


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return app_over(tmp_path, registry_of([]))


def test_every_static_file_is_served_for_good_with_its_type(app: Flask) -> None:
    types = {".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
    assets = Assets(static_folder())
    for path in filter(Path.is_file, static_folder().rglob("*")):
        response = app.test_client().get(assets.url(path.relative_to(static_folder()).as_posix()))
        if path.suffix == ".css" or (
            path.suffix == ".js" and "vendor" not in path.parts
        ):  # our own leave their comments here
            assert len(response.data) < path.stat().st_size
            assert b"/*" not in response.data
        else:
            assert response.data == path.read_bytes()
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.mimetype == types.get(path.suffix, response.mimetype)


@pytest.mark.parametrize("name", ["nothing.js", "../data/stations.geojson", "..%2fpyproject.toml", "js/", ""])
def test_what_is_not_there_is_not_found(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/static/{Assets(static_folder()).tree_hash}/{name}").status_code == 404


def test_a_page_kept_from_before_an_upgrade_gets_the_present_files_but_not_for_good(app: Flask) -> None:
    for path in (f"/static/{'0' * 16}/basemap/orientation.json", f"/map/{'0' * 16}.js"):
        response = app.test_client().get(path)
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-cache")


def test_a_misspelt_asset_fails_where_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Assets(tmp_path).url("ap.js")


def test_the_prefix_changes_with_any_byte_and_with_any_name(tmp_path: Path) -> None:
    def prefix(**files: bytes) -> str:
        for path in tmp_path.iterdir():
            path.unlink()
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        return Assets(tmp_path).tree_hash

    assert prefix(a=b"1", b=b"2") == prefix(b=b"2", a=b"1")
    assert len({prefix(a=b"1", b=b"2"), prefix(a=b"2", b=b"1"), prefix(a=b"12", b=b""), prefix(c=b"1", b=b"2")}) == 4


def test_a_text_is_packed_once_for_each_encoding() -> None:
    text = EncodedBody(b"station " * 1_000, "text/plain")
    assert gzip.decompress(text.body("gzip")) == brotli.decompress(text.body("br")) == text.identity
    assert text.body("br") is text.body("br")


@pytest.mark.parametrize(
    "accepted, chosen",
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0, gzip", "gzip"),
    ],
)
def test_a_reader_gets_an_encoding_it_takes(app: Flask, accepted: str | None, chosen: str | None) -> None:
    path = Assets(static_folder()).url("basemap/orientation.json")
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    assert app.test_client().get(path, headers=headers).headers.get("Content-Encoding") == chosen


def test_the_scripts_of_a_rider_s_phone_stay_small(app: Flask) -> None:
    """35 kB, of which benchmarks/phone.py measures what is really sent."""
    client = app.test_client()
    shell = json.loads(client.get("/sw.js").text.removeprefix("self.SHELL = ").split(";\n")[0])
    assert not [
        path
        for path in shell["files"]
        if re.search(r"/audit|/check\.|/layers\.|poster|leaflet[.-](draw|fullscreen|locate|measure)", path)
    ]
    scripts = ["/sw.js", *(path for path in shell["files"] if "/js/" in path)]
    sizes = {path: len(client.get(path, headers={"Accept-Encoding": "br"}).data) for path in scripts}
    assert len(sizes) > 6
    assert sum(sizes.values()) <= 35_000, sizes


DECLARED_TOO_LATE = re.compile(r"\}=(\w+)(?:\.\w+)*,(?:[^;{}]*,)?\1=")


def test_no_name_is_read_before_the_minifier_declares_it(app: Flask) -> None:
    assert DECLARED_TOO_LATE.search("const{b,c}=a.SHELL,d=1,a=self;")
    assets = Assets(static_folder())
    client = app.test_client()
    paths = [assets.url(name) for name in assets.names if name.endswith(".js")]
    scripts = {path: client.get(path).get_data(as_text=True) for path in (*paths, "/sw.js")}
    assert [path for path, script in scripts.items() if DECLARED_TOO_LATE.search(script)] == []


DROPPED = re.compile(r"\bvoid \((?![^()]*\) =>)(?!async )[^*]*?(?:\|\||&&|\?)")


def test_no_call_stands_where_the_minifier_drops_it() -> None:
    """It takes `void (a || b())` for nothing at all."""
    assert DROPPED.search("void (list.hidden || suggest())") and not DROPPED.search("void (async () => 1)()")
    scripts = {path: path.read_text(encoding="utf-8") for path in (static_folder() / "js").rglob("*.js")}
    found = {path.name for path, text in scripts.items() for line in text.splitlines() if DROPPED.search(line)}
    assert found == set()
