"""Folium's own controls for the map of the audit, on vendored files: full screen, one's position, measuring, drawing.

Measuring is a line of the drawing tools: leaflet-measure, which `folium.plugins.MeasureControl` wraps, compiles its
windows with `new Function`, which no page of ours allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import folium
from branca.element import MacroElement
from folium.plugins import Draw, Fullscreen, LocateControl
from folium.template import Template

from stationmap.i18n import translate

Links = list[tuple[str, str]]
POSITION_ZOOM = 14  # nearer than this, a screen holds few cells, and no station to compare them with
SHAPE = {"color": "#0b57d0", "weight": 3, "fillOpacity": 0.08}


class FullscreenControl(Fullscreen):
    """The button for the whole screen."""

    # Of this class alone: Folium's own lists belong to every map of the process.
    default_js: Links = [("fullscreen", "vendor/leaflet.fullscreen/Control.FullScreen.js")]  # noqa: RUF012
    default_css: Links = [("fullscreen_css", "vendor/leaflet.fullscreen/Control.FullScreen.css")]  # noqa: RUF012


class PositionControl(LocateControl):
    """The button that shows the visitor's position, which stays in the browser; the page reports when there is none."""

    default_js: Links = [("locate", "vendor/leaflet.locatecontrol/L.Control.Locate.min.js")]  # noqa: RUF012
    default_css: Links = [("locate_css", "vendor/leaflet.locatecontrol/L.Control.Locate.min.css")]  # noqa: RUF012
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        L.control.locate(
            Object.assign({{ this.options|tojson }}, {onLocationError: () => {}})
        ).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )


class DrawingControl(Draw):
    """The tools that draw a line to measure and an area to study, onto `feature_group`."""

    default_js: Links = [("draw", "vendor/leaflet-draw/leaflet.draw.js")]  # noqa: RUF012
    default_css: Links = [("draw_css", "vendor/leaflet-draw/leaflet.draw.css")]  # noqa: RUF012


class DrawingWords(MacroElement):
    """What the drawing tools say, in the language of the page instead of English."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        for (const [place, words] of Object.entries({{ this.words|tojson }}))
            Object.assign(place.split(".").reduce((part, name) => part[name], L.drawLocal), words);
        {% endmacro %}
        """
    )

    def __init__(self, language: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "DrawingWords"
        self.words = drawing_words(language)


def drawing_words(language: str) -> dict[str, dict[str, str]]:
    """Return the words of the drawing tools by their place in `L.drawLocal`."""
    say = partial(translate, language)

    def labels(*names: str) -> dict[str, str]:
        return {name.rpartition(".")[2]: say(f"audit.draw.{name}") for name in names}

    cancel = {"title": say("audit.draw.cancel"), "text": say("audit.draw.cancel")}
    return {
        "draw.toolbar.actions": cancel,
        "draw.toolbar.finish": {"title": say("audit.draw.finish"), "text": say("audit.draw.finish")},
        "draw.toolbar.undo": {"title": say("audit.draw.undo"), "text": say("audit.draw.undo")},
        "draw.toolbar.buttons": labels("polyline", "polygon", "rectangle"),
        "draw.handlers.polyline": {"error": say("audit.draw.crosses")},
        "draw.handlers.polyline.tooltip": _steps(say("audit.draw.line_start"), say("audit.draw.line_cont")),
        "draw.handlers.polygon.tooltip": _steps(say("audit.draw.area_start"), say("audit.draw.area_cont")),
        "draw.handlers.rectangle.tooltip": {"start": say("audit.draw.rectangle_start")},
        "draw.handlers.simpleshape.tooltip": {"end": say("audit.draw.rectangle_end")},
        "edit.toolbar.buttons": {
            "remove": say("audit.draw.remove"),
            "removeDisabled": say("audit.draw.remove_nothing"),
        },
        "edit.toolbar.actions.save": {"title": say("audit.draw.save"), "text": say("audit.draw.save")},
        "edit.toolbar.actions.cancel": cancel,
        "edit.toolbar.actions.clearAll": {"title": say("audit.draw.clear"), "text": say("audit.draw.clear")},
        "edit.handlers.remove.tooltip": {"text": say("audit.draw.remove_which")},
    }


def _steps(start: str, further: str) -> dict[str, str]:
    return {"start": start, "cont": further, "end": further}


def add_controls(canvas: folium.Map, drawn: folium.FeatureGroup, language: str) -> None:
    """Put the controls on a map; what is drawn goes to a group that is on the map already."""
    DrawingWords(language).add_to(canvas)  # first: the tools take them as they are made
    for control in _controls(drawn, partial(translate, language)):
        control.add_to(canvas)


def _controls(drawn: folium.FeatureGroup, say: Any) -> Iterable[Any]:
    yield FullscreenControl(  # type: ignore[no-untyped-call]
        "topright", say("audit.control.fullscreen"), say("audit.control.fullscreen_end")
    )
    strings = {"title": say("audit.control.position")}
    yield PositionControl(  # type: ignore[no-untyped-call]
        position="topright",
        strings=strings,
        showPopup=False,
        drawMarker=True,
        locateOptions={"maxZoom": POSITION_ZOOM},
    )
    area = {"shapeOptions": SHAPE, "showArea": False}
    shapes: dict[str, Any] = dict.fromkeys(("circle", "marker", "circlemarker"), False)
    yield DrawingControl(  # type: ignore[no-untyped-call]
        position="topleft",
        feature_group=drawn,
        show_geometry_on_click=False,
        draw_options={
            **shapes,
            "polyline": {"shapeOptions": {**SHAPE, "dashArray": "6 6"}, "metric": True, "feet": False},
            "polygon": {**area, "allowIntersection": False},
            "rectangle": {**area, "metric": True},
        },
        edit_options={"edit": False, "remove": {}},
    )
