"""The report of a study for those who decide: one HTML file fit for A4, with pictures and limits, without scripts."""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from stationmap.audit.output.export import basis_lines, with_parameters
from stationmap.audit.output.report_parts import parts
from stationmap.audit.output.report_points import Say, points
from stationmap.audit.studies.study import Study
from stationmap.formats.csv_safety import inert
from stationmap.i18n import DEFAULT_LANGUAGE, translate

if TYPE_CHECKING:
    from stationmap.audit.siting.proposal import Proposal

TEMPLATES = Path(__file__).parent / "templates"


def report_html(study: Study, proposal: Proposal | None = None, *, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the report of a study, with what to build next where a proposal is given."""
    say = partial(translate, language)
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    stated = with_parameters(study.stated(), proposal.parameters if proposal else {})
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    first, *others = points(study, proposal, language)
    return environment.get_template("report.html").render(
        t=say,
        lang=language,
        revision=study.registry.revision,
        label=stated.get("label"),
        about=inert(_about(study, say)),
        first=first,
        points=others,
        of_ways="" if study.ways is None else "_ways",
        parts=list(parts(study, proposal, language)),
        basis=basis_lines(stated, language),
        style=Markup(style),
        policy=f"default-src 'none'; style-src '{_digest(style)}'; base-uri 'none'; form-action 'none'",
    )


def _about(study: Study, say: Say) -> str:
    registry = study.registry
    facts = (
        ("registry", registry.revision),
        ("updated", registry.meta.updated),
        ("made_on", study.made_on),
    )
    dated = [f"{say(f'audit.basis.{key}')} {value}" for key, value in facts if value]
    return " · ".join(filter(None, (registry.meta.title, *dated)))


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
