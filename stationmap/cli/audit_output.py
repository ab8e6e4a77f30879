"""How the outcome of an audit is told: tables on a terminal, JSON, or a file by its ending; always with its basis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.audit_tables import print_sheets
from stationmap.cli.targets import Target, write_bytes
from stationmap.cli.terminal import plain, print_demo_label

if TYPE_CHECKING:
    from stationmap.audit.output.tables import Sheet


def tell(
    sheets: tuple[Sheet, ...], stated: dict[str, Any], *, as_json: bool, out: Target | None, language: str
) -> None:
    """Write sheets to a file, or print them as JSON or as tables; what they rest on is always said."""
    from stationmap.audit.output.export import basis, file_of, json_of

    if out is not None:
        write_bytes(out, file_of(out.path.suffix, sheets, stated, language))
    elif as_json:
        click.echo(json_of(sheets, stated).decode(), nl=False)
    else:
        print_sheets(sheets)
    print_demo_label(demo=stated["registry"]["demo"])
    if not as_json:
        click.echo(plain(basis(stated)), err=True)
