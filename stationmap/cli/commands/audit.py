"""`stationmap audit`: where riders are served, where and when they are not, as tables, files and a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from stationmap import files
from stationmap.cli.audit_output import count_bar, fraction_bar, write_results
from stationmap.cli.audit_reports import with_locked_doors
from stationmap.cli.commands.audit_nation import nation_command
from stationmap.cli.commands.site import SITING, proposal, siting_options
from stationmap.cli.error_handling import NegativeNumbers
from stationmap.cli.options import FILE, now, open_registry
from stationmap.cli.study_options import (
    coverage_by,
    executor_options,
    people,
    possible_option,
    served_places,
    served_streets,
    study,
    study_options,
)
from stationmap.cli.targets import Group, Output, Target, force_option, targets, write_bytes
from stationmap.cli.terminal import console, plain, print_demo_label
from stationmap.defaults import MAP_ENDINGS
from stationmap.resources import demo_registry

WORKING = "计算中 working"
OF_DOORS = ("hours", "locked", "report")
"""Outcomes that hold what riders found locked against the opening hours."""


@click.group("audit", cls=Group)
def audit_command() -> None:
    """覆盖审计 Where outdoor workers are served, where and at which hour they are not, and how far they have to go."""


audit_command.add_command(nation_command)


def _add_command(name: str, description: str) -> None:
    """Add the command that puts out one result of a study."""

    @audit_command.command(name, help=description)
    @study_options
    def command(as_json: bool, out: Target | None, language: str, **options: Any) -> None:
        from stationmap.audit.output.result_tables import sheets_of

        mapped = out is not None and out.path.suffix.lower() in MAP_ENDINGS
        with count_bar(description.partition(" ")[0]) as progress:
            made = study(**options, progress=progress)
            made = with_locked_doors(made, options["registry"]) if name in OF_DOORS else made
            sheets = sheets_of(made, name, language, mapped=mapped)
        write_results(sheets, made.stated(), as_json=as_json, out=out, language=language)

    if name == "gaps":
        possible_option(command)


_add_command("coverage", "覆盖率 Share of people and of area within reach, distances and redundancy, by district.")
_add_command("hours", "分时段 Share of people with a station open in reach, for each hour of the week.")
_add_command("gaps", "空白区 Where people have no station in reach, most people first, with the best site inside.")
_add_command("equity", "公平性 Gini and Lorenz curve of the ways to the nearest station, P90/P10 of districts.")
_add_command(
    "locked", "锁门的代价 Coverage as posted beside as riders found it: what locked doors cost, and which ones."
)
_add_command("capacity", "容量 Places in stations for each 1,000 people in reach (2SFCA), where capacities are known.")


@audit_command.command("isochrones")
@click.option("--station", "ids", multiple=True, metavar="ID", help="只算这些站点 Of these stations [default: all].")
@study_options
def isochrones_command(ids: tuple[str, ...], as_json: bool, out: Target | None, language: str, **options: Any) -> None:
    """等时圈 From where along streets stations are within reach, of all together and of each, as areas."""
    from stationmap.audit.output.result_tables import isochrones

    source = click.get_current_context().get_parameter_source("by")
    if options["by"] == "straight" and source is ParameterSource.COMMANDLINE:
        raise click.UsageError("等时圈沿路网计算 isochrones are along streets: --by network")
    made = study(**options | {"by": "network"})
    with fraction_bar("等时圈 isochrones") as progress:
        sheets = isochrones(made, language, ids, progress)
    write_results(sheets, made.stated(), as_json=as_json, out=out, language=language)


@audit_command.command("compare")
@click.argument("earlier", type=FILE, metavar="EARLIER.geojson")
@click.option("--earlier-demand", type=FILE, help="先前的人口文件 People at the time of EARLIER [default: the same].")
@study_options
def compare_command(
    earlier: Path, earlier_demand: Path | None, as_json: bool, out: Target | None, language: str, **options: Any
) -> None:
    """对比 Compare with an EARLIER registry: what stations and what people did to coverage, and what differs."""
    from stationmap.audit.output.export import with_parameters
    from stationmap.audit.output.study_runner import compare_sheets

    made = study(**options)
    before = made.with_registry(open_registry(earlier))
    if earlier_demand is not None:
        before = before.with_demand(people(earlier_demand, made, datum=options["datum"], tracks=options["tracks"]))
    with console(stderr=True).status(WORKING):
        sheets = compare_sheets(before, made, language)
    more = {"earlier": before.registry.revision, "earlier_demand": before.demand.source.name}
    write_results(sheets, with_parameters(made.stated(), more), as_json=as_json, out=out, language=language)


@audit_command.command("whatif")
@click.argument("changes", type=FILE, metavar="CHANGES.json")
@study_options
def whatif_command(changes: Path, as_json: bool, out: Target | None, language: str, **options: Any) -> None:
    """假设 What stations added, moved, closed or open longer would change, by district."""
    from stationmap.audit.output.export import with_parameters
    from stationmap.audit.output.study_runner import whatif_sheets
    from stationmap.errors import InvalidAuditError

    made = study(**options)
    with console(stderr=True).status(WORKING):
        try:
            sheets = whatif_sheets(made, files.read(changes), language)
        except InvalidAuditError as error:
            raise InvalidAuditError(f"{changes}: {error}") from error
    write_results(
        sheets, with_parameters(made.stated(), {"changes": changes.name}), as_json=as_json, out=out, language=language
    )


@audit_command.command("suspects")
@study_options
def suspects_command(as_json: bool, out: Target | None, language: str, **options: Any) -> None:
    """存疑记录 The audit with and without records that `stationmap check` finds suspect."""
    from stationmap.audit.output.study_runner import suspects_sheets

    made = study(**options)
    with console(stderr=True).status(WORKING):
        sheets = suspects_sheets(made, language)
    write_results(sheets, made.stated(), as_json=as_json, out=out, language=language)


@audit_command.command("report", cls=NegativeNumbers)
@click.argument("report", type=Output(), metavar="OUT.html|OUT.pdf")
@click.option("--pdf", "as_pdf", is_flag=True, help="写成 PDF As PDF; also by the ending .pdf. Needs stationmap[pdf].")
@click.option("--sites", is_flag=True, help="含建议点位 With proposed sites, as `stationmap site` finds them.")
@siting_options
@study_options
def report_command(
    report: Target, sites: bool, as_pdf: bool, as_json: bool, out: Target | None, language: str, **options: Any
) -> None:
    """报告 One file for those who decide, HTML or PDF: findings, pictures, figures, method, limits; fit for A4."""
    from stationmap.audit.output.pdf import check_extra, report_pdf
    from stationmap.audit.output.report import report_html

    as_pdf = as_pdf or report.path.suffix.lower() == ".pdf"
    if as_pdf:
        check_extra()
    if as_json or out is not None:
        raise click.UsageError("报告写入所给的文件 the report goes to the file named: neither --json nor --out")
    siting = {name: options.pop(name) for name in SITING}
    made = with_locked_doors(study(**options), options["registry"])
    proposed = proposal(made, **siting) if sites else None
    with console(stderr=True).status(WORKING):
        html = report_html(made, proposed, language=language)
        data = report_pdf(html) if as_pdf else html.encode()
    write_bytes(report, data)
    print_demo_label(demo=made.registry.demo)
    click.echo(plain(str(report.path)), err=True)


@audit_command.command("run")
@click.argument("config", type=FILE, metavar="CONFIG.toml")
@force_option
@executor_options
def run_command(config: Path, force: bool, executor: str, scheduler: str | None) -> None:
    """重复研究 Carry out the study of a TOML file and write the files it names, beside it."""
    from stationmap.audit.output.study_runner import StudyRun
    from stationmap.audit.studies.study_config import read, study_from_config

    file, folder = read(config), config.parent
    outs = targets(
        [folder / path for _, path in file.files()], [config, *(folder / path for path in file.inputs())], force=force
    )
    written: list[Path] = []
    try:
        with fraction_bar("研究 study") as progress:
            made = study_from_config(
                file,
                folder,
                made_on=now().date(),
                count_coverage=coverage_by(executor, scheduler),
                streets=served_streets(),
            ).with_places(served_places())
            if any(name in OF_DOORS for name in file.outcomes):
                made = with_locked_doors(made, folder / file.registry if file.registry else demo_registry())
            for out, (path, data) in zip(outs, StudyRun(file, folder, made, progress=progress).files(), strict=True):
                write_bytes(out, data)
                written.append(path)
        print_demo_label(demo=made.registry.demo)
    finally:
        # Also if a later result failed or was interrupted: list what has been written, and what has not.
        _print_files(written, [out.path for out in outs][len(written) :])


def _print_files(written: Sequence[Path], left: Sequence[Path]) -> None:
    for path in written:
        click.echo(plain(str(path)), err=True)
    for path in left:
        click.echo(f"未写 not written: {plain(str(path))}", err=True)
