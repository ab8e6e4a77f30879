"""What lies in a box of a larger extract, as a file of its own, so that not every maker reads a whole province."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from stationmap.errors import Finding, InvalidExtractError, ProgressCallback
from stationmap.extract.extract import Extract, as_findings, import_osmium, pbf
from stationmap.provenance import Bounds

OBJECTS_PER_CHECK = 100_000
OUTSIDE = "要求的范围与提取文件不相交 the box and the extract have nothing in common"


def cut(extract: Extract, bounds: Bounds, path: Path, progress: ProgressCallback) -> Extract:
    """Write what lies in a box into a file; return that extract, or the same where the box holds all of it.

    Ways with a node in the box stay whole, and so do multipolygons of which a way has one; other relations are not
    completed, as a bus line would bring half the province with it. Raises InvalidExtractError, FileError.
    """
    shared = extract.bounds.shared_with(bounds)
    if shared is None:
        detail = f"{OUTSIDE}: {tuple(extract.bounds)}"
        raise InvalidExtractError((Finding(extract.provenance.extract, "out_of_range", detail),))
    if shared == extract.bounds:
        return extract
    import_osmium()
    with as_findings(extract.path):
        kept = _kept(extract.path, shared, progress)
        _write(extract.path, kept, path, shared, progress)
    return replace(extract, path=path, provenance=replace(extract.provenance, bounds=shared))


def _kept(source: Path, bounds: Bounds, progress: ProgressCallback) -> Any:
    """Return osmium's set of ids: nodes in the box, ways with one of them, multipolygons with one of these."""
    import osmium

    ids = osmium.IdTracker()
    for at, node in enumerate(osmium.FileProcessor(pbf(source), osmium.osm.NODE)):
        place = node.location  # type: ignore[union-attr]
        if place.valid() and bounds.contains(place.lon, place.lat):
            ids.add_node(node.id)
        if at % OBJECTS_PER_CHECK == 0:
            progress(0.2, "cutting")
    progress(0.4, "cutting")
    for way in osmium.FileProcessor(pbf(source), osmium.osm.WAY).with_filter(ids.contains_filter()):
        ids.add_way(way.id)
    progress(0.6, "cutting")
    areas = osmium.filter.TagFilter(("type", "multipolygon"))
    relations = osmium.FileProcessor(pbf(source), osmium.osm.RELATION).with_filter(areas)
    for relation in relations.with_filter(ids.contains_filter()):
        ids.add_relation(relation.id)
    ids.complete_backward_references(pbf(source), relation_depth=1)
    return ids


def _write(source: Path, kept: Any, path: Path, bounds: Bounds, progress: ProgressCallback) -> None:
    import osmium

    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(*bounds))
    with osmium.SimpleWriter(pbf(path), header=header) as writer:
        for at, each in enumerate(osmium.FileProcessor(pbf(source)).with_filter(kept.id_filter())):
            writer.add(each)
            if at % OBJECTS_PER_CHECK == 0:
                progress(0.8, "cutting")
