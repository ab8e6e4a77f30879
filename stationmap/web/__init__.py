"""The web application: pages and an API over one registry file."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stationmap.web.app import create_app, system_clock

__all__ = ["create_app", "system_clock"]


def __getattr__(name: str) -> Any:
    # Loaded when first used: the process of the audit needs modules of this package, but neither Flask nor Folium.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from stationmap.web import app

    return getattr(app, name)
