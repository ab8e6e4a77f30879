"""`stationmap site`: where the next stations should go, how few are enough, or which should open longer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.audit_output import fraction_bar, until_enough, write_results
from stationmap.cli.options import FILE, Finite
from stationmap.cli.study_options import possible_option, study, study_options
from stationmap.cli.targets import Target, command
from stationmap.cli.terminal import plain
from stationmap.defaults import OBJECTIVE, OBJECTIVES, SEED, SHARE, SITES, SITING_S, SPACING_M

if TYPE_CHECKING:
    from stationmap.audit.siting import Proposal
    from stationmap.audit.studies.study import Study

OPTIONS = (
    click.option(
        "--objective",
        type=click.Choice(OBJECTIVES),
        default=OBJECTIVE,
        show_default=True,
        help="目标 What to seek.",
    ),
    click.option(
        "-n", type=click.IntRange(min=1), default=SITES, show_default=True, help="几处 How many sites at most."
    ),
    click.option(
        "--share",
        type=Finite(min=0, min_open=True, max=1),
        default=SHARE,
        show_default=True,
        help="目标覆盖率 Share of people that set_cover has to reach.",
    ),
    click.option("--candidates", type=FILE, help="候选点 Candidates: CSV or GeoJSON, WGS-84 [default: the cells]."),
    click.option("--forbidden", type=FILE, help="禁建区 GeoJSON polygons where nothing can be built."),
    click.option(
        "--spacing",
        "spacing_m",
        type=Finite(min=0),
        default=int(SPACING_M),
        show_default=True,
        help="最小间距(米) Metres apart.",
    ),
    possible_option,
    click.option("--seed", type=int, default=SEED, show_default=True, help="随机种子 Seed."),
    click.option(
        "--seconds",
        type=Finite(min=0, min_open=True),
        default=int(SITING_S),
        show_default=True,
        help="时限(秒) Time allowed.",
    ),
)


def siting_options(command: Any) -> Any:
    """Add the options of a proposal to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@command("site")
@siting_options
@study_options
def site_command(as_json: bool, out: Target | None, language: str, **options: Any) -> None:
    """建议点位 Propose where the next stations go, with value, bound, gap and the curve of people against sites."""
    from stationmap.audit.output.export import with_parameters
    from stationmap.audit.output.result_tables import proposal_sheets

    siting = {name: options.pop(name) for name in SITING}
    made = study(**options)
    found = proposal(made, **siting)
    stated = with_parameters(made.stated(), dict(found.parameters))
    write_results(proposal_sheets(found, language), stated, as_json=as_json, out=out, language=language)


STOPPED = "到此为止：给出目前最好的方案及其上限 enough: the best so far is on its way, with its bound"
SITING = ("objective", "n", "share", "candidates", "forbidden", "spacing_m", "seed", "seconds")


def proposal(made: Study, *, candidates: Path | None, forbidden: Path | None, **siting: Any) -> Proposal:
    """Return the proposal that the options describe, with a progress bar on a terminal."""
    from stationmap.audit.output.site_files import propose_of_files
    from stationmap.audit.studies.propose import SitingRequest

    with fraction_bar("选址 siting") as bar, until_enough(bar, STOPPED) as progress:
        wish = SitingRequest(**siting, possible=made.question.possible)
        found = propose_of_files(made, wish, candidates=candidates, forbidden=forbidden, progress=progress)
    if found.parameters.get("forbidden_inside") == 0:
        click.echo(
            plain(f"{forbidden}: 没有一处伸入研究区，什么也没有禁止 nothing of it lies in what is studied"), err=True
        )
    return found
