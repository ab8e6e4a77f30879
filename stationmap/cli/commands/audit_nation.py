"""`stationmap audit nation`: a whole country, by as many processors as there are."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from stationmap.cli.audit_output import fraction_bar, write_results
from stationmap.cli.options import (
    FILE,
    MOMENT_HINT,
    Finite,
    json_option,
    language_option,
    moment,
    now,
    open_registry,
    registry_option,
)
from stationmap.cli.study_options import day_of, executor_options, possible_option
from stationmap.cli.targets import Command, Output, Target
from stationmap.defaults import EXPORT_ENDINGS, MAP_ENDINGS, MAX_RADIUS_M, MIN_CELL_M, RADIUS_M, SPACING_M

CELL_M = 1_000


@click.command("nation", cls=Command)
@registry_option
@click.option(
    "--radius",
    "radius_m",
    type=Finite(min=0, min_open=True, max=int(MAX_RADIUS_M)),
    default=int(RADIUS_M),
    show_default=True,
    help="服务半径(米) Metres to a station.",
)
@click.option("--at", type=moment, metavar=MOMENT_HINT, help="时刻 Only what is open then [default: at any time].")
@click.option("--day", type=day_of, metavar="DATE", help="日期 What is shut all of it does not count [today].")
@click.option("--week", "monday", type=day_of, metavar="MONDAY", help="时段表所在周 Week of the hours [that of --day].")
@click.option("--category", "categories", multiple=True, help="类别代码 Category code; any of those given.")
@click.option("--facility", "facilities", multiple=True, help="设施代码 Facility code; all of those given.")
@click.option("--who", multiple=True, help="谁可以进 Who may enter [default: whatever admits riders].")
@possible_option
@click.option("--areas", type=FILE, help="研究区 GeoJSON of the areas, each with its adcode [default: the city's].")
@click.option("--residents", type=FILE, help="常住人口表 CSV of adcode and residents [default: the city's].")
@click.option("--demand", type=FILE, help="人口文件 People: GeoTIFF (COG) or Parquet of lon, lat, people.")
@click.option(
    "--cell",
    "cell_m",
    type=Finite(min=int(MIN_CELL_M)),
    default=CELL_M,
    show_default=True,
    help="格网(米) Metres of a cell.",
)
@click.option("--hours", "by_hour", is_flag=True, help="分时段 Also for each hour of the week.")
@click.option("--gaps", "gaps", type=click.IntRange(min=0), default=0, help="空白区 Also so many gaps, the largest.")
@click.option("-n", type=click.IntRange(min=0), default=0, help="建议点位 Also so many new sites, with their bound.")
@click.option(
    "--spacing",
    "spacing_m",
    type=Finite(min=0),
    default=int(SPACING_M),
    show_default=True,
    help="最小间距(米) Metres apart.",
)
@executor_options
@click.option("--workers", type=click.IntRange(min=1), help="进程数 Processes [default: as many as processors].")
@json_option
@language_option
@click.option("--out", type=Output(), help=f"写入文件 Write {', '.join(EXPORT_ENDINGS)}, by the ending.")
def nation_command(
    registry: Path | None, radius_m: float, at: datetime | None, day: date | None, monday: date | None,
    categories: tuple[str, ...], facilities: tuple[str, ...], who: tuple[str, ...], possible: bool,
    areas: Path | None, residents: Path | None, demand: Path | None, cell_m: float, by_hour: bool, gaps: int, n: int,
    spacing_m: float, executor: str, scheduler: str | None, workers: int | None, as_json: bool, out: Target | None,
    language: str,
) -> None:  # fmt: skip
    """全国 Coverage of a whole country, counted block by block; with hours, gaps and sites if asked for."""
    from stationmap.audit.nation.nation_study import read_nation
    from stationmap.audit.nation.workers import Workers
    from stationmap.audit.output.nation_tables import nation_sheets
    from stationmap.audit.studies.question import StudyQuestion
    from stationmap.audit.studies.study_config import requirements_of

    if at is not None and day is not None:
        raise click.UsageError("--at 已含日期 --at has its day: not together with --day")
    if demand is not None and residents is not None:
        raise click.UsageError("--demand 与 --residents 只能给一个 give either --demand or --residents")
    today = now().date()
    question = StudyQuestion.of_day(
        day or today, radius_m=radius_m, requirements=requirements_of(categories, facilities, who),
        at=at, monday=monday, possible=possible,
    )  # fmt: skip
    with fraction_bar("全国 nation") as progress:
        made = read_nation(
            open_registry(registry), question, areas=areas, residents=residents, people=demand, cell_m=cell_m,
            made_on=today, by=Workers(executor, scheduler, workers, progress),
        )  # fmt: skip
        mapped = out is not None and out.path.suffix.lower() in MAP_ENDINGS
        sheets = nation_sheets(made, language, by_hour=by_hour, gaps=gaps, sites=n, spacing_m=spacing_m, mapped=mapped)
    write_results(sheets, made.stated(), as_json=as_json, out=out, language=language)
