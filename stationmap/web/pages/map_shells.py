"""The maps of pages, as Folium makes them: once for each language, and aside, as that takes long."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flask import url_for

from stationmap.frontend.base_layers import online_layers
from stationmap.i18n import LANGUAGES
from stationmap.settings import Settings
from stationmap.web.pages.rendering import requested_language
from stationmap.web.state import state

if TYPE_CHECKING:
    from stationmap.frontend.map_shell import MapShell

HASH_DIGITS = 16


def make_shells(settings: Settings) -> None:
    """Make the map of the finder in each language, so that it is there when the first page is requested."""
    for language in LANGUAGES:
        _map_shell(settings, language)


def page_shell(language: str, *, is_audit: bool = False) -> MapShell:
    """Return the map of the finder, or of the audit, in a language."""
    return _map_shell(state().settings, language, is_audit=is_audit)


def _map_shell(settings: Settings, language: str, *, is_audit: bool = False) -> MapShell:
    # Folium and the pandas it brings take longer than the rest of the start: they are loaded aside, or when needed.
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
