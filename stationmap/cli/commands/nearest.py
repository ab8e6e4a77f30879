"""`stationmap nearest`: the nearest stations to one place, or to every place of a file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from stationmap.cli.error_handling import NegativeNumbers
from stationmap.cli.nearest_options import NearestOptions, nearest_options, parse_options
from stationmap.cli.options import FILE, Finite, open_registry, registry_option
from stationmap.cli.targets import Output, Target
from stationmap.cli.terminal import console, plain, print_demo_label, print_json
from stationmap.defaults import NEIGHBOURS

if TYPE_CHECKING:
    from rich.table import Table

    from stationmap.provenance import Provenance
    from stationmap.registry.registry import Registry
    from stationmap.search.nearest_by_streets import StreetNeighbour

# Heading and share of the width; metres take the width they need.
COLUMNS = (
    ("站点\nStation", 4),
    ("米\nMetres", None),
    ("状态\nState", 3),
    ("谁可以进\nWho", 2),
    ("设施\nFacilities", 4),
    ("核对\nChecked", 2),
)
UNSAID = ("closes_soon", "verified_by_rider", "geocoded")  # doubts that nothing else in a row expresses
MIN_WIDTH = 100  # of the table, without a terminal


@click.command("nearest", cls=NegativeNumbers)
@click.argument("lon", type=Finite(-180, 180), required=False)
@click.argument("lat", type=Finite(-90, 90), required=False)
@nearest_options
@click.option("--from", "start", metavar="PLACE", help="从一个地点出发 From a place of the city, by its name.")
@click.option("--json", "as_json", is_flag=True, help="输出 GeoJSON Print GeoJSON.")
@click.option("--batch", type=FILE, help="CSV 文件,含 lon,lat 列 A CSV file with the columns lon and lat.")
@click.option("--out", type=Output(), help="批量结果写到 Where the batch goes [default: standard output].")
@click.option(
    "--format", "form", type=click.Choice(["csv", "geojson"]), help="批量结果格式 Form of the batch [default: csv]."
)
@registry_option
def nearest_command(
    lon: float | None,
    lat: float | None,
    start: str | None,
    as_json: bool,
    batch: Path | None,
    out: Target | None,
    form: str | None,
    registry: Path | None,
    **options: Any,
) -> None:
    """最近的站点 The nearest stations to LON LAT (degrees, longitude first), or to each place of a CSV file.

    Stations whose hours are unknown stay in an answer to --open-at and say so.
    """
    if start is not None and batch is None and lon is None and out is None and form is None:
        from stationmap.cli.named_places import place_named

        place = place_named(start)
        parsed = parse_options(**{**options, "datum": "wgs84"})
        _answer(place.lon, place.lat, parsed, open_registry(registry), as_json=as_json)
    elif start is None and batch is not None and lon is None and not as_json:
        from stationmap.cli.commands.batch import run

        run(parse_options(**options), open_registry(registry), batch, out, form or "csv")
    elif start is None and batch is None and lon is not None and lat is not None and out is None and form is None:
        _answer(lon, lat, parse_options(**options), open_registry(registry), as_json=as_json)
    else:
        raise click.UsageError(
            "或者 LON LAT 或 --from PLACE [--json],或者 --batch FILE [--out --format] "
            "either LON LAT or --from PLACE [--json], or --batch FILE [--out --format]"
        )


def _answer(lon: float, lat: float, options: NearestOptions, registry: Registry, *, as_json: bool) -> None:
    from stationmap.datum import to_wgs84
    from stationmap.registry.model import Position
    from stationmap.search.station_index import StationIndex

    position = Position(*to_wgs84(lon, lat, options.datum))
    found = options.nearest(StationIndex(registry.stations), position, NEIGHBOURS)
    if as_json:
        print_json(_collection(registry, found, options))
        return
    print_demo_label(demo=registry.demo)
    if options.network is not None:
        click.echo(_of_streets(options.network.provenance), err=True)
    if found:
        screen = console()
        if not screen.is_terminal:
            screen.width = max(screen.width, MIN_WIDTH)
        screen.print(_table(found, options))
    else:
        click.echo("没有符合条件的站点 no station meets the conditions", err=True)


def _of_streets(come_from: Provenance) -> str:
    return f"道路 streets: {come_from.rights.attribution}, {come_from.date or '日期不详 date unknown'}"


def _collection(registry: Registry, found: list[StreetNeighbour], options: NearestOptions) -> dict[str, Any]:
    from stationmap.formats import geojson
    from stationmap.hours.opening_hours import ZONE
    from stationmap.search.usability import standing

    features = [geojson.feature(each.station) for each in found]
    for feature, each in zip(features, found, strict=True):
        schedule, known = each.station.schedule, feature["properties"]
        known |= {"riders": standing(each.station), "doubts": options.doubts(each)}
        known |= geojson.visit(schedule, each.distance_m, options.at, options.travel, each.network_s)
        if options.network is not None:
            known |= geojson.street_members(each.network_s, each.network_m)
    about = {} if options.network is None else geojson.by_streets(options.network.provenance, options.profile)
    return geojson.collection(registry, features, at=options.at.astimezone(ZONE), **about)


def _table(found: list[StreetNeighbour], options: NearestOptions) -> Table:
    from rich.table import Table

    table = Table(show_lines=True, expand=True)
    for heading, ratio in COLUMNS:
        justify: Literal["left", "right"] = "left" if ratio else "right"
        table.add_column(heading, ratio=ratio, justify=justify, overflow="fold", no_wrap=ratio is None)
    for neighbour in found:
        table.add_row(*_cells(neighbour, options))
    return table


def _cells(neighbour: StreetNeighbour, options: NearestOptions) -> tuple[str, ...]:
    from stationmap.cli import bilingual
    from stationmap.hours.opening_hours import ZONE
    from stationmap.search.query import state_on_arrival

    station, known = neighbour.station, neighbour.station.properties
    status = station.status_at(options.at)
    state = [bilingual.state(status, options.at, between="\n"), *bilingual.remarks(status)]
    on_arrival = state_on_arrival(station.schedule, status, options.at, *options.way(neighbour))
    if status.state == "open" and on_arrival == "closed":
        state.append(bilingual.both("state.not_in_time"))
    state += [bilingual.both(f"doubt.{code}") for code in options.doubts(neighbour) if code in UNSAID]
    return (
        "\n".join(plain(part) for part in (station.name, known.name_en, station.id) if part),
        "\n".join(_distances(neighbour, options)),
        "\n".join(state),
        bilingual.both(f"who.{station.access.who}", between="\n"),
        bilingual.labels("facility", [code for code, present in station.facilities.items() if present]),
        bilingual.checked(known.verified, options.at.astimezone(ZONE).date()),
    )


def _distances(found: StreetNeighbour, options: NearestOptions) -> Iterator[str]:
    """Yield straight metres and, along streets, the metres and minutes of the way."""
    yield f"{found.distance_m:,.0f}"
    if options.network is None:
        return
    if found.network_s is None or found.network_m is None:
        yield "路程未知 way unknown"
    else:
        yield f"路程 way {found.network_m:,.0f}"
        yield f"{math.ceil(found.network_s / 60):,} 分钟 min"
