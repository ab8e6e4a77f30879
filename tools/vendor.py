"""Fetch the third-party browser files under static/vendor and record version, licence and sha256 of each.

    python tools/vendor.py [--check]

Everything comes from npm packages through the npm client; the files stay byte for byte what their authors published.
`--check` compares what is there with the record and fetches nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = VENDOR / "MANIFEST.json"


class Package(NamedTuple):
    """An npm package at an exact version and the files of it that a page needs, with their names here."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    licence_holders: str = ""
    """Who holds the rights of a package under the MIT licence that has no file of its text."""


IN_PROTOMAPS_LEAFLET = (
    ("@mapbox/point-geometry", "1.1.0", "ISC", "LICENSE"),
    ("@mapbox/vector-tile", "2.0.4", "BSD-3-Clause", "LICENSE.txt"),
    ("rbush", "3.0.1", "MIT", "LICENSE"),
    ("quickselect", "2.0.0", "ISC", "LICENSE"),
    ("potpack", "1.0.2", "ISC", "LICENSE"),
    ("color2k", "2.0.3", "MIT", "LICENSE"),
    ("fflate", "0.8.2", "MIT", "LICENSE"),
)
"""What its script holds of others, without their licences: name, version, licence, the file of its text. pbf is in it
too, whose licence stands with its own script; PMTiles and the basemaps of Protomaps, under its own licence and of the
same holder."""

PACKAGES = (
    Package(
        "leaflet",
        "1.9.4",
        "BSD-2-Clause",
        {
            "dist/leaflet.js": "leaflet/leaflet.js",
            "dist/leaflet.css": "leaflet/leaflet.css",
            "dist/images/layers.png": "leaflet/images/layers.png",
            "dist/images/layers-2x.png": "leaflet/images/layers-2x.png",
            "dist/images/marker-icon.png": "leaflet/images/marker-icon.png",
            "LICENSE": "leaflet/LICENSE",
        },
    ),
    Package(
        "supercluster",
        "8.0.1",
        "ISC",
        {"dist/supercluster.min.js": "supercluster/supercluster.min.js", "LICENSE": "supercluster/LICENSE"},
    ),
    Package(
        "leaflet.fullscreen",
        "3.0.2",
        "MIT",
        {
            "Control.FullScreen.js": "leaflet.fullscreen/Control.FullScreen.js",
            "Control.FullScreen.css": "leaflet.fullscreen/Control.FullScreen.css",
            "icon-fullscreen.svg": "leaflet.fullscreen/icon-fullscreen.svg",
            "LICENSE": "leaflet.fullscreen/LICENSE",
        },
    ),
    Package(
        "leaflet.locatecontrol",
        "0.90.1",
        "MIT",
        {
            "dist/L.Control.Locate.min.js": "leaflet.locatecontrol/L.Control.Locate.min.js",
            "dist/L.Control.Locate.min.css": "leaflet.locatecontrol/L.Control.Locate.min.css",
            "LICENSE.md": "leaflet.locatecontrol/LICENSE",
        },
    ),
    Package(
        "weixin-js-sdk",
        "1.6.5",
        "MIT",
        {"index.js": "weixin-js-sdk/index.js", "LICENSE": "weixin-js-sdk/LICENSE"},
    ),
    Package(
        "leaflet-draw",
        "1.0.4",
        "MIT",
        {
            "dist/leaflet.draw.js": "leaflet-draw/leaflet.draw.js",
            "dist/leaflet.draw.css": "leaflet-draw/leaflet.draw.css",
            "dist/images/spritesheet.svg": "leaflet-draw/images/spritesheet.svg",
            "dist/images/spritesheet.png": "leaflet-draw/images/spritesheet.png",
            "dist/images/spritesheet-2x.png": "leaflet-draw/images/spritesheet-2x.png",
        },
        licence_holders="2012-2017 Jacob Toye, Jon West, Smartrak, Leaflet",
    ),
    # Draws vector tiles. Its own rules are for another schema of layers; ours are static/js/map/ground/paint_rules.js.
    Package(
        "protomaps-leaflet",
        "5.1.0",
        "BSD-3-Clause",
        {
            "dist/protomaps-leaflet.js": "protomaps-leaflet/protomaps-leaflet.js",
            "LICENSE": "protomaps-leaflet/LICENSE",
        },
    ),
    *(
        Package(name, version, licence, {text: f"protomaps-leaflet/LICENSE.{name.rpartition('/')[2]}"})
        for name, version, licence, text in IN_PROTOMAPS_LEAFLET
    ),
    # Reads the messages that tiles of stations are made of. What reads whole vector tiles is on npm as modules for
    # bundlers only; of points there is little more to read (static/js/map/tiled/tile_content.js).
    Package("pbf", "4.0.1", "BSD-3-Clause", {"dist/pbf.js": "pbf/pbf.js", "LICENSE": "pbf/LICENSE"}),
    # Of the whole only what works out a proof: the element itself writes styles into the page and makes its workers of
    # blobs, which our content policy forbids.
    Package(
        "altcha",
        "3.2.2",
        "MIT",
        {"dist/workers/pbkdf2.js": "altcha/pbkdf2.js", "LICENSE.txt": "altcha/LICENSE"},
    ),
)
MIT = """Copyright {holders}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def main(arguments: list[str] | None = None) -> int:
    """Fetch or check; exit status 1 if a file is not what the record says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the record, fetch nothing")
    if parser.parse_args(arguments).check:
        changed = changed_files()
        print("\n".join(f"not as recorded: {name}" for name in changed) or "every vendored file is as recorded")
        return 1 if changed else 0
    record = [fetched(package) for package in PACKAGES]
    MANIFEST.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def fetched(package: Package) -> dict[str, object]:
    """Write the files of a package under static/vendor and return its entry in the record."""
    with tempfile.TemporaryDirectory() as folder:
        spec = f"{package.name}@{package.version}"
        subprocess.run(["npm", "pack", "--silent", spec], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            for inside, here in package.files.items():
                member = archive.extractfile(f"package/{inside}")
                if member is None:
                    raise FileNotFoundError(f"{spec} has no file {inside}")
                target = VENDOR / here
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(member.read())
    names = [*package.files.values()]
    if package.licence_holders:
        names.append(f"{package.name}/LICENSE")
        (VENDOR / names[-1]).write_text(MIT.format(holders=package.licence_holders), encoding="utf-8")
    sums = {here: sha256(VENDOR / here) for here in names}
    return {"name": package.name, "version": package.version, "licence": package.licence, "sha256": sums}


def changed_files() -> list[str]:
    """Return the recorded files that are missing or whose content is not the recorded one."""
    record = json.loads(MANIFEST.read_text(encoding="utf-8"))
    sums = {name: value for entry in record for name, value in entry["sha256"].items()}
    return [name for name, value in sums.items() if not (VENDOR / name).is_file() or sha256(VENDOR / name) != value]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
