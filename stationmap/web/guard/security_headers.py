"""Headers that keep a page from running, framing or requesting anything it was not made for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

IN_WECHAT = "stationmap.in_wechat"
"""Set in the environment of a request whose answer is a page that uses WeChat's JS-SDK."""
_BRIDGE = "frame-src weixin: weixinping:"
"""By frames of such addresses, which show nothing, WeChat's own script calls the app."""


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
            "frame-ancestors 'none'",
        )
    )


Headers = tuple[tuple[str, str], ...]


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


class SecurityHeaders:
    """WSGI middleware that adds the headers to every response.

    Not an after_request function: adding seven headers there costs as much time as finding the nearest station.
    """

    def __init__(self, application: WSGIApplication, headers: Headers) -> None:
        self._application, self._headers = application, headers
        policy = "Content-Security-Policy"
        self._headers_in_wechat = tuple(
            (name, f"{value}; {_BRIDGE}" if name == policy else value) for name, value in headers
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, given: list[tuple[str, str]], exc_info: Any = None) -> Any:
            added = self._headers_in_wechat if IN_WECHAT in environ else self._headers
            return start_response(status, [*given, *added], exc_info)

        return self._application(environ, start)
