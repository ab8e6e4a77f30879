"""What is wrong with the arrays of a network: no index may lie out of range, and no number may be NaN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stationmap.streets.graph_file import GraphFile
from stationmap.streets.grid import Grid

MAX_CELL_M = 300.0
_TYPES = {
    "node_lons": "f8", "node_lats": "f8", "node_keys": "i8", "edge_from": "i4", "edge_to": "i4", "edge_length_m": "f8",
    "edge_arc": "i4", "edge_first_point": "i4", "point_lons_e7": "i4", "point_lats_e7": "i4", "point_edge": "i4",
    "arc_first": "i4", "arc_heads": "i4", "arc_edges": "i4", "cell_keys": "i8", "cell_first": "i4",
    "cell_segments": "i4",
}  # fmt: skip
_OF_PROFILE = {"out_s": "f8", "in_s": "f8", "wait_s": "f4", "component": "i4"}
MAX_SPEED_M_S = 50.0


def faults(file: GraphFile) -> tuple[str, ...]:
    """Return what is wrong with a file whose checksums are right, one sentence each; nothing where it can be used."""
    found = tuple(_of_header(file.header))
    if not found:
        found = tuple(_of_types(file))
    return found or tuple(_of_arrays(file.header, file.arrays))


def _of_header(header: dict[str, Any]) -> Iterator[str]:
    speeds = header.get("top_speeds_m_s")
    if not (isinstance(speeds, dict) and speeds and all(_between(each, 0, MAX_SPEED_M_S) for each in speeds.values())):
        yield "top_speeds_m_s 不是速度 are no speeds"
    if not _between(header.get("cell_m"), 1, MAX_CELL_M):
        yield "cell_m 不是米数 is no number of metres"
    for name in ("tiles", "cells"):
        grid = header.get(name)
        if not (
            isinstance(grid, list) and len(grid) == len(Grid._fields)
            and all(_between(each, -1e9, 1e9) for each in grid) and grid[2] > 0 < grid[3]
            and isinstance(grid[4], int) and grid[4] > 0
        ):  # fmt: skip
            yield f"{name} 不是网格 is no grid"


def _between(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low < value < high


def _of_types(file: GraphFile) -> Iterator[str]:
    wanted = dict(_TYPES)
    for profile in file.header["top_speeds_m_s"]:
        wanted |= {f"{profile}_{name}": dtype for name, dtype in _OF_PROFILE.items()}
    for name, dtype in wanted.items():
        array = file.arrays.get(name)
        if array is None or array.dtype != np.dtype(dtype):
            yield f"缺少数组 lacks the array {name}"


def _of_arrays(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Iterator[str]:
    nodes, edges, points = len(arrays["node_lons"]), len(arrays["edge_from"]), len(arrays["point_edge"])
    sizes = {
        "node_lats": nodes, "node_keys": nodes, "arc_first": nodes + 1, "edge_to": edges, "edge_arc": edges,
        "edge_length_m": edges,
        "edge_first_point": edges + 1, "arc_heads": 2 * edges, "arc_edges": 2 * edges, "point_lons_e7": points,
        "point_lats_e7": points, "cell_first": len(arrays["cell_keys"]) + 1,
    }  # fmt: skip
    for profile in header["top_speeds_m_s"]:
        sizes |= {f"{profile}_out_s": 2 * edges, f"{profile}_in_s": 2 * edges}
        sizes |= {f"{profile}_wait_s": nodes, f"{profile}_component": edges}
    wrong = [name for name, size in sizes.items() if len(arrays[name]) != size]
    if wrong or not edges:
        yield f"数组长度不符 arrays of a wrong length: {', '.join(wrong) or 'edge_from'}"
        return
    yield from _of_indices(arrays, nodes, edges, points)
    yield from _of_times(header, arrays, edges)


def _of_indices(arrays: dict[str, NDArray[Any]], nodes: int, edges: int, points: int) -> Iterator[str]:
    for name, low, high in (
        ("node_lons", -180, 180), ("node_lats", -90, 90), ("edge_from", 0, nodes - 1), ("edge_to", 0, nodes - 1),
        ("edge_arc", 0, 2 * edges - 1), ("edge_length_m", 0, 1e8), ("point_lons_e7", -180e7, 180e7),
        ("point_lats_e7", -90e7, 90e7),
        ("point_edge", 0, edges - 1), ("arc_heads", 0, nodes - 1), ("arc_edges", 0, edges - 1),
        ("cell_segments", 0, points - 2),
    ):  # fmt: skip
        if not _within(arrays[name], low, high):
            yield f"{name} 超出范围 is out of range"
    for name, end in (
        ("arc_first", 2 * edges),
        ("edge_first_point", points),
        ("cell_first", len(arrays["cell_segments"])),
    ):
        if not _counts_up(arrays[name], end):
            yield f"{name} 不递增 does not ascend"
    for name in ("node_keys", "cell_keys"):
        if (np.diff(arrays[name]) < 0).any():
            yield f"{name} 不递增 does not ascend"


def _of_times(header: dict[str, Any], arrays: dict[str, NDArray[Any]], edges: int) -> Iterator[str]:
    for profile in header["top_speeds_m_s"]:
        for name in ("out_s", "in_s"):
            if not (arrays[f"{profile}_{name}"] > 0).all():  # NaN compares false as well; inf is a way not to be used
                yield f"{profile}_{name} 含非正数或 NaN has times that are not positive"
        if not _within(arrays[f"{profile}_wait_s"], 0, 1e6):
            yield f"{profile}_wait_s 超出范围 is out of range"
        if not _within(arrays[f"{profile}_component"], -1, edges):
            yield f"{profile}_component 超出范围 is out of range"


def _within(array: NDArray[Any], low: float, high: float) -> bool:
    return not len(array) or bool(array.min() >= low and array.max() <= high)


def _counts_up(array: NDArray[Any], end: int) -> bool:
    return bool(array[0] == 0 and array[-1] == end and (np.diff(array) >= 0).all())
