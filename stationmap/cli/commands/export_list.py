"""`stationmap export`: the registry as a file for people, spreadsheets, maps and phones."""

from __future__ import annotations

from pathlib import Path

import click

from stationmap import files
from stationmap.cli.audit_output import fraction_bar
from stationmap.cli.options import open_registry, registry_option
from stationmap.cli.targets import Output, Target, command
from stationmap.cli.terminal import plain, print_demo_label
from stationmap.defaults import LIST_ENDINGS
from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES


@command("export")
@click.argument("out", type=Output(), metavar="FILE")
@registry_option
@click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    default=DEFAULT_LANGUAGE,
    show_default=True,
    help="语言 Language.",
)
def export_command(out: Target, registry: Path | None, language: str) -> None:
    """导出名单 Write the registry to FILE in the form of its ending.

    .xlsx 改好后可以交回 a workbook to be edited and given back, .csv .geojson .gpkg .fgb .parquet .gpx .kml.
    """
    from stationmap.exchange.export import export

    ending = out.path.suffix
    if ending.lower() not in LIST_ENDINGS:
        raise click.BadParameter(f"结尾须是 must end in {', '.join(LIST_ENDINGS)}", param_hint="FILE")
    loaded = open_registry(registry)
    with fraction_bar("导出 exporting") as on_progress, files.written(out.path, replace=out.replace) as file:
        export(loaded, ending, file, language, on_progress)
    print_demo_label(demo=loaded.demo)
    click.echo(plain(f"{out.path}: 已写入 written, {len(loaded):,} 个站点 stations"), err=True)
