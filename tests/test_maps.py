"""The Folium shell, its grounds, and the map in one file."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stationmap.city import here
from stationmap.datum import Datum
from stationmap.errors import StationmapError
from stationmap.frontend.base_layers import ONLINE_LAYERS, image_hosts, online_layers
from stationmap.frontend.bundler import bundle, bundle_of, common_modules
from stationmap.frontend.map_shell import _shell, shell
from stationmap.frontend.standalone_map import standalone_html
from stationmap.registry import registry as registries
from stationmap.resources import demo_registry, static_folder
from tests.conftest import ROOT
from tests.node import evaluated
from tools import vendor

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOSTILE = "{{7*7}}{%x%}A{#B<img src=x onerror=alert(1)></script><!--${7*7}\u202e"


@pytest.fixture(scope="module")
def one_file() -> str:
    return standalone_html(registries.parse(demo_registry().read_bytes()), AT)


def hostile_registry() -> registries.Registry:
    properties = {
        "name": HOSTILE,
        "category": "outdoor_worker",
        "district": "320302",
        "address": HOSTILE,
        "access": {"who": "public", "note": HOSTILE},
    }
    feature = {
        "type": "Feature",
        "id": "a",
        "geometry": {"type": "Point", "coordinates": [117.2, 34.2]},
        "properties": properties,
    }
    meta = {"format": 1, "title": HOSTILE, "demo": True, "source": HOSTILE}
    return registries.parse(
        json.dumps({"type": "FeatureCollection", "stationmap": meta, "features": [feature]}).encode()
    )


def scripts_of(page: str) -> list[str]:
    return re.findall(r"<script>(.*?)</script>", page, re.DOTALL)


def block(page: str, name: str) -> object:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_same_shell_is_the_same_text() -> None:
    made = _shell.__wrapped__
    assert made("zh", online_layers(["osm"]), here()) == made("zh", online_layers(["osm"]), here())


def test_the_shell_names_only_our_own_files() -> None:
    page = shell("zh")
    assert "//" not in page.html + page.script
    assert [path for path in (*page.scripts, *page.styles) if not (static_folder() / path).is_file()] == []


def test_folium_classes_of_the_process_keep_their_own_links() -> None:
    import folium

    shell("zh")
    assert dict(folium.Map.default_js)["leaflet"].startswith("https://")


def test_a_layer_that_is_not_enabled_is_not_in_the_shell() -> None:
    assert "autonavi" not in shell("zh", online_layers(["osm"])).script
    assert "autonavi" in shell("zh", online_layers(["amap"])).script


def test_the_shell_tells_each_ground_its_datum() -> None:
    script = shell("zh", online_layers(["amap", "osm"])).script
    assert '"datum": "gcj02"' in script
    assert '"datum": "wgs84"' in script


@pytest.mark.parametrize("layer", ONLINE_LAYERS.values(), ids=lambda layer: layer.code)
def test_every_layer_credits_its_owner_and_is_asked_over_https(layer) -> None:  # type: ignore[no-untyped-def]
    assert layer.attribution
    assert all(url.startswith("https://") for url in layer.urls)
    assert all("{" not in host for host in layer.hosts)


def test_amap_images_are_gcj02_and_the_others_wgs84() -> None:
    assert {code for code, layer in ONLINE_LAYERS.items() if layer.datum is Datum.GCJ02} == {"amap"}


def test_a_layer_without_its_key_is_refused() -> None:
    with pytest.raises(StationmapError, match="key"):
        online_layers(["tianditu"])
    with pytest.raises(StationmapError, match="key"):
        online_layers(["tianditu"], tianditu_key="x{{7*7}}")


def test_an_unknown_layer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(StationmapError, match="tianditu, amap, osm"):
        online_layers(["baidu"])


def test_the_page_may_load_images_from_the_hosts_of_its_layers_only() -> None:
    assert image_hosts(online_layers(["osm"])) == ("https://tile.openstreetmap.org",)
    assert len(image_hosts(online_layers(["tianditu"], tianditu_key="abc"))) == 8


def test_vendored_files_are_the_recorded_ones() -> None:
    assert vendor.changed_files() == []


def test_every_vendored_file_is_recorded_with_its_licence() -> None:
    record = json.loads(vendor.MANIFEST.read_text(encoding="utf-8"))
    recorded = {name for entry in record for name in entry["sha256"]}
    present = {path.relative_to(vendor.VENDOR).as_posix() for path in vendor.VENDOR.rglob("*") if path.is_file()}
    assert present - {"MANIFEST.json"} == recorded
    for entry in record:  # what another package has in its script has its licence beside that one's
        own, inside = f"{entry['name']}/LICENSE", f"/LICENSE.{entry['name'].rpartition('/')[2]}"
        assert entry["licence"]
        assert own in entry["sha256"] or any(name.endswith(inside) for name in entry["sha256"])


def test_one_file_asks_no_host_and_refers_to_no_other_file(one_file: str) -> None:
    page = re.sub(r"<script.*?</script>|<style>.*?</style>", "", one_file, flags=re.DOTALL)
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', page) == []
    assert re.findall(r"url\((?!data:|#)[^)]*\)", one_file) == []


def test_one_file_has_its_modules_as_classic_scripts(one_file: str) -> None:
    assert not [text for text in scripts_of(one_file) if re.search(r"^\s*(?:import|export)\b", text, re.MULTILINE)]


def test_one_file_lets_exactly_its_own_scripts_run(one_file: str) -> None:
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', one_file)[1])  # type: ignore[index]
    allowed = re.search(r"script-src ([^;]*);", policy)[1].split()  # type: ignore[index]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts_of(one_file)]
    assert allowed == [f"'sha256-{digest}'" for digest in digests]
    assert "default-src 'none'" in policy


def test_one_file_holds_every_station_and_says_that_it_is_a_demonstration(one_file: str) -> None:
    assert block(one_file, "feed")["count"] == 1002  # type: ignore[index]
    assert "演示数据" in one_file


def test_one_file_is_the_same_text_each_time(one_file: str) -> None:
    assert standalone_html(registries.parse(demo_registry().read_bytes()), AT) == one_file


def test_hostile_text_is_data_in_one_file() -> None:
    page = standalone_html(hostile_registry(), AT)
    assert block(page, "feed")["stations"]["name"] == [HOSTILE]  # type: ignore[index]
    assert "<img" not in page
    assert len(scripts_of(page)) == len(shell("zh").scripts) + 2  # large type before, what fills the map after
    assert "{{7*7}}" in page


def test_a_bundle_holds_each_module_once_and_no_import_is_left(tmp_path: Path) -> None:
    (tmp_path / "deep.js").write_text('export const deep = "once";\n', encoding="utf-8")
    for name in ("left", "right"):
        text = f'import {{ deep }} from "./deep.js";\nexport const {name} = [deep];\n'
        (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
    top = 'import { left } from "./left.js";\nimport { right } from "./right.js";\ndocument.title = left + right;\n'
    (tmp_path / "top.js").write_text(top, encoding="utf-8")
    script = bundle(tmp_path, "top")
    assert script.count("once") == 1
    assert re.findall(r"\b(?:import|export)\b", script) == []


def test_a_bundle_is_much_shorter_than_its_modules_and_says_no_comment() -> None:
    folder = ROOT / "static" / "js"
    script = bundle(folder, "finder/app")
    written = sum((folder / f"{name}.js").stat().st_size for name in common_modules(folder, ["finder/app"]))
    assert len(script) < 0.45 * written
    assert "@param" not in script


def test_what_scripts_have_in_common_stands_before_them_once(tmp_path: Path) -> None:
    modules = {
        "deep": 'export const deep = "deep";\n',
        "both": 'import { deep } from "./deep.js";\nexport const unused = 1;\nexport const both = [deep, "both"];\n',
        "own": 'export const own = "own";\n',
        "a": 'import { both } from "./both.js";\nprint("a", both);\n',
        "b": 'import { both } from "./both.js";\nimport { own } from "./own.js";\nprint("b", both, own);\n',
    }
    write_modules(tmp_path, modules)
    common = common_modules(tmp_path, ("a", "b"))
    assert common == ("deep", "both")
    texts = [bundle_of(tmp_path, common), *(bundle(tmp_path, entry, given=common) for entry in ("a", "b"))]
    assert [text.count('"deep"') for text in texts] == [1, 0, 0]
    assert printed("\n".join(texts)) == [["a", ["deep", "both"]], ["b", ["deep", "both"], "own"]]


def test_modules_of_one_script_may_have_names_in_common(tmp_path: Path) -> None:
    modules = {
        "first": 'const name = "first";\nexport const first = () => name;\nexport const told = 1;\n',
        "second": 'const name = "second";\nexport const second = () => name;\nexport const told = 2;\n',
        "taking": 'import { told } from "./second.js";\nexport const taking = told;\n',
        "top": 'import { first, told } from "./first.js";\nimport { second } from "./second.js";\n'
        'import { taking } from "./taking.js";\nimport * as all from "./first.js";\n'
        'import * as others from "./second.js";\n'
        "print(first(), told, second(), taking, all.first(), others.second(), others.told);\n",
    }
    write_modules(tmp_path, modules)
    expected = [["first", 1, "second", 2, "first", "second", 2]]
    assert printed(bundle(tmp_path, "top")) == expected
    for given in (("first",), ("first", "second"), ("second", "first")):
        texts = [bundle_of(tmp_path, given), bundle(tmp_path, "top", given=given)]
        assert printed("\n".join(texts)) == expected


def write_modules(folder: Path, modules: dict[str, str]) -> None:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")


def printed(script: str) -> Any:
    """Return what a script that runs by itself gives to `print`."""
    program = "const all = []; globalThis.print = (...texts) => all.push(texts); (0, eval)(given);"
    return evaluated(f"{program} console.log(JSON.stringify(all));", script)


@pytest.mark.parametrize(
    "source",
    [
        'import x from "./y.js";\n',
        "export default 1;\n",
        'export * from "./y.js";\n',
        'const x = "</script>";\n',
        'import("./y.js");\n',
    ],
)
def test_a_form_that_cannot_be_bundled_is_refused(source: str, tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(source, encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.js"):
        bundle(tmp_path, "a")


def test_modules_that_import_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import {b} from "./b.js";\n', encoding="utf-8")
    (tmp_path / "b.js").write_text('import {a} from "./a.js";\n', encoding="utf-8")
    with pytest.raises(ValueError, match="a -> b -> a"):
        bundle(tmp_path, "a")
