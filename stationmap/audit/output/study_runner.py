"""A study file carried out: each outcome it names, as the bytes of the file it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from stationmap import files
from stationmap.audit.output import result_tables
from stationmap.audit.output.export import FORMS, file_of, with_parameters
from stationmap.audit.output.pdf import check_extra, report_pdf
from stationmap.audit.output.report import report_html
from stationmap.audit.output.site_files import propose_of_files
from stationmap.audit.output.tables import Sheet
from stationmap.audit.siting import Proposal
from stationmap.audit.studies import changes
from stationmap.audit.studies.city_territory import city_areas
from stationmap.audit.studies.compare import compare
from stationmap.audit.studies.propose import SitingRequest
from stationmap.audit.studies.sensitivity import suspects
from stationmap.audit.studies.study import Study
from stationmap.audit.studies.study_config import StudyConfig
from stationmap.audit.studies.whatif import whatif
from stationmap.defaults import MAP_ENDINGS
from stationmap.errors import InvalidAuditError, ProgressCallback, no_progress
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.registry.checks.quality import warnings
from stationmap.registry.registry import Registry
from stationmap.registry.store import load

OTHERS = ("site", "whatif", "compare", "suspects", "report")
HTML = (".html", ".htm")
PDF = ".pdf"


class StudyRun:
    """A study with what its file says beyond it. Paths are relative to `folder`."""

    def __init__(
        self, file: StudyConfig, folder: Path, study: Study, *, progress: ProgressCallback = no_progress
    ) -> None:
        self.file, self.folder, self.study, self.progress = file, folder, study, progress
        self._check()

    def files(self) -> Iterator[tuple[Path, bytes]]:
        """Yield the files to be written, one after the other, in the order of the study file."""
        for name, path in self.file.files():
            yield self.folder / path, self._bytes(name, path.suffix.lower())

    @cached_property
    def proposal(self) -> Proposal | None:
        """The answer to the part `site` of the file."""
        siting = self.file.site
        if siting is None:
            return None
        request = SitingRequest(
            siting.objective,
            siting.n,
            siting.share,
            siting.spacing_m,
            self.study.question.possible,
            siting.seed,
            siting.seconds,
        )
        candidates, forbidden = (path and self.folder / path for path in (siting.candidates, siting.forbidden))
        return propose_of_files(self.study, request, candidates=candidates, forbidden=forbidden, progress=self.progress)

    def _bytes(self, name: str, ending: str) -> bytes:
        if name == "report":
            html = report_html(self.study, self.proposal)
            return report_pdf(html) if ending == PDF else html.encode()
        sheets = (
            self._own[name]()
            if name in self._own
            else result_tables.sheets_of(self.study, name, mapped=ending in MAP_ENDINGS)
        )
        return file_of(ending, sheets, self._stated(name))

    @property
    def _own(self) -> dict[str, Callable[[], tuple[Sheet, ...]]]:
        return {"site": self._site, "whatif": self._whatif, "compare": self._compare, "suspects": self._suspects}

    def _stated(self, name: str) -> dict[str, Any]:
        stated = self.study.stated()
        more: dict[str, Any] = dict(self.proposal.parameters) if name == "site" and self.proposal else {}
        if name == "compare":
            more["earlier"] = self._earlier.revision
        return with_parameters(stated, more)

    def _site(self) -> tuple[Sheet, ...]:
        assert self.proposal is not None
        return result_tables.proposal_sheets(self.proposal)

    def _whatif(self) -> tuple[Sheet, ...]:
        assert self.file.changes is not None
        return whatif_sheets(self.study, self._read(self.file.changes))

    def _compare(self) -> tuple[Sheet, ...]:
        return compare_sheets(self.study.with_registry(self._earlier), self.study)

    @cached_property
    def _earlier(self) -> Registry:
        """The registry compared with: read once, so that the figures are those of the revision that is stated."""
        assert self.file.earlier is not None
        return load(self.folder / self.file.earlier)

    def _suspects(self) -> tuple[Sheet, ...]:
        return suspects_sheets(self.study)

    def _read(self, path: Path) -> bytes:
        return files.read(self.folder / path)

    def _check(self) -> None:
        """Find before an hour of work what would stop it after, or undo what it wrote."""
        taken = {self._found(path) for path in self.file.inputs()}
        for name, path in self.file.files():
            self._check_outcome(name, path)
            target = (self.folder / path).resolve()
            if not target.parent.is_dir():
                raise InvalidAuditError(f"outcomes.{name}: there is no folder for {path}")
            if target in taken:
                raise InvalidAuditError(f"outcomes.{name}: {path} is another file of this study")
            taken.add(target)

    def _found(self, path: Path) -> Path:
        if not (self.folder / path).exists():
            raise InvalidAuditError(f"there is no file {path}")
        return (self.folder / path).resolve()

    def _check_outcome(self, name: str, path: Path) -> None:
        known = (*result_tables.OUTCOMES, *result_tables.STREET_OUTCOMES, *OTHERS)
        if name not in known:
            raise InvalidAuditError(f"outcomes: no such outcome: {name}; known: {', '.join(known)}")
        if name in result_tables.STREET_OUTCOMES and self.file.by != "network":
            raise InvalidAuditError(f'outcomes.{name}: is along streets: the file needs by = "network"')
        endings = (*HTML, PDF) if name == "report" else tuple(FORMS)
        if path.suffix.lower() not in endings:
            raise InvalidAuditError(f"outcomes.{name}: {path.name} must end with one of {', '.join(endings)}")
        if path.suffix.lower() == PDF:
            check_extra()
        needs = {"site": self.file.site, "whatif": self.file.changes, "compare": self.file.earlier}
        if needs.get(name, True) is None:
            part = {"site": "the part [site]", "whatif": "changes", "compare": "earlier"}[name]
            raise InvalidAuditError(f"outcomes.{name}: the file needs {part}")


def whatif_sheets(study: Study, changed: bytes, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return what the changes of a JSON list would do (`changes.read`)."""
    return result_tables.difference_sheets(whatif(study, changes.read(changed)), language)


def compare_sheets(before: Study, after: Study, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return the change between two studies of one territory and question."""
    return result_tables.comparison_sheets(compare(before, after), language)


def suspects_sheets(study: Study, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return the audit with and without the records that checks of the registry call suspect."""
    return result_tables.suspects_sheets(suspects(study, warnings(study.registry, city_areas())), language)
