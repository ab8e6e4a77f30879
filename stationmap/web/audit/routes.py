"""The staff page of the coverage audit, and what it requests: cells, hours, files, and jobs for what takes long."""

from __future__ import annotations

import gzip
import hashlib
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, abort, g, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.audit.inputs.locked_doors import LockedDoors
from stationmap.audit.output.export import FORMS, basis_lines
from stationmap.audit.studies.question import StudyQuestion
from stationmap.i18n import translate
from stationmap.rules import CELLS_FORMAT
from stationmap.web import problems
from stationmap.web.access import guard
from stationmap.web.audit import operations, placed
from stationmap.web.audit.computations import Answer
from stationmap.web.audit.jobs import summary
from stationmap.web.audit.offered import offered
from stationmap.web.audit.parameters import (
    AuditQuery,
    FileQuery,
    JobBody,
    WeekQuery,
)
from stationmap.web.audit.requests import study_question
from stationmap.web.audit.state import audits, question_of_today, today
from stationmap.web.audit.tasks import ENDED_EARLY, Task
from stationmap.web.cache_policy import NO_STORE, REVALIDATE
from stationmap.web.guard.rate_limiter import network_of
from stationmap.web.openapi.operation import described
from stationmap.web.pages.rendering import requested_language
from stationmap.web.pages.routes import audit_page
from stationmap.web.parameters.reading import read_body, read_query, refuse_parameters
from stationmap.web.state import current_snapshot, staff_deadline, state

blueprint = Blueprint("audit", __name__)

MAX_JOBS, MAX_JOBS_BEHIND_PROXY = 3, 6
"""Jobs at work of one person or network; of all that come by a proxy on this machine, who cannot be told apart."""

OF_DOORS = ("hours", "locked")
"""Outcomes that hold what riders found locked."""
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
)  # shown by the controls of the page, with their present values

WISH = {"objective": "objective", "n": "n", "share": "share", "seed": "seed", "spacing": "spacing_m"}


@blueprint.before_request
def _admit() -> ResponseReturnValue | None:
    """Admit those who may see the audit, and none whom the page of another site makes compute."""
    if request.endpoint != "audit.page" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(HTTPStatus.FORBIDDEN)
    if state().settings.audit == "open":
        return None
    state().database()  # without one nobody could sign in
    return guard.admit("view")


@blueprint.after_request
def _keep_to_staff(response: Response) -> Response:
    """Let nobody keep an answer that is for staff."""
    return response if state().settings.audit == "open" else guard.keep_nothing(response)


@blueprint.get("/audit")
def page() -> Response:
    """Return the page on which staff see where people are served and where they are not."""
    language, question = requested_language(), question_of_today()
    basis_document = orjson.loads(gzip.decompress(_answer(Task("basis", question)).data))
    stated = basis_document["stated"]
    g.audit_alarm, g.audit_placed = placed.in_words(basis_document, language)
    chosen = {translate(language, f"audit.basis.{name}") for name in CHOSEN}
    basis = [(label, text) for label, text in basis_lines(stated, language) if label not in chosen]
    return audit_page(basis, whom=stated["demand"]["kind"], **offered())


@blueprint.get("/api/v1/audit/cells")
@described(operations.CELLS)
def cells() -> Response:
    """Return cells, people and stations in the form of `audit_cells`, compressed."""
    refuse_parameters(_query())
    tag = f"{audits().tag(current_snapshot().registry)}-{CELLS_FORMAT}"
    if request.if_none_match.contains_weak(tag):
        response = Response(status=HTTPStatus.NOT_MODIFIED)
        response.headers["Vary"] = "Accept-Encoding"
    else:
        response = _sent(_answer(Task("cells", question_of_today())))
    response.headers.set(*REVALIDATE)
    response.set_etag(tag, weak=True)
    return response


@blueprint.get("/api/v1/audit/ways")
@described(operations.WAYS)
def ways() -> Response:
    """Return how far every cell is from stations along streets, in the form of `audit_cells`."""
    asked = read_query(AuditQuery, _query())
    return _sent(_answer(Task("ways", study_question(asked, by="network"))))


@blueprint.get("/api/v1/audit/week")
@described(operations.WEEK)
def week() -> Response:
    """Return what stations do in the week of a day, in the form of `audit_cells`."""
    day = read_query(WeekQuery, _query()).day or today()
    return _sent(_answer(Task("week", StudyQuestion(monday=StudyQuestion.of_day(day).monday))))


@blueprint.get("/api/v1/audit/hours")
@described(operations.HOURS)
def hours() -> Response:
    """Return people in reach of an open station at each hour of the week, thousandths by district.

    As posted, and where riders reported doors locked also as found.
    """
    return _sent(_answer(Task("hours", study_question(read_query(AuditQuery, _query())), (("doors", _doors()),))))


@blueprint.get("/api/v1/audit/download<ending>")
@described(operations.DOWNLOAD)
def download(ending: str) -> Response:
    """Return an outcome as a file, by its ending."""
    if ending not in FORMS:
        return problems.document(HTTPStatus.NOT_FOUND)
    asked = read_query(FileQuery, _query())
    name, proposal = asked.outcome, _proposal(asked)
    if name == "sites" and not proposal:
        return problems.document(HTTPStatus.NOT_FOUND, "There is no such proposal, or no more.")
    options: dict[str, Any] = {"ending": ending, "outcome": name, "proposal": proposal if name == "sites" else b""}
    if name in OF_DOORS:
        options["doors"] = _doors()
    return _file(_answer(_task("file", asked, **options)), f"{name}{ending}")


@blueprint.get("/api/v1/audit/report.html")
@described(operations.REPORT)
def report() -> Response:
    """Return the whole study as one file to read or print, with the sites of a finished job where one is named."""
    asked = read_query(FileQuery, _query())
    return _file(_answer(_task("report", asked, proposal=_proposal(asked), doors=_doors())), "report.html")


@blueprint.post("/api/v1/audit/jobs")
@described(operations.BEGIN)
def begin() -> Response:
    """Begin a job; 202 with its address, 503 where too many wait already."""
    refuse_parameters(_query())
    if request.mimetype != "application/json":
        return problems.document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    asked = read_body(JobBody, request.get_data())
    wish = asked.model_dump(include=set(WISH), exclude_none=True) if asked.kind == "sites" else {}
    options = sorted((WISH[name], value) for name, value in wish.items())
    task = Task(asked.kind, study_question(asked), tuple(options))
    owner, most = _owner()
    begun = audits().begin(current_snapshot().registry, task, owner=owner, most=most)
    response = _json(summary(begun), HTTPStatus.ACCEPTED)
    response.headers["Location"] = url_for("audit.job", job_id=begun.id)
    return response


@blueprint.get("/api/v1/audit/jobs/<job_id>")
@described(operations.JOB)
def job(job_id: str) -> Response:
    """Tell how far a job is, and its result once there is one."""
    found = audits().jobs.find(job_id)
    if found is None:
        return problems.document(HTTPStatus.NOT_FOUND)
    if found.status != "done":
        return _json(summary(found))
    with audits().limit.slot():
        result = audits().jobs.result(job_id)
        return _sent(Answer(result.document, result.media_type)) if result else problems.document(HTTPStatus.NOT_FOUND)


@blueprint.post("/api/v1/audit/jobs/<job_id>/enough")
@described(operations.ENOUGH)
def enough(job_id: str) -> Response:
    """End a search for sites with the best so far, which is its result within a second or so; 409 for another job."""
    refuse_parameters(_query())
    found = audits().jobs.find(job_id)
    if found is None:
        return problems.document(HTTPStatus.NOT_FOUND)
    if found.kind not in ENDED_EARLY:
        return problems.document(HTTPStatus.CONFLICT, "Of such a job nothing is found before it is done.")
    audits().jobs.want_now(job_id)
    return _json(summary(found), HTTPStatus.ACCEPTED)


@blueprint.delete("/api/v1/audit/jobs/<job_id>")
@described(operations.CANCEL)
def cancel(job_id: str) -> Response:
    """Cancel a job, or drop its result."""
    if not audits().jobs.cancel(job_id):
        return problems.document(HTTPStatus.NOT_FOUND)
    return Response(status=HTTPStatus.NO_CONTENT)


def _owner() -> tuple[str, int]:
    """Return whose jobs those of this request are, and how many they may have at work."""
    session = guard.current_session()
    network = network_of(request.remote_addr or "")
    owner = f"user {session.user.id}" if session else (network or "")
    return hashlib.sha256(owner.encode()).hexdigest(), MAX_JOBS if owner else MAX_JOBS_BEHIND_PROXY


def _doors() -> LockedDoors | None:
    return audits().doors.at(state().desk, today())


def _answer(task: Task) -> Answer:
    return audits().answer(current_snapshot().registry, task, staff_deadline())


def _proposal(asked: FileQuery) -> bytes:
    """Return what the job that is named proposes, as JSON; nothing unless it is done, and of that kind."""
    found = audits().jobs.result(asked.job) if asked.job else None
    return found.proposal if found is not None else b""


def _task(kind: str, asked: FileQuery, **options: Any) -> Task:
    options["language"] = asked.lang
    return Task(kind, study_question(asked), tuple(sorted(options.items())))


def _query() -> str:
    return request.query_string.decode("latin-1")


def _json(content: dict[str, Any], status: int = HTTPStatus.OK) -> Response:
    response = Response(orjson.dumps(content), status, content_type="application/json")
    response.headers.set(*NO_STORE)
    return response


def _sent(answer: Answer) -> Response:
    """Send an answer as it is kept where its reader takes that, else unpacked."""
    accepted = request.accept_encodings.best_match(("gzip", "identity"), "identity") == "gzip"
    data = answer.data if accepted else gzip.decompress(answer.data)
    response = Response(data, content_type=answer.media_type)
    if accepted:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers.set(*NO_STORE)
    return response


def _file(answer: Answer, name: str) -> Response:
    response = _sent(answer)
    response.headers["Content-Disposition"] = f'attachment; filename="coverage-audit-{name}"'
    return response
