"""Places of the city on the command line: what words name, and the one that a way begins at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stationmap.cli.study_options import served_places
from stationmap.cli.terminal import plain
from stationmap.errors import StationmapError

if TYPE_CHECKING:
    from stationmap.places.place import Place
    from stationmap.places.places import Places

SHOWN = 5
NO_PLACES = (
    "没有地点：STATIONMAP_CITY 指向 stationmap city build 生成的文件夹 there are no places: STATIONMAP_CITY names a "
    "folder that `stationmap city build` made"
)


def places_here() -> Places:
    """Return the places of the folder that the settings name; raises StationmapError where there are none."""
    found = served_places()
    if found is None:
        raise StationmapError(NO_PLACES)
    return found


def found_places(text: str, k: int) -> tuple[list[Place], bool]:
    """Return the places that words name, best first, and whether they are only nearly called so."""
    from stationmap.places.search import guess, search

    places = places_here()
    matches = search(places, text, k)
    near = matches or guess(places, text, k)
    return [places.at(match.row) for match in near], not matches


def place_named(text: str) -> Place:
    """Return the place that words name best, and say which on standard error, with the others it may be.

    Raises StationmapError where none is called so.
    """
    found, is_near = found_places(text, SHOWN)
    if is_near:
        listed = "；相近的有 nearly so: " + "；".join(map(described, found)) if found else ""
        raise StationmapError(plain(f"没有叫“{text}”的地点 no place is called {text!r}{listed}"))
    first, *others = found
    click.echo(plain(f"从{described(first)}出发 from there"), err=True)
    if others:
        click.echo(plain(f"也可能是 or perhaps: {'；'.join(map(described, others))}"), err=True)
    return first


def described(place: Place) -> str:
    """Return a place with what distinguishes it from others of its name."""
    from stationmap.i18n import DEFAULT_LANGUAGE, translate

    kind = translate(DEFAULT_LANGUAGE, f"places.kind.{place.kind}")
    return f"{place.name}（{' · '.join(filter(None, (kind, place.around)))}）"
