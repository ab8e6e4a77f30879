"""The Folium shell of a map: canvas, base layers, layer control, scale, and an empty layer for stations.

Folium compiles every text it is given as a template on the server and inserts it as HTML in the browser. So no text of
a registry or of a visitor passes through here: stations are drawn in the browser from JSON, by
static/js/map/station_layer.js.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.elements import JSCSSMixin
from folium.map import Layer, LayerControl
from folium.template import Template

from stationmap.city import City, here
from stationmap.frontend.base_layers import OnlineLayer
from stationmap.frontend.map_controls import Links, add_controls
from stationmap.frontend.shell_parts import MapShell
from stationmap.i18n import translate

SCRIPTS = (
    ("stationmap", "js/finder/app.js"),
    ("leaflet", "vendor/leaflet/leaflet.js"),
    ("supercluster", "vendor/supercluster/supercluster.min.js"),
)
STYLES = (("leaflet_css", "vendor/leaflet/leaflet.css"), ("map_css", "css/map.css"))

MAX_ZOOM = 19


def shell(language: str, layers: tuple[OnlineLayer, ...] = ()) -> MapShell:
    """Render the finder's shell with its words in a language and these layers beside the orientation layer.

    Equal arguments give equal text while one city is served, so that it can be cached by its hash.
    """
    return _shell(language, layers, here())


def audit_shell(language: str, layers: tuple[OnlineLayer, ...] = ()) -> MapShell:
    """Render the shell of the audit: the same with controls, and a layer for what people draw instead of stations."""
    return _audit_shell(language, layers, here())


@lru_cache(maxsize=16)
def _shell(language: str, layers: tuple[OnlineLayer, ...], city: City) -> MapShell:
    canvas, stations = _canvas(language, layers, city), StationPlaceholder()
    stations.add_to(canvas)
    return _finished(canvas, stations, layers)


@lru_cache(maxsize=16)
def _audit_shell(language: str, layers: tuple[OnlineLayer, ...], city: City) -> MapShell:
    canvas, drawn = _canvas(language, layers, city), folium.FeatureGroup(name="drawn", control=False)
    drawn.add_to(canvas)
    add_controls(canvas, drawn, language)
    return _finished(canvas, drawn, layers)


def _canvas(language: str, layers: tuple[OnlineLayer, ...], city: City) -> StationMap:
    canvas = StationMap(language, city.centre)
    credit = translate(language, "layer.orientation_credit") if city.has_orientation else ""
    OrientationBaseLayer(translate(language, "layer.orientation"), credit).add_to(canvas)
    for layer in layers:
        OnlineBaseLayer(translate(language, f"layer.{layer.code}"), layer).add_to(canvas)
    return canvas


def _finished(canvas: StationMap, filled: Layer, layers: tuple[OnlineLayer, ...]) -> MapShell:
    if layers:
        LayerControl(position="topright", collapsed=True).add_to(canvas)
    Announcement(filled).add_to(canvas)
    return _parts(canvas)


class StationMap(folium.Map):
    """A Leaflet map on self-hosted files: no jQuery, no Bootstrap, no inline style, no ban on pinching the page."""

    # Of this class alone: Folium's own lists belong to every map of the process.
    default_js: Links = list(SCRIPTS)  # noqa: RUF012
    default_css: Links = list(STYLES)  # noqa: RUF012
    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="map-canvas" id={{ this.get_name()|tojson }}></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map(
            {{ this.get_name()|tojson }}, Object.assign({{ this.leaflet_options|tojson }}, stationmap.motion)
        );
        L.control.zoom({{ this.zoom_titles|tojson }}).addTo({{ this.get_name() }});
        L.control.scale({imperial: false}).addTo({{ this.get_name() }});
        {{ this.get_name() }}.attributionControl.setPrefix(false);
        {% endmacro %}
        """
    )

    def __init__(self, language: str, centre: tuple[float, float]) -> None:
        super().__init__(tiles=None)
        # The page moves the view to its stations as soon as it knows them.
        lon, lat = centre
        self.leaflet_options = {
            "center": [lat, lon],
            "zoom": 9,
            "minZoom": 7,
            "maxZoom": MAX_ZOOM,
            "zoomControl": False,
        }
        self.zoom_titles = {
            "position": "topright",
            "zoomInTitle": translate(language, "map.zoom_in"),
            "zoomOutTitle": translate(language, "map.zoom_out"),
        }


class OrientationBaseLayer(Layer):
    """Counties and water from our own file: the base layer until a person chooses another."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = stationmap.orientation({attribution: {{ this.attribution|tojson }}});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, attribution: str) -> None:
        super().__init__(name=name, overlay=False, control=True, show=True)
        self._name = "Orientation"
        self.attribution = attribution


class OnlineBaseLayer(Layer):
    """Images of another host, shown only once a person chooses them; the display takes on the datum of the images."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = stationmap.tiles({{ this.source|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, layer: OnlineLayer) -> None:
        super().__init__(name=name, overlay=False, control=True, show=False)
        self._name = "Online"
        self.source: dict[str, Any] = {
            "urls": layer.urls,
            "datum": layer.datum.value,
            "options": {
                "subdomains": layer.subdomains,
                "maxNativeZoom": layer.max_zoom,
                "maxZoom": MAX_ZOOM,
                "attribution": layer.attribution,
            },
        }


class StationPlaceholder(Layer):
    """The empty layer that the page's own script fills."""

    _template = Template("{% macro script(this, kwargs) %}var {{ this.get_name() }} = L.layerGroup();{% endmacro %}")

    def __init__(self) -> None:
        super().__init__(name="stations", overlay=True, control=False, show=True)
        self._name = "Stations"


class Announcement(MacroElement):
    """Tell the page's script that the map stands and which layer it fills, as the last thing the shell does."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        stationmap.ready({{ this._parent.get_name() }}, {{ this.filled.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, filled: Layer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Announcement"
        self.filled = filled


def _parts(canvas: StationMap) -> MapShell:
    figure = canvas.get_root()
    assert isinstance(figure, Figure)
    # Folium gives every element a random id; numbers make the same map the same text.
    for number, element in enumerate(_tree(canvas)):
        element._id = str(number)
    figure.render()
    elements = [each for each in _tree(canvas) if isinstance(each, JSCSSMixin)]
    return MapShell(
        scripts=tuple(path for each in elements for _, path in each.default_js),
        styles=tuple(path for each in elements for _, path in each.default_css),
        html=_tidy(figure.html.render()),
        script=_tidy(figure.script.render()),
    )


def _tree(element: Element) -> Iterable[Element]:
    yield element
    for child in element._children.values():
        yield from _tree(child)


def _tidy(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip()) + "\n"
