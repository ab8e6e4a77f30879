"""Charts of a study as pictures (SVG): coverage by hour of the week, people served by sites built, inequality."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from stationmap.audit.pictures import picture
from stationmap.audit.week import Week
from stationmap.i18n import translate

CELL, LEFT, TOP = 26.0, 44.0, 22.0
WIDTH, HEIGHT, PAD = 420.0, 260.0, 66.0
SERVED = "#08519c"

Points = Sequence[tuple[float, float]]


def hour_heat(week: Week, language: str = "zh") -> Markup:
    """Draw the share of people surely served, a row a day and a column an hour, the figure in each square (%)."""
    people = int(week.people.sum())
    shares = [served / people if people else 0.0 for served in week.sure.sum(axis=0).tolist()]
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
    """Draw lines through points; x begins at 0, y there or at the least value. Axes end at the largest, or at 1."""
    drawn = [list(points) for points in lines]
    right = max((x for points in drawn for x, _ in points), default=0) or 1
    top = max((y for points in drawn for _, y in points), default=0) or 1
    bottom = 0.0 if from_zero else min((y for points in drawn for _, y in points), default=0.0)
    scale = Scale(right, bottom, top if top > bottom else bottom + 1)
    parts = [*_axes(scale, x_label, y_label, percent)]
    if diagonal:
        parts.append(_line([(0, bottom), (right, top)], scale, "#888", dashed=True))
    parts += [_line(points, scale, SERVED, dashed=at > 0) for at, points in enumerate(drawn)]
    return picture(WIDTH, HEIGHT, title, parts)


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


def _axes(scale: Scale, x_label: str, y_label: str, percent: bool) -> Iterator[Markup]:
    end_x, end_y = WIDTH - 12, 14.0
    yield Markup('<path d="M{} {}V{:.1f}H{:.1f}" fill="none" stroke="#111"/>').format(PAD, end_y, HEIGHT - PAD, end_x)
    parts = (0, 0.25, 0.5, 0.75, 1)
    # Nobody builds half a site.
    rights = [part * scale.right for part in parts]
    for right in rights if percent else sorted({round(each) for each in rights}):
        yield _text(scale.spot(right, scale.bottom)[0], HEIGHT - PAD + 14, f"{right:,g}", "middle")
    for part in parts:
        value = scale.bottom + part * (scale.top - scale.bottom)
        _, y = scale.spot(0, value)
        yield _text(PAD - 5, y + 4, f"{value * 100:.3g} %" if percent else f"{value:,.0f}", "end")
        yield Markup('<path d="M{} {:.1f}H{:.1f}" stroke="#ddd" stroke-width="0.6"/>').format(PAD, y, end_x)
    yield _text((PAD + end_x) / 2, HEIGHT - PAD + 32, x_label, "middle")
    yield _text(PAD, 10, y_label, "start")


def _line(points: Points, scale: Scale, colour: str, *, dashed: bool = False) -> Markup:
    laid = " ".join(f"{x:.1f},{y:.1f}" for x, y in (scale.spot(*point) for point in points))
    dashes = Markup(' stroke-dasharray="5 4"') if dashed else ""
    return Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2"{}/>').format(laid, colour, dashes)


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" font-size="10" fill="#111" text-anchor="{}">{}</text>').format(
        x, y, anchor, text
    )
