"""Where the files that travel with the program are: beside the source, or inside the installed package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """Return the folder of the demonstration registry, the calendar and the areas."""
    return _folder("data")


def static_folder() -> Path:
    """Return the folder of style sheets, scripts, icons and the base map."""
    return _folder("static")


def handbook_folder() -> Path:
    """Return the folder of the handbook of staff: chapters in Markdown, and their pictures."""
    return _folder("handbook", beside="docs/zh")


def demo_registry() -> Path:
    """Return the path of the demonstration registry, which is served when no other is named."""
    return data_folder() / "stations.geojson"


def _folder(name: str, *, beside: str = "") -> Path:
    # The wheel carries data/ as stationmap/_data, static/ as stationmap/_static, docs/zh as stationmap/_handbook.
    installed = _PACKAGE / f"_{name}"
    return installed if installed.is_dir() else _PACKAGE.parent / (beside or name)
