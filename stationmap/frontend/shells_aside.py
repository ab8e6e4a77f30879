"""The maps of a site's pages, made in a process of its own: `python -m stationmap.frontend.shells_aside`.

Folium brings pandas, 50 MB that are of no use once the maps are made: here they go with the process. It reads what the
maps depend on from standard input and writes the maps to standard output, both as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from stationmap import city
from stationmap.frontend.base_layers import online_layers
from stationmap.frontend.map_shell import audit_shell, shell
from stationmap.i18n import LANGUAGES


def made(asked: dict[str, Any]) -> list[tuple[bool, str, tuple[Any, ...]]]:
    """Return the map of the finder and of the audit in each language: whether it is the audit's, language, shell."""
    city.adopt(city.load(Path(asked["city"]) if asked["city"] else None))
    layers = online_layers(asked["layers"], tianditu_key=asked["tianditu_key"])
    kinds = ((False, shell), (True, audit_shell))
    return [(is_audit, language, kind(language, layers)) for is_audit, kind in kinds for language in LANGUAGES]


if __name__ == "__main__":
    json.dump(made(json.load(sys.stdin)), sys.stdout)
