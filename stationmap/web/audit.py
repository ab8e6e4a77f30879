"""The staff page of the coverage audit, and what it asks for: cells, hours, files, and jobs for what takes long."""

from __future__ import annotations

import gzip
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, g, request, url_for

from stationmap.audit.downloads import FORMS, basis_lines, file_of
from stationmap.audit.outcomes import OUTCOMES, proposal_sheets, sheets_of
from stationmap.audit.placed import Placed
from stationmap.audit.proposals import OBJECTIVES
from stationmap.audit.reach import MOST_RADIUS_M
from stationmap.audit.report import report_html
from stationmap.audit.siting import Proposal
from stationmap.audit.study import RADIUS_M, Question
from stationmap.audit.supply import Asked
from stationmap.holidays import china
from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES, translate
from stationmap.model import CATEGORIES, FACILITIES, WHO
from stationmap.web import audit_cells, pages, params, problems
from stationmap.web.audit_work import KINDS, work
from stationmap.web.audits import Ground, audits, today, today_asked
from stationmap.web.jobs import Job, TooManyJobsError
from stationmap.web.kinds import Code, Day, Kind, Moment, Number, Truth, Whole, Words
from stationmap.web.state import current_snapshot, now

blueprint = Blueprint("audit", __name__)

MOST_SITES = 200
FEW = 0.5  # of the stations in the areas studied: with fewer, the files of the areas are probably another city's
AREAS_SHOWN = 30
CHOSEN = (
    "radius",
    "at",
    "day",
    "shut",
    "week_of",
    "possible",
    "categories",
    "facilities",
    "who",
)  # on the page: its controls tell them, as they are now

QUESTION: dict[str, Kind] = {
    "radius": Number(1, MOST_RADIUS_M),
    "category": Code(CATEGORIES, repeats=True),
    "facility": Code(FACILITIES, repeats=True),
    "who": Code(WHO, repeats=True),
    "at": Moment(),
    "day": Day(),
    "possible": Truth(),
}
WEEK: dict[str, Kind] = {"day": Day()}
JOB: dict[str, Kind] = {
    **QUESTION,
    "kind": Code(KINDS),
    "objective": Code(OBJECTIVES),
    "n": Whole(1, MOST_SITES),
    "share": Number(0.001, 1),
    "spacing": Number(0, MOST_RADIUS_M),
    "seed": Whole(0, 999_999_999),
}
FILE: dict[str, Kind] = {
    **QUESTION,
    "lang": Code(LANGUAGES),
    "outcome": Code((*OUTCOMES, "sites")),
    "job": Words(64),
}


@blueprint.get("/audit")
def page() -> Response:
    """Return the page on which staff see where people are served and where they are not."""
    language, registry, own = pages.asked_language(), current_snapshot().registry, audits()
    with own.turn():
        stated = own.study(registry, today_asked()).stated()
        g.audit_alarm, g.audit_placed = _placed(own.placed(registry), own.ground, language)
    chosen = {translate(language, f"audit.basis.{name}") for name in CHOSEN}
    basis = [(label, text) for label, text in basis_lines(stated, language) if label not in chosen]
    offered: dict[str, Any] = {"objectives": OBJECTIVES, "most_sites": MOST_SITES, "most_radius_m": int(MOST_RADIUS_M)}
    offered |= {"today": today().isoformat(), "whom": stated["demand"]["kind"]}
    return pages.audit_page(basis, **offered)


@blueprint.get("/api/v1/audit/cells")
def cells() -> Response:
    """Return cells, people and stations in the form of `audit_cells`, compressed."""
    params.nothing(_query())
    registry = current_snapshot().registry
    tag = f"{registry.revision}-{china().revision}-{today()}-{audit_cells.FORMAT}-{audits().tag}"
    if request.if_none_match.contains_weak(tag):
        response = Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        with audits().turn():
            data = audits().document(registry)
        accepted = request.accept_encodings.best_match(("gzip", "identity"), "identity") == "gzip"
        response = Response(data if accepted else gzip.decompress(data), content_type="application/octet-stream")
        if accepted:
            response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(tag, weak=True)
    return response


@blueprint.get("/api/v1/audit/week")
def week() -> Response:
    """Return what stations do in the week of a day, in the form of `audit_cells`."""
    day = _read(WEEK).get("day", today())
    # It needs neither cells nor a turn, which others may be waiting for.
    response = Response(
        audit_cells.week_document(current_snapshot().registry, Question.of_day(day).monday),
        content_type="application/octet-stream",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/api/v1/audit/hours")
def hours() -> Response:
    """Return people in reach of an open station at each hour of the week, thousandths by district."""
    question = _question(_read(QUESTION))
    with audits().turn():
        study = audits().study(current_snapshot().registry, question)
        found = study.week
        answer = {"stated": study.stated(), "districts": list(study.territory.codes)}
    sides = {"sure": found.sure.tolist(), "possible": found.possible.tolist(), "people": found.people.tolist()}
    return _json(answer | sides)


@blueprint.get("/api/v1/audit/download<ending>")
def download(ending: str) -> Response:
    """Return an outcome as a file, by its ending."""
    if ending not in FORMS:
        return problems.document(HTTPStatus.NOT_FOUND)
    values = _read(FILE)
    question, name, language = (
        _question(values),
        values.get("outcome", "coverage"),
        values.get("lang", DEFAULT_LANGUAGE),
    )
    proposal = _proposal(values)
    if name == "sites" and proposal is None:
        return problems.document(HTTPStatus.NOT_FOUND, "There is no such proposal, or no more.")
    with audits().turn():
        study = audits().study(current_snapshot().registry, question)
        if name == "sites" and proposal:
            sheets = proposal_sheets(proposal, language)
        else:
            sheets = sheets_of(study, name, language, mapped=ending == ".geojson")
        data = file_of(ending, sheets, study.stated(), language)
    return _file(data, FORMS[ending].media_type, f"{name}{ending}")


@blueprint.get("/api/v1/audit/report.html")
def report() -> Response:
    """Return the whole study as one file to read or print, with the sites of a finished job where one is named."""
    values = _read(FILE)
    question, proposal = _question(values), _proposal(values)
    with audits().turn():
        study = audits().study(current_snapshot().registry, question)
        text = report_html(study, proposal, language=values.get("lang", DEFAULT_LANGUAGE))
    return _file(text.encode(), "text/html; charset=utf-8", "report.html")


@blueprint.post("/api/v1/audit/jobs")
def begin() -> Response:
    """Begin a job; 202 with its address, 503 where too many wait already."""
    params.nothing(_query())
    if request.mimetype != "application/json":
        return problems.document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    values = _read(JOB, _members(request.get_data()), is_json=True)
    if "kind" not in values:
        raise params.InvalidParametersError([params.Fault("kind", "missing", "must be given")])
    question, registry, own = _question(values), current_snapshot().registry, audits()
    with own.turn():
        study = own.study(registry, question)
    job = own.jobs.begin(values["kind"], work(study, values))
    response = _json(_told(job), HTTPStatus.ACCEPTED)
    response.headers["Location"] = url_for("audit.job", job_id=job.id)
    return response


@blueprint.get("/api/v1/audit/jobs/<job_id>")
def job(job_id: str) -> Response:
    """Tell how far a job is, and its result once there is one."""
    found = audits().jobs.get(job_id)
    return _json(_told(found)) if found else problems.document(HTTPStatus.NOT_FOUND)


@blueprint.delete("/api/v1/audit/jobs/<job_id>")
def call_off(job_id: str) -> Response:
    """Call a job off, or drop its result."""
    if not audits().jobs.call_off(job_id):
        return problems.document(HTTPStatus.NOT_FOUND)
    return Response(status=HTTPStatus.NO_CONTENT)


@blueprint.errorhandler(TooManyJobsError)
def busy(_error: TooManyJobsError) -> Response:
    """Ask to come back: riders go first."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    is_page = request.endpoint == "audit.page"
    detail = "Other audits are being worked out; try again soon."
    response = pages.error_page(status) if is_page else problems.document(status, detail)
    response.headers["Retry-After"] = "5"
    return response


def _placed(found: Placed, ground: Ground, language: str) -> tuple[bool, list[str]]:
    """Return whether too few stations lie in the areas for the figures to be of use, and what to say of those outside.

    Nothing is said where none lies outside.
    """
    if not found.outside:
        return False, []
    counts = {name: f"{getattr(found, name):,}" for name in ("inside", "outside", "stations")}
    if found.inside >= FEW * found.stations:
        return False, [translate(language, "audit.page.placed_most", **counts)]
    names = [ground.names.get(code) or translate(language, f"district.{code}") for code in ground.territory.codes]
    listed = ("、" if language == "zh" else ", ").join(names[:AREAS_SHOWN]) + ("…" if len(names) > AREAS_SHOWN else "")
    what = "placed_few" if found.inside else "placed_none"
    return True, [
        translate(language, f"audit.page.{what}", **counts),
        translate(language, "audit.page.placed_areas", areas=listed),
        translate(language, "audit.page.placed_set"),
    ]


def _proposal(values: dict[str, Any]) -> Proposal | None:
    """Return what the job that is named proposes, if there is one, done, of that kind."""
    found = audits().jobs.get(values.get("job", ""))
    return found.result[1] if found is not None and found.kind == "sites" and found.phase == "done" else None


def _told(job: Job) -> dict[str, Any]:
    answer = {"id": job.id, "kind": job.kind, "state": job.phase, "progress": job.progress, "phase": job.doing}
    if job.phase == "failed":
        return answer | {"detail": job.fault}
    return answer | {"result": job.result[0]} if job.phase == "done" else answer


def _question(values: dict[str, Any]) -> Question:
    at = values.get("at")
    default = Asked()
    asked = Asked(
        frozenset(values.get("category", ())),
        frozenset(values.get("facility", ())),
        frozenset(values.get("who", default.who)),
    )
    return Question.of_day(
        values.get("day", today()),
        radius_m=values.get("radius", RADIUS_M),
        asked=asked,
        at=now() if at == "now" else at,
        possible=values.get("possible", False),
    )


def _read(kinds: dict[str, Kind], given: Any = None, *, is_json: bool = False) -> dict[str, Any]:
    values, faults = params.read(kinds, params.pairs(_query()) if given is None else given, is_json=is_json)
    if faults:
        raise params.InvalidParametersError(faults)
    return values


def _members(body: bytes) -> list[tuple[str, Any]]:
    """Return the members of a JSON object, a list one by one."""
    given = params.members(body).items()
    return [(name, each) for name, value in given for each in (value if isinstance(value, list) else [value])]


def _query() -> str:
    return request.query_string.decode("latin-1")


def _json(content: dict[str, Any], status: int = HTTPStatus.OK) -> Response:
    response = Response(orjson.dumps(content), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _file(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="coverage-audit-{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
