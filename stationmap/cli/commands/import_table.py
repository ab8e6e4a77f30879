"""`stationmap import`: lists for a registry; or a table becomes one, after all that is wrong with it was reported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from stationmap.cli.commands.journal import by_option, reason_option, user
from stationmap.cli.options import DATUM, FILE, json_option
from stationmap.cli.targets import Command, Output, Target

if TYPE_CHECKING:
    from stationmap.registry.csv_import.rows import ImportOptions
    from stationmap.registry.model import Category

# As stationmap.registry.model has them, which takes too long to load for showing help.
CATEGORIES = ("outdoor_worker", "carnation", "service_centre", "culture")


class ImportCommand(Command):
    """A command whose last path is the registry to be made, but with `--into` one more list."""

    def invoke(self, ctx: click.Context) -> Any:
        """Put the paths where they belong, then check them and run the command."""
        given = ctx.params
        if given["into"] is not None:
            given["tables"] = (*given["tables"], *([given["out"]] if given["out"] else []))
            given["out"], given["replace"] = None, True
        elif len(given["tables"]) != 1:
            raise click.UsageError(
                "写 IN.csv OUT.geojson，或 FILE.. --into REGISTRY: one table and a new registry, or lists and --into"
            )
        elif mixed := [name for name in _ONLY_INTO if given[name]]:
            raise click.UsageError(
                f"{', '.join(f'--{_flag(name)}' for name in mixed)} 要与 --into 一起用 go with --into"
            )
        if given["into"] is not None and not given["tables"]:
            raise click.UsageError("没有清单 no list is named")
        return super().invoke(ctx)


_ONLY_INTO = ("preview", "groups", "assignments", "only", "without", "same", "new", "trust_datum", "as_json")


def _flag(name: str) -> str:
    renamed = {"groups": "apply", "assignments": "map", "without": "except", "as_json": "json"}
    return renamed.get(name, name.replace("_", "-"))


@click.command("import", cls=ImportCommand)
@click.argument("tables", type=FILE, nargs=-1, metavar="FILE..")
@click.argument("out", type=Output(registry=True), metavar="[OUT.geojson]", required=False)
@click.option("--into", type=Output(registry=True), metavar="REGISTRY", help="并入登记册 Registry the lists are for.")
@click.option("--preview", is_flag=True, help="只看会改什么 Only show what would change [default without --apply].")
@click.option("--apply", "groups", metavar="GROUPS", help="写入哪些组 added,changed,moved,missing; all; none.")
@click.option("--only", multiple=True, metavar="ID", help="只写这些编号 Only these ids; repeatable.")
@click.option("--except", "without", multiple=True, metavar="ID", help="不写这些编号 All but these ids; repeatable.")
@click.option("--same", multiple=True, metavar="ROW=ID", help="行编号就是站点 The row of one id is that station.")
@click.option(
    "--new", multiple=True, metavar="ROW", help="行是新站点 The row is a new station, though it resembles one."
)
@click.option(
    "--map", "assignments", multiple=True, metavar="列名=member", help="列是什么 What a column holds; 列名= unread."
)
@click.option("--datum", type=DATUM, help="表中坐标系 Datum of the lists.")
@click.option("--trust-datum", is_flag=True, help="坐标系已核对 The datum was checked, whatever the places say.")
@click.option(
    "--category", type=click.Choice(CATEGORIES), help="表中未写的类别 Category of rows that state none [by their name]."
)
@click.option(
    "--district", help="表中未写的区县 District of rows that state none: name or adcode [by address or title]."
)
@click.option("--skip-bad", is_flag=True, help="略过有错的行 Leave out rows with errors [nothing is written].")
@click.option("--replace", is_flag=True, help="覆盖已有登记册 Take the place of a registry that is there already.")
@by_option
@reason_option
@json_option
def import_command(
    tables: tuple[Path, ...], out: Target | None, into: Target | None, datum: str | None, **given: Any
) -> None:
    """导入清单 Show what lists change in a registry, and apply it; or turn one table into a new registry.

    With --into: CSV, XLSX or GeoJSON, several at once; without --apply nothing is written. Rows that nobody can take
    over as they stand are listed and end it with 1. Else a row with an error stops it.
    """
    if into is not None:
        _into(tables, into, datum, given)
        return
    assert out is not None
    if datum is None:
        raise click.UsageError("请用 --datum 写明坐标系 state the datum of the table with --datum")
    from stationmap.cli.commands.import_new import make_registry

    options = _import_options(datum, given["category"], given["district"])
    make_registry(tables[0], out, options, skip_bad=given["skip_bad"])


def _into(tables: tuple[Path, ...], into: Target, datum: str | None, given: dict[str, Any]) -> None:
    from stationmap.cli.commands import import_into
    from stationmap.editing.list_import import ColumnMapping

    if given["preview"] and given["groups"]:
        raise click.UsageError("--preview 与 --apply 不能同时用 are not for the same time")
    choice = import_into.Choice(
        groups=import_into.groups_of(given["groups"]),
        only=given["only"],
        without=given["without"],
        identities=import_into.identities_of(given["same"], given["new"]),
        new=tuple(given["new"]),
        trusts_datum=given["trust_datum"],
        author=given["author"] or user(),
        reason=given["reason"] or ", ".join(path.name for path in tables)[:2_000],
    )
    options = _import_options(datum or "wgs84", given["category"], given["district"])
    mapping = ColumnMapping.of(given["assignments"], datum)
    import_into.run(tables, into.path, mapping, options, choice, as_json=given["as_json"])


def _import_options(datum: str, category: str | None, district: str | None) -> ImportOptions:
    from stationmap.datum import Datum
    from stationmap.registry.adcodes import known_districts
    from stationmap.registry.csv_import.rows import ImportOptions

    districts = known_districts()
    found = districts.find(district) if district else None
    if district and found is None:
        raise click.BadParameter(f"{district!r} 不在区县表中 is not in the table of districts", param_hint="--district")
    return ImportOptions(
        datum=Datum(datum), districts=districts, category=cast("Category | None", category), district=found
    )
