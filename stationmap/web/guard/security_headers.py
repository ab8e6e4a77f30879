"""Headers that keep a page from running, framing or requesting anything it was not made for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from stationmap.web.guard import cross_origin
from stationmap.web.guard.cross_origin import GRANTED, Headers, SharedPaths
from stationmap.web.guard.request_ids import ROUTE

IN_WECHAT = "stationmap.in_wechat"
"""Set in the environment of a request whose answer is a page that uses WeChat's JS-SDK."""
_BRIDGE = "frame-src weixin: weixinping:"
"""By frames of such addresses, which show nothing, WeChat's own script calls the app."""

EMBEDDED = "/embed"
"""The page that other sites show in a frame."""
PREVIEW = "/embed/code"
"""The page on which staff look at that one before they put it into theirs."""
NO_FRAME = "frame-ancestors 'none'"
_OWN_FRAMES = "frame-src 'self'"
_POLICY, _FRAMES, _RESOURCE = "Content-Security-Policy", "X-Frame-Options", "Cross-Origin-Resource-Policy"
_PERMISSIONS = "Permissions-Policy"
_ASKED_BEFORE = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"
_FOREIGN = (_RESOURCE, "cross-origin")


def content_policy(image_hosts: Iterable[str]) -> str:
    """Return the Content-Security-Policy: everything from this site, nothing inline, images also from `image_hosts`."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(("img-src 'self' data:", *image_hosts)),
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            NO_FRAME,
        )
    )


def headers(image_hosts: Iterable[str], public_url: str = "") -> Headers:
    """Return the headers of every response of an application whose pages may load images from `image_hosts`.

    If `public_url` is https, browsers are instructed to use only https.
    """
    hosts = tuple(image_hosts)
    hsts = (("Strict-Transport-Security", "max-age=31536000"),) if public_url.startswith("https:") else ()
    return (
        *hsts,
        ("Content-Security-Policy", content_policy(hosts)),
        ("X-Content-Type-Options", "nosniff"),
        # URLs carry filters and a chosen place. No other host learns more than our name, and that only if a map layer
        # of another host is enabled, because such hosts reject requests without a referrer. Our own pages need the
        # referrer to lead a rider back.
        ("Referrer-Policy", "strict-origin-when-cross-origin" if hosts else "same-origin"),
        ("Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=(), usb=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
    )


class ResponseHeaders:
    """The headers of each response of an application, by what is asked for; all made at the start."""

    def __init__(
        self, everywhere: Headers, *, shared: SharedPaths | None = None, frame_ancestors: Sequence[str] = ("none",)
    ) -> None:
        """Send `everywhere`, but where other sites may read (`shared`), and where they may frame (`frame_ancestors`).

        Without `shared` no page of another site reads anything.
        """
        self.everywhere = everywhere
        self._shared = shared
        policy = dict(everywhere).get(_POLICY, "")
        self._in_wechat = _with(everywhere, (_POLICY, f"{policy}; {_BRIDGE}"))
        self._granted = (*_with(everywhere, _FOREIGN), *GRANTED)
        preview = _with(everywhere, (_POLICY, f"{policy}; {_OWN_FRAMES}"))
        framed = _framed(everywhere, policy, frame_ancestors)
        self._of_page = {EMBEDDED: (*framed, *GRANTED) if shared else framed, PREVIEW: preview}

    def methods(self, path: str) -> tuple[str, ...]:
        """Return by which methods pages of other sites may ask for a path."""
        return self._shared.methods(path) if self._shared else ()

    def of(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers of the response to a request."""
        if IN_WECHAT in environ:
            return self._in_wechat
        path = environ["PATH_INFO"]
        if path in self._of_page:
            return self._of_page[path]
        return self._granted if environ["REQUEST_METHOD"] in self.methods(path) else self.everywhere


def _framed(everywhere: Headers, policy: str, ancestors: Sequence[str]) -> Headers:
    """Return the headers of the page that sites may frame: it asks for no position, which a frame is not there for."""
    if "none" in ancestors:
        return everywhere
    named = "*" if "*" in ancestors else " ".join(("'self'", *ancestors))
    framed = _with(
        everywhere,
        (_POLICY, policy.replace(NO_FRAME, f"frame-ancestors {named}")),
        (_PERMISSIONS, "geolocation=(), camera=(), microphone=(), payment=(), usb=()"),
        _FOREIGN,
    )
    return tuple(header for header in framed if header[0] != _FRAMES)


def _with(headers: Headers, *others: tuple[str, str]) -> Headers:
    """Return headers with others in the place of those of the same names."""
    replaced = dict(others)
    return tuple((name, replaced.get(name, value)) for name, value in headers)


class SecurityHeaders:
    """WSGI middleware that adds the headers to every response, and answers browsers that ask before a page may ask.

    Not an after_request function: adding seven headers there costs as much time as finding the nearest station.
    """

    def __init__(self, application: WSGIApplication, headers: ResponseHeaders) -> None:
        self._application, self._headers = application, headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "OPTIONS" and _ASKED_BEFORE in environ and (methods := self._methods(environ)):
            environ[ROUTE] = cross_origin.ROUTE
            start_response("204 No Content", [*cross_origin.preflight(methods), *self._headers.everywhere])
            return []

        def start(status: str, given: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*given, *self._headers.of(environ)], exc_info)

        return self._application(environ, start)

    def _methods(self, environ: WSGIEnvironment) -> tuple[str, ...]:
        return self._headers.methods(environ["PATH_INFO"])
