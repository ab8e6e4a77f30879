"""Lines that carry a name, joined end to end where they are alike: a label needs a line as long as its words.

A street is drawn in OpenStreetMap as many short ways. Lines with a direction are joined only along it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

import shapely

from stationmap.extract.ground.rules import Shown


class JoinedLines:
    """Collects named lines, then gives them back joined."""

    def __init__(self) -> None:
        self._alike: defaultdict[tuple[str, str, int], list[bytes]] = defaultdict(list)

    def takes(self, shown: Shown) -> bool:
        """Tell whether a line is one to be joined."""
        return "name" in shown.attributes

    def add(self, shown: Shown, wkb: str) -> None:
        """Keep a line, in the hexadecimal WKB of osmium."""
        alike = shown.layer, json.dumps(shown.attributes, ensure_ascii=False), shown.min_zoom
        self._alike[alike].append(bytes.fromhex(wkb))

    def joined(self) -> Iterator[tuple[Shown, str]]:
        """Yield what each line is on the ground, and the line as GeoJSON."""
        for (layer, attributes, min_zoom), lines in self._alike.items():
            shown = Shown(layer, json.loads(attributes), min_zoom)
            merged = shapely.line_merge(
                shapely.multilinestrings(shapely.from_wkb(lines)), directed="oneway" in shown.attributes
            )
            for line in shapely.get_parts(merged):
                yield shown, shapely.to_geojson(line)
