"""`stationmap check --deep`: examine registries, then print or write what needs care, what to do first on top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stationmap.cli.audit_output import fraction_bar
from stationmap.cli.deep_check_tables import print_examination, print_unreadable
from stationmap.cli.options import now, settings
from stationmap.cli.targets import Target, write_bytes
from stationmap.cli.terminal import console, plain, print_demo_label, print_json

if TYPE_CHECKING:
    from stationmap.deep_checks import Examination, Issue, TrendPoint
    from stationmap.deep_checks.upkeep_rules import Kit
    from stationmap.registry.registry import Registry


TREND_WEEKS = 8
MAX_TREND_STATIONS = 20_000
"""Above it a trend is made only when it is asked for: it examines the registry once a week of it."""


Dated = tuple[datetime, "Registry"]
"""A registry and the moment it was published."""


class DeepOptions(NamedTuple):
    """Which districts to list, the code of a kit, earlier registries and the weeks of the journal for a trend."""

    districts: tuple[str, ...] = ()
    kit: str | None = None
    earlier: tuple[Path, ...] = ()
    weeks: int | None = None


class DeepReport(NamedTuple):
    """One file: its examination, or only what keeps it from being read; what that rests on; the trend up to it."""

    path: Path
    examined: Examination | None
    issues: tuple[Issue, ...]
    basis: dict[str, Any]
    trend: tuple[TrendPoint, ...]

    @property
    def has_errors(self) -> bool:
        """Whether the file cannot be served."""
        return any(issue.severity == "error" for issue in self.issues)

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        from stationmap.deep_checks.document import document, unreadable_document

        if self.examined is None:
            return {"file": str(self.path), **unreadable_document(self.issues)}
        return {"file": str(self.path), **document(self.examined, self.basis, self.trend)}


def deep_check(
    paths: Sequence[Path], options: DeepOptions, *, as_json: bool, out: Target | None, language: str
) -> bool:
    """Examine files, print or write the reports, and tell whether any file has errors."""
    if out is not None and len(paths) > 1:
        raise click.UsageError("--out 一次一个文件 --out takes one FILE at a time")
    reports = []
    for path in paths:
        with console(stderr=True).status(f"深入检查 examining {plain(str(path))}"):
            reports.append(_report(path, options))
    if out is not None:
        write_bytes(out, _file(reports[0], out, language))
        click.echo(plain(f"{out.path}: 已写入 written, {len(reports[0].issues):,} 处 issues"), err=True)
    if as_json:
        print_json([report.document() for report in reports])
    elif out is None:
        for report in reports:
            _print(report)
    print_demo_label(demo=any("label" in report.basis for report in reports))
    return any(report.has_errors for report in reports)


def _report(path: Path, options: DeepOptions) -> DeepReport:
    from stationmap.deep_checks.checks.register_findings import of_unreadable
    from stationmap.deep_checks.city_examination import examine_in_city
    from stationmap.deep_checks.sheets import stated
    from stationmap.deep_checks.upkeep_rules import upkeep_rules
    from stationmap.errors import Finding, RegistryFileError
    from stationmap.registry import registry, store

    kit = upkeep_rules().kit(options.kit)
    try:
        loaded, findings = registry.check(store.read(path))
    except RegistryFileError as error:
        loaded, findings = None, (Finding("file", "unreadable", str(error)),)
    if loaded is None:
        return DeepReport(path, None, tuple(of_unreadable(findings)), {}, ())
    _expect_districts(loaded, options.districts)
    given = sorted(_given(options.earlier), key=_moment)
    earlier = given[-1][1] if given else None
    examined, study = examine_in_city(loaded, today=now().date(), earlier=earlier, kit=kit, findings=findings)
    trend = _trend(loaded, [*given, *_journalled(path, loaded, options.weeks)], kit)
    if options.districts:
        examined = examined.in_districts(options.districts)
    return DeepReport(path, examined, examined.issues, stated(examined, study, options.districts), trend)


def _trend(loaded: Registry, known: Iterable[Dated], kit: Kit) -> tuple[TrendPoint, ...]:
    """Return the trend from earlier revisions to the registry as it is now; nothing where there are none."""
    from stationmap.audit.studies.city_territory import city_areas
    from stationmap.deep_checks import trend
    from stationmap.hours.opening_hours import ZONE

    today = now()
    earlier = sorted((pair for pair in known if pair[0].astimezone(ZONE).date() < today.date()), key=_moment)
    if not earlier:
        return ()
    points = []
    with fraction_bar("趋势 trend") as progress:
        for point in trend([*earlier, (today, loaded)], counties=city_areas(), kit=kit):
            points.append(point)
            progress(len(points) / (len(earlier) + 1), f"{point.at:%Y-%m-%d}")
    return tuple(points)


def _moment(dated: Dated) -> datetime:
    return dated[0]


def _given(paths: Sequence[Path]) -> Iterator[Dated]:
    from stationmap.registry.store import load

    for path in paths:
        earlier = load(path)
        yield _published_at(path, earlier), earlier


def _journalled(path: Path, loaded: Registry, weeks: int | None) -> list[Dated]:
    """Return what the journal of a registry remembers; a journal that cannot be used takes only the trend away."""
    from stationmap.errors import StorageError
    from stationmap.storage.weekly import weekly_revisions

    wanted = weeks if weeks is not None else TREND_WEEKS if len(loaded) <= MAX_TREND_STATIONS else 0
    try:
        return weekly_revisions(settings(), path, weeks=wanted)
    except StorageError as error:
        click.echo(plain(f"没有趋势 no trend: {error}"), err=True)
        return []


def _published_at(path: Path, earlier: Registry) -> datetime:
    """Return the day a registry says it is of, or that of its file."""
    from stationmap.hours.opening_hours import ZONE

    if earlier.meta.updated:
        return datetime.combine(earlier.meta.updated, time.min, ZONE)
    return datetime.fromtimestamp(path.stat().st_mtime, ZONE).replace(microsecond=0)


def _expect_districts(loaded: Registry, districts: tuple[str, ...]) -> None:
    """Raise click.BadParameter for districts of which there is no station, naming those there are."""
    known = {station.district for station in loaded.stations}
    if unknown := sorted(set(districts) - known):
        raise click.BadParameter(
            f"没有这些区县的站点 no stations of {', '.join(unknown)}; 有 there are: {', '.join(sorted(known))}",
            param_hint="--district",
        )


def _file(report: DeepReport, out: Target, language: str) -> bytes:
    from stationmap.audit.output.export import file_of
    from stationmap.deep_checks.sheets import in_words, sheets
    from stationmap.errors import StationmapError

    if report.examined is None:
        raise StationmapError(f"{report.path}: 登记册读不出，未写 is no registry, nothing was written")
    basis = in_words(report.basis, report.examined, language)
    issues, stations, *others = sheets(report.examined, report.trend, language)
    # Who opens a workbook looks for what to do first; a CSV holds the first sheet only, which is every issue.
    first = (stations, issues) if out.path.suffix.lower() == ".xlsx" else (issues, stations)
    return file_of(out.path.suffix, (*first, *others), basis, language)


def _print(report: DeepReport) -> None:
    from stationmap.audit.output.export import basis
    from stationmap.deep_checks.sheets import in_words
    from stationmap.i18n import DEFAULT_LANGUAGE

    if report.examined is None:
        print_unreadable(report.path, report.issues)
        return
    print_examination(report.path, report.examined, report.trend)
    click.echo(plain(basis(in_words(report.basis, report.examined, DEFAULT_LANGUAGE))), err=True)
