"""How a page is made of its template: in the language of the request, with what every page says."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Response, make_response, render_template, request

from stationmap.frontend.map_app_links import Browser, browser_of
from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES, tag_of, translate
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.guard.request_ids import current_request_id
from stationmap.web.pages.ground import ground_view
from stationmap.web.pages.reporting import reports_url
from stationmap.web.pages.service_worker import THEME
from stationmap.web.state import current_snapshot, state


def rendered(template: str, code: int = HTTPStatus.OK, /, **context: Any) -> Response:
    """Return a page in the language of this request."""
    response = make_response(page_text(template, requested_language(), **context), code)
    response.headers.set(*REVALIDATE)
    return response


def page_text(template: str, language: str, **context: Any) -> str:
    """Return a page in a language."""
    return render_template(
        template,
        t=partial(translate, language),
        lang=language,
        tag_of=tag_of,
        languages=LANGUAGES,
        query="" if language == DEFAULT_LANGUAGE else f"?lang={language}",
        theme=THEME,
        registry=current_snapshot().registry,
        reports=reports_url(),
        ground=ground_view(language),
        **context,
    )


def asset(name: str) -> str:
    """Return the address of a file of static/, below the path where a proxy has put this site."""
    return request.script_root + state().assets.url(name)


def requested_language() -> str:
    """Return the language of this request."""
    requested = request.args.get("lang", DEFAULT_LANGUAGE)
    return requested if requested in LANGUAGES else DEFAULT_LANGUAGE


def requesting_browser() -> Browser:
    """Return the browser that sent this request."""
    return browser_of(request.user_agent.string)


def error_page(status: int, situation: str = "") -> Response:
    """Return the page that explains what went wrong; `situation` is one that has words of its own."""
    request_id = current_request_id() if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not situation else ""
    return rendered("error.html", status, status=status, situation=situation, request_id=request_id)
