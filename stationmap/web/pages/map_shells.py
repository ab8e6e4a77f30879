"""The maps of pages, as Folium makes them: once for each language, and aside, as that takes long and much memory."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import sys
from contextlib import suppress
from threading import Event, Lock

from flask import current_app, url_for

from stationmap.frontend.base_layers import online_layers
from stationmap.frontend.shell_parts import MapShell
from stationmap.settings import Settings
from stationmap.web.pages.rendering import requested_language
from stationmap.web.state import state

EXTENSION = "stationmap.map_shells"
HASH_DIGITS = 16
MAX_ASIDE_S = 60.0

log = logging.getLogger("stationmap.server")


class ShellsAside:
    """The maps of the finder and of the audit in each language, made by a process that ends with it.

    Whoever asks first waits for it. Where it fails, maps are made in this process, which then keeps Folium and pandas.
    """

    def __init__(self, settings: Settings) -> None:
        """Begin."""
        self._lock, self._ending = Lock(), Event()
        self._made: dict[tuple[bool, str], MapShell] | None = None
        asked = {
            "city": str(settings.city) if settings.city else None,
            "layers": settings.online_layers,
            "tianditu_key": settings.tianditu_key,
        }
        try:
            self._process = _begun(json.dumps(asked).encode())
        except OSError as error:  # as many processes as there may be, say
            self._made = {}
            _log_failure(error)

    def shell(self, language: str, *, is_audit: bool) -> MapShell | None:
        """Return a map; None where it has to be made here."""
        with self._lock:
            if self._made is None:
                self._made = self._taken()
        return self._made.get((is_audit, language))

    def end(self) -> None:
        """Let nobody wait for the maps any more, as the process ends."""
        self._ending.set()
        if self._made is None:
            self._process.kill()

    def _taken(self) -> dict[tuple[bool, str], MapShell]:
        try:
            told, _ = self._process.communicate(timeout=MAX_ASIDE_S)
            rows = json.loads(told)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            self._process.kill()
            self._process.communicate()
            if not self._ending.is_set():
                _log_failure(error)
            return {}
        return {(is_audit, language): MapShell.of(parts) for is_audit, language, parts in rows}


def _begun(asked: bytes) -> subprocess.Popen[bytes]:
    """Begin the process; raises OSError."""
    command = [sys.executable, "-m", "stationmap.frontend.shells_aside"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    # Written, not an argument: other users of the machine see those, and one is a key.
    assert process.stdin
    with suppress(BrokenPipeError), process.stdin as written:
        written.write(asked)
    process.stdin = None
    return process


def _log_failure(error: Exception) -> None:
    log.warning(
        "no process can make the maps aside, the server makes them and keeps 50 MB more: %s", type(error).__name__
    )


def page_shell(language: str, *, is_audit: bool = False) -> MapShell:
    """Return the map of the finder, or of the audit, in a language."""
    aside: ShellsAside | None = current_app.extensions.get(EXTENSION)
    found = aside.shell(language, is_audit=is_audit) if aside else None
    return found or _made_here(state().settings, language, is_audit=is_audit)


def _made_here(settings: Settings, language: str, *, is_audit: bool) -> MapShell:
    # Folium and the pandas it brings take longer than the rest of the start: they are loaded when needed.
    from stationmap.frontend.map_shell import audit_shell, shell

    made = audit_shell if is_audit else shell
    return made(language, online_layers(settings.online_layers, tianditu_key=settings.tianditu_key))


def script_digest(script: str) -> str:
    """Return by what the address of a script changes with it."""
    return hashlib.sha256(script.encode()).hexdigest()[:HASH_DIGITS]


def bare_map() -> tuple[MapShell, str]:
    """Return the shell of a map for a page of its own, and the address of the script that builds it."""
    found = page_shell(requested_language())
    return found, url_for("pages.map_script", digest=script_digest(found.script))
