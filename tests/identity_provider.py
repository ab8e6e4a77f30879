"""A small OpenID provider on this machine: real messages, real signatures, and lies where a test wants them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.staff import Clock

CLIENT, SECRET = "stationmap", "a secret: of the client"


@cache
def new_key(number: int) -> RSAKey:
    """Return a key, the same for a number: making one takes long."""
    return RSAKey.generate_key(2048, {"kid": "1", "number": str(number)})


class IdentityProvider:
    """What the provider knows and says; `lies` replace claims, and a claim that is None is left out."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.issuer = ""
        self.person: dict[str, Any] = {"sub": "4711", "email": "li@union.example.org", "email_verified": True}
        self.lies: dict[str, Any] = {}
        self.key = self.published = new_key(0)
        self.algorithm, self.asked = "RS256", list[str]()
        self.codes: dict[str, dict[str, str]] = {}

    def discovery(self) -> dict[str, Any]:
        paths = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return {"issuer": self.issuer, **{name: self.issuer + path for name, path in paths.items()}}

    def authorize(self, question: dict[str, str]) -> str:
        """Return where the browser goes next, with a code for whoever is signed in here."""
        assert question["response_type"] == "code" and question["code_challenge_method"] == "S256"
        assert question["client_id"] == CLIENT and "openid" in question["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = question
        return f"{question['redirect_uri']}?{urlencode({'code': code, 'state': question['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        question = self.codes.pop(form["code"])
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == question["code_challenge"]
        assert form["redirect_uri"] == question["redirect_uri"]
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        assert pair == "stationmap:a%20secret%3A%20of%20the%20client"
        at = int(self.clock().timestamp())
        times = {"iat": at, "exp": at + 60, "auth_time": at - 30}
        claims = {"iss": self.issuer, "aud": CLIENT, "nonce": question["nonce"], **times, **self.person, **self.lies}
        told = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "1"}
        return {"token_type": "Bearer", "access_token": "x", "id_token": jwt.encode(header, told, self.key)}


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            if parts.path == "/authorize":
                self.send_response(302)
                question = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_header("Location", provider.authorize(question))
                self.end_headers()
                return
            keys = KeySet([provider.published]).as_dict(private=False)
            self._answer(keys if parts.path == "/keys" else provider.discovery())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            try:
                self._answer(provider.token(form, self.headers.get("Authorization", "")))
            except (AssertionError, KeyError):
                self._answer({"error": "invalid_grant"}, 400)

        def _answer(self, document: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: Any) -> None:
            pass

    return Handler


@contextmanager
def identity_provider(clock: Clock) -> Iterator[IdentityProvider]:
    """Run a provider on a free port."""
    provider = IdentityProvider(clock)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
