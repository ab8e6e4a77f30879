"""Error responses: a problem document (RFC 9457) below /api/, a page elsewhere.

None repeats what was sent: it may be somebody's position.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
from flask import Flask, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from stationmap.errors import (
    DiskFullError,
    InvalidAuditError,
    InvalidHoursError,
    InvalidPositionError,
    InvalidQueryError,
    OutOfTimeError,
    RegistryFileError,
    StationmapError,
    StorageError,
    UnusableDatabaseError,
)
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.guard import rejections
from stationmap.web.guard.concurrency_limit import BusyError
from stationmap.web.guard.rejections import BUSY, DISK_FULL, OUT_OF_TIME, RejectionCounter, named_request
from stationmap.web.parameters.faults import InvalidParametersError
from stationmap.web.report_desk import ReportsClosedError

ErrorPage = Callable[[int, str], ResponseReturnValue]
"""Takes a status, and what is said of it where that is more than the status says: `disk_full`."""

MEDIA_TYPE = "application/problem+json"

STATUS_OF: dict[type[StationmapError], HTTPStatus] = {
    InvalidParametersError: HTTPStatus.BAD_REQUEST,
    InvalidPositionError: HTTPStatus.BAD_REQUEST,
    InvalidQueryError: HTTPStatus.BAD_REQUEST,
    InvalidHoursError: HTTPStatus.BAD_REQUEST,
    InvalidAuditError: HTTPStatus.BAD_REQUEST,
    OutOfTimeError: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
    UnusableDatabaseError: HTTPStatus.SERVICE_UNAVAILABLE,
    RegistryFileError: HTTPStatus.SERVICE_UNAVAILABLE,
    ReportsClosedError: HTTPStatus.NOT_FOUND,
}
"""The status of each domain error a request can cause; any other is our fault, 500."""

DETAIL_OF: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "The request cannot be understood.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method; see the Allow header.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than the server takes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body must be application/json.",
    HTTPStatus.UNAUTHORIZED: "Sign in first; your session may have ended.",
    HTTPStatus.FORBIDDEN: "You may not do this.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The server cannot do this at the moment; try again soon.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The server failed to answer. This is its fault, and it has been logged.",
}

RETRY_S, FULL_RETRY_S = 5, 60
DISK_FULL_DETAIL = "The disk of the server is full: nothing was kept of this. Try again later."

_MACHINE_PATHS = (
    *("/api/", "/openapi.json", "/open311/", "/reports.atom", "/changes.atom", "/ground/", "/tiles/", "/ogc"),
    *("/healthz", "/readyz", "/sitemap", "/robots.txt", "/.well-known/", "/closures.ics"),
)
_MACHINE_FILES = "/closures.ics"
"""The end of addresses of pages at which machines read, too."""


def document(status: int, detail: str | None = None, **members: Any) -> Response:
    """Return a problem document."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or DETAIL_OF.get(status, HTTPStatus(status).description or HTTPStatus(status).phrase),
        **members,
        **named_request(),
    }
    response = Response(orjson.dumps(content), status, content_type=MEDIA_TYPE)
    response.headers.set(*NO_STORE)
    return response


def register(app: Flask, page: ErrorPage) -> None:
    """Answer every error of an application with a problem document, or with `page` for people."""

    @app.errorhandler(InvalidParametersError)
    def of_parameters(error: InvalidParametersError) -> ResponseReturnValue:
        if not _is_for_machines():
            return page(STATUS_OF[InvalidParametersError], "")
        detail = f"{len(error.faults)} of the parameters cannot be used."
        return document(STATUS_OF[InvalidParametersError], detail, errors=[fault._asdict() for fault in error.faults])

    @app.errorhandler(DiskFullError)
    def of_a_full_disk(_: DiskFullError) -> ResponseReturnValue:
        _count(DISK_FULL)  # which the log says once a minute; the disk may be the one it is written to
        status = HTTPStatus.SERVICE_UNAVAILABLE
        given = document(status, DISK_FULL_DETAIL) if _is_for_machines() else page(status, DISK_FULL)
        return _with_retry_after(given, status, FULL_RETRY_S)

    @app.errorhandler(StationmapError)
    def of_the_domain(error: StationmapError) -> ResponseReturnValue:
        status = STATUS_OF.get(type(error))
        if status is None:
            raise error
        detail: str | None = str(error)
        if isinstance(error, OutOfTimeError):
            _count(OUT_OF_TIME)
        if isinstance(error, StorageError | RegistryFileError):  # it names a file, which is for the operator only
            current_app.logger.error("%s", error)
            detail = None
        return _with_retry_after(document(status, detail) if _is_for_machines() else page(status, ""), status)

    @app.errorhandler(BusyError)
    def of_the_busy(error: BusyError) -> ResponseReturnValue:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        _count(BUSY)
        detail = str(error) or "Other answers that take long are being worked out; try again soon."
        return _with_retry_after(document(status, detail) if _is_for_machines() else page(status, ""), status)

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        if status < HTTPStatus.BAD_REQUEST:
            return error.get_response()  # a redirect
        if status == HTTPStatus.NOT_FOUND and (address := _without_slash()):
            return redirect(address, HTTPStatus.PERMANENT_REDIRECT)
        response = app.make_response(document(status) if _is_for_machines() else page(status, ""))
        if allowed := getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response


def within_site(led: RequestRedirect) -> ResponseReturnValue:
    """Return the redirect of a route to where slashes are as they should be, without the host of the request."""
    target = urlsplit(led.new_url)
    # One slash: two begin the name of a host.
    return redirect(urlunsplit(("", "", "/" + target.path.lstrip("/"), target.query, "")), led.code)


def _count(reason: str) -> None:
    counter: RejectionCounter = current_app.extensions[rejections.EXTENSION]
    counter.count(reason)


def _with_retry_after(given: ResponseReturnValue, status: HTTPStatus, retry_s: int = RETRY_S) -> Response:
    """Add Retry-After to a 503."""
    response = current_app.make_response(given)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(retry_s)
    return response


def _without_slash() -> str | None:
    """Return the URL without its trailing slashes, or None if nothing is there either."""
    path = request.path.rstrip("/")
    if not path or path == request.path or _is_for_machines():
        return None
    try:
        endpoint, values = current_app.url_map.bind_to_environ(request.environ).match(path, method=request.method)
    except HTTPException:
        return None
    if endpoint == "static":  # a folder of files, not a page
        return None
    query = request.query_string.decode("latin-1")
    # Built from the route, not from the input: a URL that begins with two slashes names another host.
    return url_for(endpoint, **values) + (f"?{query}" if query else "")


def _is_for_machines() -> bool:
    return request.path.startswith(_MACHINE_PATHS) or request.path.endswith(_MACHINE_FILES)
