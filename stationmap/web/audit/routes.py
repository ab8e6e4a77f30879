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
from stationmap.audit.inputs.supply import Requirements
from stationmap.audit.output.export import FORMS, basis_lines, offered_endings
from stationmap.audit.output.result_tables import OUTCOMES, WITH_PLACES
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import NO_STREETS
from stationmap.defaults import BYS, MINUTES, OBJECTIVES, RADIUS_M, TRAVEL, TRAVELS
from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES, translate
from stationmap.registry.model import CATEGORIES, FACILITIES, WHO
from stationmap.rules import CELLS_FORMAT
from stationmap.web import params, problems
from stationmap.web.access import guard
from stationmap.web.audit import placed
from stationmap.web.audit.computations import Answer
from stationmap.web.audit.jobs import summary
from stationmap.web.audit.state import audits, question_of_today, served_streets, today
from stationmap.web.audit.tasks import KINDS, Task
from stationmap.web.cache_policy import NO_STORE, REVALIDATE
from stationmap.web.guard.rate_limiter import network_of
from stationmap.web.pages.rendering import requested_language
from stationmap.web.pages.routes import audit_page
from stationmap.web.param_types import Boolean, Date, Enum, Integer, Number, ParamType, Text, Timestamp
from stationmap.web.state import current_snapshot, now, staff_deadline, state

blueprint = Blueprint("audit", __name__)

MAX_JOBS, MAX_JOBS_BEHIND_PROXY = 3, 6
"""Jobs at work of one person or network; of all that come by a proxy on this machine, who cannot be told apart."""

MAX_SITES = 200
MAX_RADIUS_M, MAX_MINUTES = 10_000.0, 120.0
"""On the page and by its interface: ten times the rule, half an hour by e-bike, and eight times the rule's minutes. The
command line takes more."""
OF_DOORS = ("hours", "locked")
"""Outcomes that hold what riders found locked."""
OUTCOMES_OFFERED = ("coverage", "hours", "locked", "gaps", "equity", "sites")  # as files, on the page
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

QUESTION: dict[str, ParamType] = {
    "radius": Number(1, MAX_RADIUS_M),
    "category": Enum(CATEGORIES, repeats=True),
    "facility": Enum(FACILITIES, repeats=True),
    "who": Enum(WHO, repeats=True),
    "at": Timestamp(),
    "day": Date(),
    "possible": Boolean(),
    "by": Enum(BYS),
    "travel": Enum(TRAVELS),
    "minutes": Number(0.1, MAX_MINUTES),
}
WEEK: dict[str, ParamType] = {"day": Date()}
JOB: dict[str, ParamType] = {
    **QUESTION,
    "kind": Enum(KINDS),
    "objective": Enum(OBJECTIVES),
    "n": Integer(1, MAX_SITES),
    "share": Number(0.001, 1),
    "spacing": Number(0, MAX_RADIUS_M),
    "seed": Integer(0, 999_999_999),
}
WISH = {"objective": "objective", "n": "n", "share": "share", "seed": "seed", "spacing": "spacing_m"}
FILE: dict[str, ParamType] = {
    **QUESTION,
    "lang": Enum(LANGUAGES),
    "outcome": Enum((*OUTCOMES, "sites")),
    "job": Text(64),
}


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
    offered: dict[str, Any] = {"objectives": OBJECTIVES, "max_sites": MAX_SITES, "max_radius_m": int(MAX_RADIUS_M)}
    offered |= {"ways": _ways_offered(), "minutes": f"{MINUTES:g}", "max_minutes": int(MAX_MINUTES)}
    offered |= {"today": today().isoformat(), "whom": stated["demand"]["kind"], "files": _files_offered()}
    return audit_page(basis, **offered)


def _ways_offered() -> list[tuple[str, float]]:
    """Return how people may come along the streets that are served, each with the most metres it makes in a minute."""
    streets = served_streets()
    if streets is None:
        return []
    return [(each, streets.top_speed_m_s(each) * 60) for each in streets.profiles if each in TRAVELS]


def _files_offered() -> list[tuple[str, list[str]]]:
    """Return outcomes, each with the endings of its files, without the dot."""
    endings = {name: offered_endings(has_places=name in WITH_PLACES) for name in OUTCOMES_OFFERED}
    return [(name, [ending.removeprefix(".") for ending in each]) for name, each in endings.items()]


@blueprint.get("/api/v1/audit/cells")
def cells() -> Response:
    """Return cells, people and stations in the form of `audit_cells`, compressed."""
    params.require_none(_query())
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
def ways() -> Response:
    """Return how far every cell is from stations along streets, in the form of `audit_cells`."""
    values = _read(QUESTION) | {"by": "network"}
    return _sent(_answer(Task("ways", _question(values))))


@blueprint.get("/api/v1/audit/week")
def week() -> Response:
    """Return what stations do in the week of a day, in the form of `audit_cells`."""
    day = _read(WEEK).get("day", today())
    return _sent(_answer(Task("week", StudyQuestion(monday=StudyQuestion.of_day(day).monday))))


@blueprint.get("/api/v1/audit/hours")
def hours() -> Response:
    """Return people in reach of an open station at each hour of the week, thousandths by district.

    As posted, and where riders reported doors locked also as found.
    """
    return _sent(_answer(Task("hours", _question(_read(QUESTION)), (("doors", _doors()),))))


@blueprint.get("/api/v1/audit/download<ending>")
def download(ending: str) -> Response:
    """Return an outcome as a file, by its ending."""
    if ending not in FORMS:
        return problems.document(HTTPStatus.NOT_FOUND)
    values = _read(FILE)
    name, proposal = values.get("outcome", "coverage"), _proposal(values)
    if name == "sites" and not proposal:
        return problems.document(HTTPStatus.NOT_FOUND, "There is no such proposal, or no more.")
    options: dict[str, Any] = {"ending": ending, "outcome": name, "proposal": proposal if name == "sites" else b""}
    if name in OF_DOORS:
        options["doors"] = _doors()
    return _file(_answer(_task("file", values, **options)), f"{name}{ending}")


@blueprint.get("/api/v1/audit/report.html")
def report() -> Response:
    """Return the whole study as one file to read or print, with the sites of a finished job where one is named."""
    values = _read(FILE)
    return _file(_answer(_task("report", values, proposal=_proposal(values), doors=_doors())), "report.html")


@blueprint.post("/api/v1/audit/jobs")
def begin() -> Response:
    """Begin a job; 202 with its address, 503 where too many wait already."""
    params.require_none(_query())
    if request.mimetype != "application/json":
        return problems.document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    values = _read(JOB, _members(request.get_data()), is_json=True)
    if "kind" not in values:
        raise params.InvalidParametersError([params.Fault("kind", "missing", "must be given")])
    wish = {WISH[name]: values[name] for name in WISH if name in values} if values["kind"] == "sites" else {}
    task = Task(values["kind"], _question(values), tuple(sorted(wish.items())))
    owner, most = _owner()
    begun = audits().begin(current_snapshot().registry, task, owner=owner, most=most)
    response = _json(summary(begun), HTTPStatus.ACCEPTED)
    response.headers["Location"] = url_for("audit.job", job_id=begun.id)
    return response


@blueprint.get("/api/v1/audit/jobs/<job_id>")
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


@blueprint.delete("/api/v1/audit/jobs/<job_id>")
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


def _proposal(values: dict[str, Any]) -> bytes:
    """Return what the job that is named proposes, as JSON; nothing unless it is done, and of that kind."""
    found = audits().jobs.result(values["job"]) if "job" in values else None
    return found.proposal if found is not None else b""


def _task(kind: str, values: dict[str, Any], **options: Any) -> Task:
    options["language"] = values.get("lang", DEFAULT_LANGUAGE)
    return Task(kind, _question(values), tuple(sorted(options.items())))


def _question(values: dict[str, Any]) -> StudyQuestion:
    at = values.get("at")
    default = Requirements()
    requirements = Requirements(
        frozenset(values.get("category", ())),
        frozenset(values.get("facility", ())),
        frozenset(values.get("who", default.who)),
    )
    return StudyQuestion.of_day(
        values.get("day", today()),
        radius_m=values.get("radius", RADIUS_M),
        requirements=requirements,
        at=now() if at == "now" else at,
        possible=values.get("possible", False),
        **_along(values),
    )


def _along(values: dict[str, Any]) -> dict[str, Any]:
    """Return how far stations serve along streets; nothing by straight lines. Raises InvalidParametersError."""
    by, faults = values.get("by", "straight"), []
    if by == "straight":
        faults = [
            params.Fault(name, "unexpected", "needs by=network") for name in ("travel", "minutes") if name in values
        ]
    elif served_streets() is None:
        faults = [params.Fault("by", "unavailable", NO_STREETS)]
    elif {"radius", "minutes"} <= values.keys():
        faults = [params.Fault("minutes", "unexpected", "minutes or radius, not both")]
    if faults:
        raise params.InvalidParametersError(faults)
    minutes = values.get("minutes", None if "radius" in values else MINUTES)
    return {} if by == "straight" else {"by": by, "travel": values.get("travel", TRAVEL), "minutes": minutes}


def _read(types: dict[str, ParamType], given: Any = None, *, is_json: bool = False) -> dict[str, Any]:
    values, faults = params.read(types, params.query_pairs(_query()) if given is None else given, is_json=is_json)
    if faults:
        raise params.InvalidParametersError(faults)
    return values


def _members(body: bytes) -> list[tuple[str, Any]]:
    """Return the members of a JSON object, a list one by one."""
    given = params.json_members(body).items()
    return [(name, each) for name, value in given for each in (value if isinstance(value, list) else [value])]


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
