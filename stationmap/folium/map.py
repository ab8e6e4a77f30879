"""A map for notebooks with everything inside it, and what `Registry.explore` makes."""

from __future__ import annotations

from typing import Any

import folium
from branca.element import Element, Figure
from folium.template import Template

from stationmap.city import here
from stationmap.folium.data_layer import Inline
from stationmap.folium.stations import StationLayer
from stationmap.frontend.inlined import script_text, style_text
from stationmap.frontend.map_shell import MAX_ZOOM, OrientationBaseLayer
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.registry import Registry

SCRIPTS = ("vendor/leaflet/leaflet.js", "js/map/base_map.js")
STYLES = ("vendor/leaflet/leaflet.css", "css/page.css", "css/map.css")
GROUND = ".folium-map { background: #e6e9e3; }"


class Map(folium.Map):
    """A `folium.Map` that asks no other host: Leaflet and the orientation map of the city are inside it.

    With `tiles` it has those instead of the orientation map, and asks their host. Bootstrap, jQuery and the glyphs of
    `folium.Icon` are left out: what needs them belongs on a plain `folium.Map`. Without `location` it shows the
    middle of the city.
    """

    # Of this class alone: Folium's own lists belong to every map of the process.
    default_js: list[tuple[str, str]] = []  # noqa: RUF012
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(
        self,
        location: tuple[float, float] | None = None,
        *,
        zoom_start: int = 9,
        tiles: Any = None,
        language: str = DEFAULT_LANGUAGE,
        **options: Any,
    ) -> None:
        lon, lat = here().centre
        location = (lat, lon) if location is None else location
        super().__init__(location=location, zoom_start=zoom_start, tiles=tiles, **{"max_zoom": MAX_ZOOM, **options})
        if tiles is None:
            words = (translate(language, f"layer.{each}") for each in ("orientation", "orientation_credit"))
            OrientationBaseLayer(*words).add_to(self)

    def render(self, **kwargs: Any) -> str:
        """Put styles, scripts and the orientation map into the page, and then the map."""
        figure = self.get_root()
        assert isinstance(figure, Figure)
        style = "\n".join((*map(style_text, STYLES), GROUND))
        figure.header.add_child(Inline("style", style), name="stationmap_style")
        for path in SCRIPTS:
            figure.header.add_child(Inline("script", script_text(path)), name=path)
        figure.html.add_child(OrientationData(), name="stationmap_orientation")
        return super().render(**kwargs)  # type: ignore[no-untyped-call, no-any-return]


class OrientationData(Element):
    """The orientation map as JSON, where the script that draws it looks for it."""

    _template = Template('<script type="application/json" id="orientation">{{ this.json }}</script>')

    def __init__(self) -> None:
        super().__init__()
        self.json = here().orientation.decode().replace("<", "\\u003c")


def explore(
    registry: Registry, m: folium.Map | None = None, *, language: str = DEFAULT_LANGUAGE, **layer: Any
) -> folium.Map:
    """Return a map of a registry: `m`, or a new one that asks no other host, with a `StationLayer` of these options."""
    stations = StationLayer(registry, language=language, **layer)
    if m is not None:
        stations.add_to(m)
        return m
    drawn = Map(language=language)
    stations.add_to(drawn)
    if registry:
        drawn.fit_bounds(drawn.get_bounds())  # type: ignore[arg-type]
    return drawn
