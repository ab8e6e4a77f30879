"""The web application: pages and an API over one registry file."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from jinja2 import FileSystemLoader
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from stationmap import city, file_limit
from stationmap.frontend.base_layers import image_hosts, online_layers
from stationmap.frontend.filings import filings
from stationmap.frontend.standalone_map import TEMPLATES as SHARED
from stationmap.i18n import LANGUAGES, riders_messages
from stationmap.registry.model import is_code
from stationmap.resources import static_folder
from stationmap.settings import Settings
from stationmap.web import notifier, problems
from stationmap.web.access import csrf
from stationmap.web.api import lane, places
from stationmap.web.api import routes as api
from stationmap.web.api.fast_path import FastPath
from stationmap.web.api.kept_questions import KeptQuestions
from stationmap.web.api.lane import Lane
from stationmap.web.api.quick_options import QuickOptions
from stationmap.web.assets import PREFIX, Assets
from stationmap.web.audit import routes as audit
from stationmap.web.audit import state as audit_state
from stationmap.web.changes import atom as changes_atom
from stationmap.web.changes import copy as registry_copy
from stationmap.web.changes import publication
from stationmap.web.changes import routes as changes
from stationmap.web.compression import AT_ONCE, EncodingNegotiation
from stationmap.web.description import routes as description
from stationmap.web.discovery import closures, robots, security_contact, sitemap
from stationmap.web.embed import routes as embed
from stationmap.web.guard import admission, concurrency_limit, rejections, report_limits, request_ids, security_headers
from stationmap.web.guard.admission import AdmissionControl
from stationmap.web.guard.concurrency_limit import ConcurrencyLimit
from stationmap.web.guard.cross_origin import SharedPaths
from stationmap.web.guard.rejections import RejectionCounter
from stationmap.web.guard.report_limits import ReportLimits
from stationmap.web.guard.request_ids import RequestIds
from stationmap.web.guard.security_headers import ResponseHeaders, SecurityHeaders
from stationmap.web.keeper import fetch_missing, keeper_of
from stationmap.web.kept_numbers import KeptNumber
from stationmap.web.notifier import Notifier
from stationmap.web.ogc import audited
from stationmap.web.ogc import routes as ogc
from stationmap.web.ogc.links import OPENAPI
from stationmap.web.pages import ground, rendering
from stationmap.web.pages import routes as pages
from stationmap.web.reports import atom, open311
from stationmap.web.reports import pages as receipts
from stationmap.web.reports import routes as reports
from stationmap.web.staff.blueprint import blueprint as staff
from stationmap.web.staff.table.prepared import preparing
from stationmap.web.state import EXTENSION, Clock, State
from stationmap.web.tiles import routes as tiles
from stationmap.web.tiles import shelf as tile_shelf
from stationmap.web.wechat import signing, verify_files

MAX_BODY_BYTES = 1_048_576  # ten thousand points with every digit a float has are 400 kB

_FIRST_FLIGHT = 8_192  # smaller responses fit the first packets of a connection, compressed or not
_COMPRESSED = ("text/html", "application/json", api.GEOJSON, OPENAPI.partition(";")[0])
_ROUTES = (
    api, places, registry_copy, changes, changes_atom, tiles, pages, ground, embed, reports, open311, atom, receipts,
    audit, ogc, sitemap, robots, security_contact, closures, signing, verify_files, description,
)  # fmt: skip


class Application(Flask):
    """A Flask application that logs nothing of a request: URLs and messages may contain a position."""

    def handle_http_exception(self, e: HTTPException) -> HTTPException | ResponseReturnValue:
        """Answer an error; a route leads on within this site, where Werkzeug writes the host that a request names."""
        return problems.within_site(e) if isinstance(e, RequestRedirect) else super().handle_http_exception(e)

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Log where an unforeseen exception occurred, and its type."""
        kind, _, trace = exc_info
        place = "".join(traceback.format_tb(trace))
        self.logger.error("%s at %s\n%s", kind and kind.__name__, request.url_rule, place)


def system_clock() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


def _replaced(served: city.City) -> dict[str, bytes]:
    """Return the static files that are others in another city than that of the package, by path."""
    if served.folder is None:
        return {}
    messages = {f"i18n/{language}.json": riders_messages(language, served) for language in LANGUAGES}
    return {city.ORIENTATION: served.orientation, **messages}


def _taking_over(app: Flask, current: State) -> Callable[[], None]:
    """Return what lets an application work at jobs of the audit whose server ended."""

    def take_over() -> None:
        with app.test_request_context():  # answers are about the moment of a request
            app.extensions[audit_state.EXTENSION].take_over(current.snapshot.registry)

    return take_over


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock, writable: bool = False) -> Flask:
    """Create the application for a registry file.

    Settings default to the environment. `clock` returns the current time, aware. With `writable` changes are kept in
    the journal, unless the settings or the file say that it is only read.
    Raises InvalidSettingsError, also for files it names that cannot be used, and InvalidRegistryError or
    RegistryFileError if the file cannot be served, and StorageError where there is none and the database that should
    have it cannot be asked.
    """
    settings = settings or Settings.from_environment(os.environ)
    served = city.load(settings.city)
    city.adopt(served)
    file_limit.adopt(settings.max_registry_mb)
    assets = Assets(static_folder(), _replaced(served))
    if writable:
        fetch_missing(settings, clock)
    current = State(settings, assets, clock)
    current.keeper = keeper_of(settings, clock) if writable else None
    app = Application("stationmap.web", static_folder=None, template_folder=None)
    app.jinja_loader = FileSystemLoader((Path(__file__).parent / "templates", SHARED))
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        COMPRESS_MIMETYPES=_COMPRESSED,
        COMPRESS_ALGORITHM=("br", "gzip"),
        COMPRESS_MIN_SIZE=_FIRST_FLIGHT,
        COMPRESS_BR_LEVEL=AT_ONCE["br"],
        COMPRESS_LEVEL=AT_ONCE["gzip"],
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,
    )
    app.url_map.converters["int"] = KeptNumber
    app.extensions[EXTENSION] = current
    app.extensions[concurrency_limit.EXTENSION] = limit = ConcurrencyLimit()
    app.extensions[tile_shelf.EXTENSION] = shelf = tile_shelf.TileShelf(limit)
    app.extensions[audit_state.EXTENSION] = audit_state.Audits(
        audit_state.study_area_from(settings),
        limit,
        settings.staff_deadline_s,
        database=current.database if current.keeper else None,
        clock=clock,
    )
    current.rounds.append(_taking_over(app, current))
    app.extensions[audited.EXTENSION] = audited.KeptFeatures()
    app.jinja_env.globals.update(asset=rendering.asset, is_code=is_code, filings=filings(settings))
    app.extensions[notifier.EXTENSION] = sending = Notifier(
        settings, database=current.desk.database, registry=lambda: current.snapshot.registry, clock=clock
    )
    app.before_request(current.watch)
    app.before_request(sending.watch)
    csrf.protect(app, settings)
    app.extensions[publication.EXTENSION] = published = publication.Publication()
    current.besides += [
        lambda _: shelf.prepare(current.request_context()),
        preparing(app, current),
        lambda snapshot: published.prepare(snapshot.registry),
    ]
    app.extensions[signing.EXTENSION] = signing.Signer(current)
    for module in _ROUTES:
        app.register_blueprint(module.blueprint)
    app.register_blueprint(staff)
    app.extensions[description.EXTENSION] = description.Description(app)
    app.add_url_rule(f"{PREFIX}/<tree_hash>/<path:name>", "static", assets.respond)
    problems.register(app, rendering.error_page)
    Compress(app)
    layers = online_layers(settings.online_layers, tianditu_key=settings.tianditu_key)
    questions, quick = KeptQuestions(settings), QuickOptions()
    fast_path = FastPath(app.wsgi_app, current, questions, quick, compressed_from=_FIRST_FLIGHT)
    images = (*image_hosts(layers), *(f"https://{host}" for host in settings.photo_hosts))
    headers = ResponseHeaders(
        security_headers.headers(images, settings.public_url),
        shared=SharedPaths(is_audit_open=settings.audit == "open") if settings.cors else None,
        frame_ancestors=settings.frame_ancestors,
    )
    app.extensions[rejections.EXTENSION] = counter = RejectionCounter()
    app.extensions[report_limits.EXTENSION] = limited = ReportLimits(EncodingNegotiation(fast_path), counter)
    secured = SecurityHeaders(limited, headers)
    app.extensions[admission.EXTENSION] = front = AdmissionControl(secured, headers, counter)
    app.extensions[request_ids.EXTENSION] = app.wsgi_app = ids = RequestIds(front)  # type: ignore[method-assign]
    app.extensions[lane.EXTENSION] = Lane(current, questions, quick, front, ids, compressed_from=_FIRST_FLIGHT)
    return app
