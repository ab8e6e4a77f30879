"""What all layers have in common: data as JSON, one function of our scripts that draws it, and both inside the page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from branca.element import Element, Figure
from folium.map import Layer
from folium.template import Template

from stationmap.frontend.inlined import script_text, style_text
from stationmap.frontend.script_json import script_json
from stationmap.i18n import translate

SCRIPT = "js/folium/layers.js"
STYLE = "css/layers.css"
STUDY = "Study.of_city(registry)"  # how one is made, for who gave something else

Bounds = list[list[float | None]]
"""South-western and north-eastern corner, latitude first as Folium has it."""


class Inline(Element):
    """A script or a style sheet inside the head of a page, as it is: not compiled as a template."""

    _template = Template("<{{ this.tag }}>{{ this.text }}</{{ this.tag }}>")

    def __init__(self, tag: str, text: str) -> None:
        super().__init__()
        self.tag = tag
        self.text = text


class DataLayer(Layer):
    """A layer that the function `drawing` of static/js/folium/layers.js draws from `data`, a JSON value."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = stationmapLayers.{{ this.drawing }}({{ this.json }});
        {% endmacro %}
        """
    )
    drawing: str

    def __init__(self, name: str, data: dict[str, Any], bounds: Bounds, *, show: bool = True) -> None:
        super().__init__(name=_entities(name), overlay=True, control=True, show=show)
        self._name = type(self).__name__
        self.json = script_json(data)
        self.bounds = bounds

    def render(self, **kwargs: Any) -> str:
        """Put what draws the layer into the page, once for all layers, and then the layer."""
        figure = self.get_root()
        assert isinstance(figure, Figure)
        figure.header.add_child(Inline("style", style_text(STYLE)), name=STYLE)
        figure.header.add_child(Inline("script", script_text(SCRIPT)), name=SCRIPT)
        return super().render(**kwargs)  # type: ignore[no-untyped-call, no-any-return]

    def _get_self_bounds(self) -> Bounds:
        # What `m.fit_bounds(m.get_bounds())` asks each layer.
        return self.bounds


def check_type(layer: Layer, given: object, wanted: type, example: str) -> None:
    """Raise TypeError, with an example, where a layer was given something else than it shows."""
    if not isinstance(given, wanted):
        name = type(layer).__name__
        raise TypeError(f"{name} takes a {wanted.__name__}, not a {type(given).__name__}: {name}({example})")


def _entities(name: str) -> str:
    """Return a name that stays text.

    Folium's control of layers compiles it as a template and as a member of an object, which `__proto__` is not;
    Leaflet's inserts it as HTML.
    """
    return re.sub(r"[^\w\s]|_", lambda sign: f"&#{ord(sign[0])};", name)


def key_of(title: str, lines: Iterable[tuple[str, str, str]], language: str, *, demo: bool) -> dict[str, Any]:
    """Return what a layer says of its colours: lines of sign, colour and text; invented stations are called that."""
    return {"title": title, "lines": list(lines), "note": translate(language, "app.demo_long") if demo else ""}


def bounds_of(lons: Any, lats: Any) -> Bounds:
    """Return the corners around places in degrees; no corners around nothing, as Folium has it."""
    if not len(lons):
        return [[None, None], [None, None]]
    return [[float(min(lats)), float(min(lons))], [float(max(lats)), float(max(lons))]]
