"""Charts of a study as pictures (SVG): coverage by hour of the week, people served by sites built, inequality."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from stationmap.audit.metrics.hourly_coverage import HourlyCoverage
from stationmap.audit.output.map_drawings import picture
from stationmap.i18n import translate

CELL, LEFT, TOP = 26.0, 44.0, 22.0
WIDTH, HEIGHT, PAD = 420.0, 260.0, 66.0
SERVED = "#08519c"
MAX_TICKS = 6  # steps along an axis
TOLERANCE = 1e-9

Points = Sequence[tuple[float, float]]


def hour_heat(week: HourlyCoverage, language: str = "zh") -> Markup:
    """Draw the share of people served by confirmed stations, a row a day and a column an hour, with figures (%)."""
    people = int(week.people.sum())
    shares = [served / people if people else 0.0 for served in week.confirmed.sum(axis=0).tolist()]
    most = max(shares, default=0.0) or 1.0
    parts = [_text(LEFT + (hour + 0.5) * CELL, TOP - 6, f"{hour:02}", "middle") for hour in range(24)]
    for day in range(7):
        y = TOP + day * CELL
        parts.append(_text(LEFT - 5, y + CELL * 0.65, translate(language, f"weekday.{day}"), "end"))
        parts += [_square(LEFT + hour * CELL, y, shares[day * 24 + hour], most) for hour in range(24)]
    title = translate(language, "audit.picture.hours")
    return picture(LEFT + 24 * CELL + 4, TOP + 7 * CELL + 4, title, parts)


def line_chart(
    lines: Iterable[Points],
    title: str,
    x_label: str,
    y_label: str,
    *,
    percent: bool = True,
    diagonal: bool = False,
    from_zero: bool = True,
) -> Markup:
    """Draw lines through points; x begins at 0, y there or at the tick below the least value. Axes end at a tick.

    Nobody builds half a site: unless the axes are of shares (`percent`), ticks of x are whole.
    """
    drawn = [list(points) for points in lines]
    right = max((x for points in drawn for x, _ in points), default=0) or 1
    top = max((y for points in drawn for _, y in points), default=0) or 1
    bottom = 0.0 if from_zero else min((y for points in drawn for _, y in points), default=0.0)
    along = ticks(0, right, least_step=0 if percent else 1)
    up = ticks(bottom, top if top > bottom else bottom + 1)
    scale = Scale(along[-1], up[0], up[-1])
    parts = [*_axes(scale, along, up, x_label, y_label, percent)]
    if diagonal:
        parts.append(_line([(0, 0), (right, top)], scale, "#888", dashed=True))
    parts += [_line(points, scale, SERVED, dashed=at > 0) for at, points in enumerate(drawn)]
    return picture(WIDTH, HEIGHT, title, parts)


def ticks(low: float, high: float, *, least_step: float = 0, most: int = MAX_TICKS) -> list[float]:
    """Return evenly spaced round numbers (steps of 1, 2 or 5 times a power of ten) from below `low` to above `high`."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(each for each in (power * times for times in (1, 2, 5, 10)) if (high - low) / each <= most + TOLERANCE)
    step = max(step, least_step)
    first, last = math.floor(low / step + TOLERANCE), math.ceil(high / step - TOLERANCE)
    # Multiplied, not added up: 0.1 three times is not 0.3.
    return [round(number * step, 12) for number in range(first, last + 1)]


def _square(x: float, y: float, share: float, most: float) -> Markup:
    strength = share / most
    colour = "#fff" if strength > 0.55 else "#111"
    square = Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="25" height="25" fill="{}" fill-opacity="{:.2f}" stroke="#ccc"/>'
    )
    figure = Markup('<text x="{:.1f}" y="{:.1f}" font-size="9" text-anchor="middle" fill="{}">{:.1f}</text>')
    return square.format(x, y, SERVED, strength) + figure.format(x + 12.5, y + 16, colour, share * 100)


class Scale(NamedTuple):
    """Values at the ends of the axes: x from 0 to `right`, y from `bottom` to `top`."""

    right: float
    bottom: float
    top: float

    def spot(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is on the picture."""
        height = (y - self.bottom) / (self.top - self.bottom)
        return PAD + x / self.right * (WIDTH - 12 - PAD), HEIGHT - PAD - height * (HEIGHT - PAD - 14)


def _axes(
    scale: Scale, along: Sequence[float], up: Sequence[float], x_label: str, y_label: str, percent: bool
) -> Iterator[Markup]:
    end_x, end_y = WIDTH - 12, 14.0
    yield Markup('<path d="M{} {}V{:.1f}H{:.1f}" fill="none" stroke="#111"/>').format(PAD, end_y, HEIGHT - PAD, end_x)
    for x, text in zip(along, _tick_labels(along, percent), strict=True):
        at = scale.spot(x, scale.bottom)[0]
        yield Markup('<path d="M{:.1f} {:.1f}v4" stroke="#111"/>').format(at, HEIGHT - PAD)
        yield _text(at, HEIGHT - PAD + 15, text, "middle")
    for y, text in zip(up, _tick_labels(up, percent), strict=True):
        _, at = scale.spot(0, y)
        yield _text(PAD - 5, at + 4, text, "end")
        yield Markup('<path d="M{} {:.1f}H{:.1f}" stroke="#ddd" stroke-width="0.6"/>').format(PAD, at, end_x)
    yield _text((PAD + end_x) / 2, HEIGHT - PAD + 32, x_label, "middle")
    yield _text(PAD, 10, y_label, "start")


def _tick_labels(values: Sequence[float], percent: bool) -> list[str]:
    """Return the values of ticks with as many decimals as their step needs."""
    scaled = [value * 100 if percent else value for value in values]
    decimals = max(0, -math.floor(math.log10(scaled[1] - scaled[0]) + TOLERANCE))
    return [f"{value:,.{decimals}f}" + (" %" if percent else "") for value in scaled]


def _line(points: Points, scale: Scale, colour: str, *, dashed: bool = False) -> Markup:
    laid = " ".join(f"{x:.1f},{y:.1f}" for x, y in (scale.spot(*point) for point in points))
    dashes = Markup(' stroke-dasharray="5 4"') if dashed else ""
    return Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2"{}/>').format(laid, colour, dashes)


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" font-size="10" fill="#111" text-anchor="{}">{}</text>').format(
        x, y, anchor, text
    )
