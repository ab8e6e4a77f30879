"""`stationmap city`: make the streets of a city of an extract of OpenStreetMap, and look at what was made."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stationmap.cli.build_steps import build_steps
from stationmap.cli.findings import print_findings
from stationmap.cli.options import DATUM, FILE, json_option, now, registry_option, settings
from stationmap.cli.targets import Group
from stationmap.cli.terminal import plain, print_json

if TYPE_CHECKING:
    from stationmap.places.place import Place
    from stationmap.provenance import Bounds, Provenance, Rights


class BoundsType(click.ParamType):  # type: ignore[type-arg]
    """A box as west, south, east, north in degrees."""

    name = "W,S,E,N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Bounds:
        """Convert a text such as 116.9,34.0,117.6,34.5."""
        from stationmap.provenance import bounds_of

        try:
            return bounds_of([float(each) for each in str(value).split(",")])
        except (TypeError, ValueError):
            self.fail(
                "不是西,南,东,北（度） not west,south,east,north in degrees, such as 116.9,34.0,117.6,34.5", param, ctx
            )


folder_argument = click.argument("folder", type=FILE, required=False, metavar="[FOLDER]")


@click.group("city", cls=Group)
def city_command() -> None:
    """城市的道路与地名 The ground, the places and the streets of a city, of one extract of OpenStreetMap."""


@city_command.command("build")
@click.argument("extract", type=FILE, metavar="EXTRACT.osm.pbf")
@click.option("--bounds", type=BoundsType(), help="只取这个范围 Only what lies in this box.")
@click.option("--out", type=FILE, metavar="FOLDER", help="写入的文件夹 The folder to write [STATIONMAP_CITY].")
@registry_option
@click.option("--places", type=FILE, help="自己的地点，CSV 或 GeoJSON Places of your own, as CSV or GeoJSON.")
@click.option("--places-datum", type=DATUM, default="wgs84", help="这份地点的坐标系 The datum of that list [wgs84].")
@click.option("--source", help="数据来源 Whose data it is [OpenStreetMap].")
@click.option("--licence", help="数据许可 Its licence [ODbL-1.0].")
@click.option("--attribution", help="地图上的署名 What a map must show [© OpenStreetMap contributors].")
@json_option
def build_command(
    extract: Path,
    bounds: Bounds | None,
    out: Path | None,
    registry: Path | None,
    places: Path | None,
    places_datum: str,
    source: str | None,
    licence: str | None,
    attribution: str | None,
    as_json: bool,
) -> None:
    """生成城市文件 Write ground.pmtiles, places.geojson and streets.graph of an EXTRACT: all of them or none.

    A server whose setting `city` names the folder serves them within seconds.
    """
    from stationmap.extract import build

    folder = _folder(out)
    with build_steps() as progress:
        built = build.build(
            extract,
            folder,
            built_at=now(),
            bounds=bounds,
            rights=_rights(source, licence, attribution),
            own_places=_own_places(places, places_datum),
            stations=_stations(registry, folder),
            progress=progress,
        )
    if as_json:
        print_json({**built.provenance.to_json(), "files": built.sizes})
        return
    for name, size in built.sizes.items():
        click.echo(plain(f"{folder / name}: {size:,} B"))
    click.echo(plain(_summary(built.provenance, now())), err=True)


@city_command.command("info")
@folder_argument
@json_option
def info_command(folder: Path | None, as_json: bool) -> None:
    """查看城市文件 Say of which extract the files of a FOLDER are, and how old its data is."""
    from stationmap import city_files
    from stationmap.city import EXTRACT_FILES

    chosen = _folder(folder)
    found = city_files.read(chosen)
    sizes = {name: size for name, size in city_files.sizes(chosen).items() if name in found.by_name}
    provenance = found.provenance
    if as_json:
        print_json({**(provenance.to_json() if provenance else {}), "files": sizes})
        return
    for name in EXTRACT_FILES:
        click.echo(plain(f"{chosen / name}: {f'{sizes[name]:,} B' if name in sizes else '没有 none'}"))
    if provenance:
        click.echo(plain(_summary(provenance, now())))


@city_command.command("check")
@folder_argument
@registry_option
@json_option
def check_command(folder: Path | None, registry: Path | None, as_json: bool) -> None:
    """检查城市文件 Read every byte of the files of a FOLDER and report errors; exit code 1 when there is one."""
    from stationmap import city_files

    chosen = _folder(folder)
    found = city_files.examine(chosen, _stations(registry, chosen))
    if as_json:
        print_json({"folder": str(chosen), "findings": [each._asdict() for each in found]})
    else:
        print_findings(chosen, found)
    if found:
        raise click.exceptions.Exit(1)


@city_command.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("-k", type=click.IntRange(1, 100), default=10, help="几个 How many [10].")
@json_option
def search_command(words: tuple[str, ...], k: int, as_json: bool) -> None:
    """查找地点 Say which places of the folder STATIONMAP_CITY the WORDS name, as the search of the pages does."""
    from dataclasses import asdict

    from stationmap.cli.named_places import described, found_places

    found, is_near = found_places(" ".join(words), k)
    if as_json:
        print_json({"nearly": is_near and bool(found), "places": [asdict(each) for each in found]})
        return
    if is_near:
        heading = "相近的有 nearly called so:" if found else "没有这样的地点 no place is called so"
        click.echo(heading, err=True)
    for each in found:
        click.echo(plain(f"{described(each)} {each.name_en} {each.lon:.5f} {each.lat:.5f}".replace("  ", " ")))


def _folder(given: Path | None) -> Path:
    folder = given or settings().city
    if folder is None:
        raise click.UsageError("哪个文件夹 say which folder is meant: FOLDER (build: --out), or STATIONMAP_CITY")
    return folder


def _rights(source: str | None, licence: str | None, attribution: str | None) -> Rights:
    from stationmap.provenance import MAX_TEXT_LENGTH, OPENSTREETMAP, Rights

    given = Rights(*(text or usual for text, usual in zip((source, licence, attribution), OPENSTREETMAP, strict=True)))
    if max(map(len, given)) > MAX_TEXT_LENGTH:
        raise click.UsageError(
            f"来源、许可和署名最多 {MAX_TEXT_LENGTH} 字 source, licence and attribution are too long"
        )
    return given


def _own_places(path: Path | None, datum: str) -> tuple[Place, ...]:
    from stationmap import files
    from stationmap.datum import Datum
    from stationmap.extract.places.own_places import read_own_places

    return read_own_places(files.read(path), path.name, Datum(datum)) if path else ()


def _stations(registry: Path | None, folder: Path) -> list[tuple[float, float]]:
    """Return where the stations of a registry are, of none where only that of the demonstration is at hand."""
    from stationmap.city import REGISTRY
    from stationmap.registry.store import load
    from stationmap.resources import demo_registry

    beside = folder / REGISTRY
    path = registry or (beside if beside.exists() else settings().registry)
    if path == demo_registry():
        return []
    return [(each.position.lon, each.position.lat) for each in load(path).stations if each.position]


def _summary(found: Provenance, at: datetime) -> str:
    """Return in a line of which extract files are, and how old its data is."""
    day = found.date
    age = f"{day.isoformat()}（{(at.date() - day).days} 天前 days ago）" if day else "日期不明 of an unknown day"
    west, south, east, north = found.bounds
    return (
        f"{found.extract}: {age}；{found.rights.source}，{found.rights.licence}；"
        f"WGS-84 {west:.4f},{south:.4f} ~ {east:.4f},{north:.4f}；build {found.build}"
    )
