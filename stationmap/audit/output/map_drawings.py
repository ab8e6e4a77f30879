"""The map of a study as a picture (SVG): distance bands, districts, gaps, proposed sites, stations. No scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup, escape
from shapely.geometry.base import BaseGeometry

from stationmap.audit.inputs.grid import Grid
from stationmap.audit.inputs.reach import nearest_m
from stationmap.audit.inputs.within_radius import Rows
from stationmap.audit.metrics.gaps import Gap
from stationmap.audit.studies.study import Study
from stationmap.geo.geodesy import Floats
from stationmap.i18n import translate

WIDTH = 760.0
MAX_HEIGHT = 470.0  # so that a page has room for a table as well
MARGIN = 6.0
LEGEND_LINE = 17.0
LEGEND_COLUMNS = 2
BAND_EDGES = (0.5, 1.0, 2.0, 3.0)  # of the radius
BAND_COLOURS = ("#08519c", "#6baed6", "#ffeda0", "#feb24c", "#e8703a")
"""Blue is within the radius, yellow to brown beyond; distinguishable by the colour-blind and in grey (ColorBrewer)."""
UNKNOWN_COLOUR = "#bdbdbd"
BARS_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
NUMBERED = 20  # gaps and sites that get their rank written beside them


@dataclass(frozen=True)
class Frame:
    """Metres on a plane laid onto a picture; y grows downwards."""

    grid: Grid
    west_m: float
    north_m: float
    scale: float
    height: float

    @classmethod
    def of(cls, study: Study, rows: Rows | None = None, width: float = WIDTH) -> Frame:
        """Frame the whole territory, or cells by row, shape (cells,), and as much around them as the radius."""
        grid, cells = study.territory.grid, study.territory.cells
        xs, ys = grid.centres_m(cells if rows is None else cells[rows])
        half = grid.cell_m / 2 + (study.reach.limit_m if rows is not None else 0)
        west, east, south, north = xs.min() - half, xs.max() + half, ys.min() - half, ys.max() + half
        scale = min((width - 2 * MARGIN) / (east - west), (MAX_HEIGHT - 2 * MARGIN) / (north - south))
        # What is higher than wide stands in the middle, with what lies beside it.
        west -= ((width - 2 * MARGIN) / scale - (east - west)) / 2
        return cls(grid, float(west), float(north), float(scale), float((north - south) * scale + 2 * MARGIN))

    def spots(self, lons: Floats, lats: Floats) -> list[tuple[float, float]]:
        """Return where places in degrees, shapes (n,), lie on the drawing: x and y in the units of its SVG."""
        xs, ys = self.grid.plane.xy(np.asarray(lons, dtype=float), np.asarray(lats, dtype=float))
        return list(zip(*(each.round(1).tolist() for each in self._laid(xs, ys)), strict=True))

    def path(self, polygon: BaseGeometry, *, degrees: bool = True) -> str:
        """Return the outline of a polygon as the `d` of an SVG path."""
        if degrees:
            polygon = shapely.transform(polygon, lambda places: np.column_stack(self.grid.plane.xy(*places.T)))
        laid = shapely.transform(polygon, lambda metres: np.column_stack(self._laid(*metres.T)))
        shown = shapely.clip_by_rect(
            shapely.simplify(laid, 0.15), -MARGIN, -MARGIN, WIDTH + MARGIN, self.height + MARGIN
        )
        return "".join(map(_ring, _rings(shown)))

    def holds(self, x: float, y: float) -> bool:
        """Tell whether a spot is on the picture."""
        return 0 <= x <= WIDTH and 0 <= y <= self.height

    def _laid(self, xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
        return (xs - self.west_m) * self.scale + MARGIN, (self.north_m - ys) * self.scale + MARGIN


def city_map(
    study: Study,
    *,
    gaps: Sequence[Gap] = (),
    sites: Sequence[Any] = (),
    rows: Rows | None = None,
    language: str = "zh",
) -> Markup:
    """Draw the territory, or what lies around some of its cells, given by row, shape (cells,).

    `gaps` and `sites` are those of `gaps.Gaps` and of a proposal, most important first.
    """
    say = partial(translate, language)
    frame = Frame.of(study, rows)
    legend = list(_legend(study, bool(gaps), bool(sites), say))
    lines = -(-len(legend) // LEGEND_COLUMNS)
    height = frame.height + LEGEND_LINE * (lines + 0.5)
    layers = [
        *_bands(study, frame),
        *_districts(study, frame, language),
        *(_gap(frame, gap) for gap in gaps[:NUMBERED]),
        *_stations(study, frame),
        *_sites(frame, sites),
        _scale_bar(frame),
    ]
    # An element of its own cuts off what lies outside the frame.
    cut = Markup('<svg width="{:.0f}" height="{:.1f}">{}</svg>').format(WIDTH, frame.height, Markup("").join(layers))
    places = [
        (at // lines * WIDTH / LEGEND_COLUMNS, frame.height + LEGEND_LINE * (at % lines + 1))
        for at in range(len(legend))
    ]
    parts = [cut, *(_legend_line(*place, *line) for place, line in zip(places, legend, strict=True))]
    return picture(WIDTH, height, say("audit.picture.map"), parts)


def picture(width: float, height: float, title: str, parts: Iterable[Markup]) -> Markup:
    """Return an SVG element that names itself to people who cannot see it."""
    return Markup(
        '<svg class="picture" width="{:.0f}" viewBox="0 0 {:.0f} {:.0f}" role="img"><title>{}</title>{}</svg>'
    ).format(width, width, height, title, Markup("").join(parts))


def bands_of(study: Study) -> list[BaseGeometry]:
    """Return, for each band of distance to the nearest sure station, its cells joined; metres on the plane.

    Bands end at `BAND_EDGES` of the radius, an edge included; the last but one has no end and holds all where there is
    no station. In the last are those from which no way to any station is known.
    """
    supply, territory = study.supply, study.territory
    metres = np.full(len(territory), np.inf)
    if supply.confirmed.any():
        points = study.reach.stations(supply.lons[supply.confirmed], supply.lats[supply.confirmed])
        metres = nearest_m(territory.lons, territory.lats, points, workers=-1)[:, 0]
    band = np.searchsorted(np.array(BAND_EDGES) * study.reach.limit_m, metres)
    if supply.confirmed.any():
        band[np.isinf(metres)] = len(BAND_COLOURS)
    return [_joined(territory.grid, territory.cells[band == at]) for at in range(len(BAND_COLOURS) + 1)]


def _joined(grid: Grid, cells: Any) -> BaseGeometry:
    """Return ascending cells as one geometry: runs along the rows first, of which there are far fewer than cells."""
    if not len(cells):
        return shapely.Polygon()
    breaks = (np.diff(cells) != 1) | (cells[1:] % grid.columns == 0)
    first, last = cells[np.r_[True, breaks]], cells[np.r_[breaks, True]]
    half = grid.cell_m / 2
    (west, south), (east, north) = grid.centres_m(first), grid.centres_m(last)
    return shapely.union_all(shapely.box(west - half, south - half, east + half, north + half))


def _bands(study: Study, frame: Frame) -> Iterator[Markup]:
    for colour, polygon in zip((*BAND_COLOURS, UNKNOWN_COLOUR), bands_of(study), strict=True):
        if not polygon.is_empty:
            path = frame.path(polygon, degrees=False)
            yield Markup('<path d="{}" fill="{}" fill-rule="evenodd"/>').format(path, colour)


def _districts(study: Study, frame: Frame, language: str) -> Iterator[Markup]:
    named = list(zip(study.territory.codes, study.territory.polygons, strict=True))
    for _, polygon in named:
        yield Markup('<path d="{}" fill="none" stroke="#333" stroke-width="0.8"/>').format(frame.path(polygon))
    for code, polygon in named:
        inside = polygon.representative_point()
        ((x, y),) = frame.spots(np.array([inside.x]), np.array([inside.y]))
        yield _words(x, y, translate(language, f"district.{code}"), 13, "#111", anchor="middle")


def _gap(frame: Frame, gap: Gap) -> Markup:
    ((x, y),) = frame.spots(np.array([gap.site.lon]), np.array([gap.site.lat]))
    outline = Markup('<path d="{}" fill="none" stroke="#7a0177" stroke-width="1.1"/>').format(frame.path(gap.polygon))
    return outline + _words(x, y + 3, str(gap.rank), 12, "#7a0177", anchor="middle")


def _stations(study: Study, frame: Frame) -> Iterator[Markup]:
    supply = study.supply
    for (x, y), is_confirmed, is_possible in zip(
        frame.spots(supply.lons, supply.lats), supply.confirmed.tolist(), supply.possible.tolist(), strict=True
    ):
        if is_possible and frame.holds(x, y):
            yield _station(x, y, is_confirmed=is_confirmed)


def _station(x: float, y: float, *, is_confirmed: bool) -> Markup:
    fill = "#000" if is_confirmed else "#fff"
    return Markup('<circle cx="{}" cy="{}" r="1.5" fill="{}" stroke="#000" stroke-width="0.5"/>').format(x, y, fill)


def _sites(frame: Frame, sites: Sequence[Any]) -> Iterator[Markup]:
    lons, lats = np.array([site.lon for site in sites]), np.array([site.lat for site in sites])
    for number, (x, y) in enumerate(frame.spots(lons, lats), start=1):
        yield _site(x, y)
        if number <= NUMBERED:
            yield _words(x + 6, y - 3, str(number), 12, "#006d2c")


def _site(x: float, y: float) -> Markup:
    return Markup('<path d="M{} {}l5 9h-10z" fill="#00a651" stroke="#fff" stroke-width="1"/>').format(x, y - 6)


def _legend(study: Study, has_gaps: bool, has_sites: bool, say: Any) -> Iterator[tuple[Markup, str]]:
    each = study.reach.metres_per_minute
    ways = [edge * study.reach.limit_m for edge in BAND_EDGES]
    edges = [f"{way:,.0f}" if each is None else f"{way / each:,.1f}" for way in ways]
    unit = "" if each is None else "_minutes"
    labels = [say(f"audit.picture.up_to{unit}", metres=edge) for edge in edges] + [
        say(f"audit.picture.above{unit}", metres=edges[-1])
    ]
    bands = list(zip(BAND_COLOURS, labels, strict=True))
    if not study.reach.is_straight:
        bands.append((UNKNOWN_COLOUR, say("audit.picture.way_unknown")))
    for colour, text in bands:
        yield Markup('<rect x="8" y="-9" width="16" height="11" fill="{}"/>').format(colour), text
    yield _station(16, -4, is_confirmed=True), say("audit.picture.station_sure")
    yield _station(16, -4, is_confirmed=False), say("audit.picture.station_possible")
    if has_gaps:
        yield (
            Markup('<rect x="8" y="-9" width="16" height="11" fill="none" stroke="#7a0177"/>'),
            say("audit.picture.gap"),
        )
    if has_sites:
        yield _site(16, -3), say("audit.picture.site")


def _legend_line(x: float, y: float, sign: Markup, text: str) -> Markup:
    words = Markup('<text x="32" y="0" font-size="12" fill="#111">{}</text>').format(text)
    return Markup('<g transform="translate({:.1f} {:.1f})">{}{}</g>').format(x, y, sign, words)


def _scale_bar(frame: Frame) -> Markup:
    longest = 0.25 * WIDTH / frame.scale / 1000
    km = max((each for each in BARS_KM if each <= longest), default=BARS_KM[0])
    length = km * 1000 * frame.scale
    x, y = MARGIN + 4, frame.height - 8
    bar = Markup('<path d="M{:.1f} {:.1f}v5h{:.1f}v-5" fill="none" stroke="#111"/>').format(x, y - 5, length)
    return bar + _words(x + length + 5, y + 1, f"{km} km", 10, "#111")


def _words(x: float, y: float, text: str, size: float, colour: str, *, anchor: str = "start") -> Markup:
    """Return a text on a light seam: twice, as not every program that draws SVG knows how to paint a seam first."""
    form = Markup('<text x="{:.1f}" y="{:.1f}" font-size="{}" fill="{}" text-anchor="{}"{}>{}</text>')
    seam = Markup(' stroke="#fff" stroke-width="2.5" stroke-linejoin="round" aria-hidden="true"')
    lines = (("#fff", seam), (colour, Markup("")))
    return Markup("").join(form.format(x, y, size, paint, anchor, more, escape(text)) for paint, more in lines)


def _rings(geometry: BaseGeometry) -> Iterator[Any]:
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon" and not part.is_empty:
            yield from (part.exterior, *part.interiors)


def _ring(ring: Any) -> str:
    points = np.round(shapely.get_coordinates(ring)[:-1], 1)
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points.tolist()) + "Z"
