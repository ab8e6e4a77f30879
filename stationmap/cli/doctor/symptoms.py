"""What was examined, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import click

from stationmap.cli.terminal import plain, print_json

Verdict = Literal["ok", "warning", "error"]
_SIGNS = {"ok": "✓", "warning": "!", "error": "✗"}


class Symptom(NamedTuple):
    """One item examined: what, its state, and what to do about it."""

    what: str
    verdict: Verdict
    detail: str
    advice: str = ""


def report(symptoms: Sequence[Symptom], *, as_json: bool) -> None:
    """Print what was examined, as JSON or a line each; exit with 1 where something must be mended."""
    if as_json:
        print_json([symptom._asdict() for symptom in symptoms])
    else:
        for symptom in symptoms:
            click.echo(_line(symptom))
    if any(symptom.verdict == "error" for symptom in symptoms):
        raise click.exceptions.Exit(1)


def _line(symptom: Symptom) -> str:
    advice = f"\n    → {plain(symptom.advice)}" if symptom.advice else ""
    return f"{_SIGNS[symptom.verdict]} {plain(symptom.what)}: {plain(symptom.detail)}{advice}"
