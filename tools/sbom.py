"""Write what the program is made of as CycloneDX 1.6: `sbom.py FILE`, by `make sbom`.

Of what is locked with its hashes and what stands in `static/vendor` with its own; equal input gives equal bytes.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
NAMESPACE = uuid.UUID("6f2b9f0e-3d0c-5a53-9a39-8a8d1f0f6b11")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^ +# +(?:via )?([A-Za-z0-9._-]+)", re.MULTILINE)


class Locked(NamedTuple):
    """A package of the lock file; any file of it that is installed has one of the hashes."""

    name: str
    version: str
    hashes: tuple[str, ...]
    required_by: frozenset[str]


def normal(name: str) -> str:
    """Return the name of a package as indexes spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text: str) -> list[Locked]:
    """Return the packages of a lock file."""
    starts = [*_PINNED.finditer(text)]
    ends = [found.start() for found in starts[1:]] + [len(text)]
    return [
        Locked(
            normal(found[1]),
            found[2],
            tuple(_HASH.findall(text, found.end(), end)),
            frozenset(map(normal, _VIA.findall(text, found.end(), end))),
        )
        for found, end in zip(starts, ends, strict=True)
    ]


def reached(packages: Iterable[Locked], named: Iterable[str]) -> set[str]:
    """Return the names of the packages that those named need, themselves included."""
    found = {normal(re.split(r"[^A-Za-z0-9._-]", one)[0]) for one in named}
    grown = True
    while grown:
        more = {one.name for one in packages if one.name not in found and one.required_by & found}
        found |= more
        grown = bool(more)
    return found


def document() -> dict[str, Any]:
    """Return the bill of materials: required is what runs, optional what an extra adds, excluded what only tests need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lock = (ROOT / "requirements/test.lock").read_text("utf-8")
    vendor = (ROOT / "static/vendor/MANIFEST.json").read_text("utf-8")
    packages = locked(lock)
    runs = reached(packages, project["dependencies"])
    extras = project["optional-dependencies"]
    adds = reached(packages, [one for extra in extras.values() for one in extra])
    parts = [_package(one, runs, adds) for one in packages] + [_script(one) for one in json.loads(vendor)]
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, own + lock + vendor)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": own,
            }
        },
        "components": sorted(parts, key=lambda part: str(part["bom-ref"])),
        "dependencies": _dependencies(own, packages, project),
    }


def _package(one: Locked, runs: set[str], adds: set[str]) -> dict[str, Any]:
    address = f"pkg:pypi/{one.name}@{one.version}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": one.name,
        "version": one.version,
        "scope": "required" if one.name in runs else "optional" if one.name in adds else "excluded",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.hashes],
        "purl": address,
    }


def _script(one: dict[str, Any]) -> dict[str, Any]:
    address = f"pkg:npm/{one['name']}@{one['version']}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": one["name"],
        "version": one["version"],
        "scope": "required",
        "licenses": [{"license": {"id": one["licence"]}}],
        "purl": address,
        "components": [
            {
                "type": "file",
                "bom-ref": f"{address}#{path}",
                "name": path,
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
            for path, digest in one["sha256"].items()
        ],
    }


def _dependencies(own: str, packages: list[Locked], project: dict[str, Any]) -> list[dict[str, Any]]:
    addresses = {one.name: f"pkg:pypi/{one.name}@{one.version}" for one in packages} | {project["name"]: own}
    needs: dict[str, list[str]] = {address: [] for address in addresses.values()}
    for one in packages:
        for parent in one.required_by & addresses.keys():
            needs[addresses[parent]].append(addresses[one.name])
    return [{"ref": address, "dependsOn": sorted(found)} for address, found in sorted(needs.items())]


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document(), indent=1) + "\n", "utf-8")
