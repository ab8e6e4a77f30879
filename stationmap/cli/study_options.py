"""The options that all audit commands share, and the study they describe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.options import (
    DATUM,
    FILE,
    MOMENT_HINT,
    Finite,
    city_folder,
    json_option,
    language_option,
    moment,
    now,
    open_registry,
    registry_option,
)
from stationmap.cli.targets import Output
from stationmap.defaults import (
    BYS,
    CELL_M,
    EXECUTOR,
    EXECUTORS,
    EXPORT_ENDINGS,
    MAX_MINUTES,
    MAX_RADIUS_M,
    MIN_CELL_M,
    MINUTES,
    RADIUS_M,
    TRAVEL,
)

if TYPE_CHECKING:
    from stationmap.audit.demand.weights import Demand
    from stationmap.audit.studies.study import CoverageFunction, Study
    from stationmap.defaults import By
    from stationmap.places.places import Places


_ENDINGS = f"{', '.join(EXPORT_ENDINGS[:-1])} or {EXPORT_ENDINGS[-1]}"


def day_of(text: str | date) -> date:
    """Parse a date such as 2026-01-12."""
    try:
        return text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("不是日期 not a day such as 2026-01-12") from error


EXECUTOR_OPTIONS = (
    click.option(
        "--executor",
        type=click.Choice(EXECUTORS),
        default=EXECUTOR,
        show_default=True,
        help="在哪里计算覆盖率 Where coverage is counted; figures are the same.",
    ),
    click.option("--scheduler", metavar="ADDRESS", help="Dask 调度器 A running Dask scheduler [default: a local one]."),
)
OPTIONS = (
    registry_option,
    click.option(
        "--radius",
        "radius_m",
        type=Finite(min=0, min_open=True, max=int(MAX_RADIUS_M)),
        help=f"服务半径(米) Metres to a station [default: {RADIUS_M:g}; by network, minutes].",
    ),
    click.option(
        "--by",
        type=click.Choice(BYS),
        default="straight",
        show_default=True,
        help="直线或沿路网 Straight, or along the streets of an extract of OpenStreetMap.",
    ),
    click.option("--travel", default=TRAVEL, show_default=True, help="出行方式 Along streets: walk or ebike."),
    click.option(
        "--minutes",
        type=Finite(min=0, min_open=True, max=int(MAX_MINUTES)),
        help=f"沿路网的分钟数 Minutes along streets [default: {MINUTES:g}, unless --radius is given].",
    ),
    click.option(
        "--streets",
        type=FILE,
        metavar="streets.graph",
        help="路网文件 The streets [default: those of the city folder].",
    ),
    click.option("--at", type=moment, metavar=MOMENT_HINT, help="时刻 Only what is open then [default: at any time]."),
    click.option("--day", type=day_of, metavar="DATE", help="日期 What is shut all of it does not count [today]."),
    click.option(
        "--week", "monday", type=day_of, metavar="MONDAY", help="时段表所在周 Week of the hours [that of --day]."
    ),
    click.option("--category", "categories", multiple=True, help="类别代码 Category code; any of those given."),
    click.option("--facility", "facilities", multiple=True, help="设施代码 Facility code; all of those given."),
    click.option("--who", multiple=True, help="谁可以进 Who may enter [default: whatever admits riders]."),
    click.option("--areas", type=FILE, help="研究区 GeoJSON of the areas, each with its adcode [default: Xuzhou]."),
    click.option("--demand", type=FILE, help="人口文件 People: CSV, GeoJSON or GeoTIFF [default: residents]."),
    click.option("--tracks", is_flag=True, help="人口文件为轨迹 The file of people holds riders' tracks."),
    click.option("--datum", type=DATUM, default="wgs84", show_default=True, help="人口文件坐标系 Datum of that file."),
    click.option(
        "--cell",
        "cell_m",
        type=Finite(min=int(MIN_CELL_M)),
        default=int(CELL_M),
        show_default=True,
        help="格网(米) Metres of a cell.",
    ),
    click.option("--district", "districts", multiple=True, metavar="ADCODE", help="区县 District [default: all]."),
    *EXECUTOR_OPTIONS,
    json_option,
    language_option,
    click.option("--out", type=Output(), help=f"写入文件 Write {_ENDINGS}, by the ending."),
)


def study_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a study and of its output to a command."""
    return _with(OPTIONS, command)


possible_option = click.option(
    "--possible", is_flag=True, help="信息不明的站点也算 Stations that possibly count serve already."
)


def executor_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the executor to a command."""
    return _with(EXECUTOR_OPTIONS, command)


def _with(options: Sequence[Callable[..., Any]], command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def study(
    *,
    registry: Path | None,
    radius_m: float | None,
    by: By,
    travel: str,
    minutes: float | None,
    streets: Path | None,
    at: datetime | None,
    day: date | None,
    monday: date | None,
    categories: tuple[str, ...],
    facilities: tuple[str, ...],
    who: tuple[str, ...],
    areas: Path | None,
    demand: Path | None,
    tracks: bool,
    datum: str,
    cell_m: float,
    districts: tuple[str, ...],
    executor: str,
    scheduler: str | None,
    possible: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Study:
    """Create the study that the options describe. Raises StationmapError for what cannot be audited."""
    from stationmap.audit.studies.question import StudyQuestion
    from stationmap.audit.studies.study_config import PeopleConfig, build_study, load_streets, requirements_of
    from stationmap.datum import Datum

    if at is not None and day is not None:
        raise click.UsageError("--at 已含日期 --at has its day: not together with --day")
    if demand is None and (tracks or datum != "wgs84"):
        raise click.UsageError("--tracks 与 --datum 须与 --demand 同用 --tracks and --datum need --demand")
    today = now().date()
    requirements = requirements_of(categories, facilities, who)
    question = StudyQuestion.of_day(
        day or today,
        requirements=requirements,
        at=at,
        monday=monday,
        possible=possible,
        **_reach(radius_m, by, travel, minutes, streets),
    )
    count_coverage = coverage_by(executor, scheduler, progress)
    found = PeopleConfig(file=demand, datum=Datum(datum), tracks=tracks)
    made = build_study(
        open_registry(registry), question, found,
        areas=areas, cell_m=cell_m, districts=districts, made_on=today, count_coverage=count_coverage,
        streets=load_streets(streets or served_streets()) if by == "network" else None,
    )  # fmt: skip
    return made.with_places(served_places())


def _reach(radius_m: float | None, by: By, travel: str, minutes: float | None, streets: Path | None) -> dict[str, Any]:
    """Return how far stations serve, in the terms of a question."""
    if by == "straight":
        if minutes is not None or streets is not None:
            raise click.UsageError("--minutes 与 --streets 须与 --by network 同用 these need --by network")
        return {"radius_m": radius_m or RADIUS_M}
    if minutes is not None and radius_m is not None:
        raise click.UsageError("--minutes 与 --radius 只能给一个 give either --minutes or --radius")
    if radius_m is None:
        return {"by": by, "travel": travel, "minutes": minutes or MINUTES}
    return {"by": by, "travel": travel, "radius_m": radius_m}


def served_places() -> Places | None:
    """Return the places in the folder of the city that the settings name; None where it has none."""
    from stationmap import city_files
    from stationmap.city import PLACES

    folder = city_folder()
    found: Places | None = city_files.read(folder, (PLACES,)).places if folder else None
    return found


def served_streets() -> Path | None:
    """Return the file of streets in the folder of the city that the settings name; None without such a folder."""
    from stationmap.city import STREETS
    from stationmap.file_set import located

    folder = city_folder()
    return located(folder, (STREETS,)).get(STREETS) if folder else None


def people(path: Path, made: Study, *, datum: str, tracks: bool) -> Demand:
    """Read the people of a file, within the territory of a study."""
    from stationmap.audit.studies.study_config import read_demand_file

    return read_demand_file(path, made.territory, datum=datum, tracks=tracks)


def coverage_by(
    executor: str, scheduler: str | None, progress: Callable[[int], None] | None = None
) -> CoverageFunction:
    """Return how coverage is counted: here, in other processes, or on a cluster."""
    from stationmap.audit.studies.study import coverage_with

    if scheduler is not None and executor != "dask":
        raise click.UsageError("--scheduler 须与 --executor dask 同用 --scheduler needs --executor dask")
    return coverage_with(executor, scheduler, progress=progress)
