"""Baidu's own Mercator metres, as its addresses have them, to BD-09 degrees.

The projection is a polynomial for each band of latitude, as Baidu's own script has it; here are the bands of China.
"""

from __future__ import annotations

from collections.abc import Sequence

_BANDS: Sequence[tuple[float, float, float, float, Sequence[float]]] = (
    (
        5_591_021.0,
        8.98305509983578e-6,
        -3.030883460898826e-8,
        6_856_817.37,
        (
            0.30071316287616,
            59.74293618442277,
            7.357984074871,
            -25.38371002664745,
            13.45380521110908,
            -3.29883767235584,
            0.32710905363475,
        ),
    ),
    (
        3_481_989.83,
        8.983055099779535e-6,
        -1.981981304930552e-8,
        4_482_777.06,
        (
            0.03278182852591,
            40.31678527705744,
            0.65659298677277,
            -4.44255534477492,
            0.85341911805263,
            0.12923347998204,
            -0.04625736007561,
        ),
    ),
    (
        1_678_043.12,
        8.983055096812155e-6,
        3.09191371068437e-9,
        2_555_164.4,
        (
            6.995724062e-5,
            23.10934304144901,
            -2.3663490511e-4,
            -0.6321817810242,
            -0.00663494467273,
            0.03430082397953,
            -0.00466043876332,
        ),
    ),
    (
        0.0,
        8.983055095805407e-6,
        2.890871144776878e-9,
        826_088.5,
        (
            -3.068298e-8,
            7.47137025468032,
            -3.53937994e-6,
            -0.02145144861037,
            -1.234426596e-5,
            1.0322952773e-4,
            -3.23890364e-6,
        ),
    ),
)
"""From the north: the southern edge of a band and its unit in metres, degrees a metre east and their offset, and the
coefficients of latitude by powers of the northing in units."""

_NORTH_M = 8_362_377.87


def bd09_degrees(east_m: float, north_m: float) -> tuple[float, float] | None:
    """Return longitude and latitude, BD-09 degrees, of a point of Baidu's Mercator; None outside the bands of China."""
    if not (0.0 <= north_m < _NORTH_M and 0.0 <= east_m < 20_037_726.4):
        return None
    for south_m, per_metre, offset, unit_m, coefficients in _BANDS:
        if north_m >= south_m:
            units = north_m / unit_m
            return offset + per_metre * east_m, sum(each * units**power for power, each in enumerate(coefficients))
    return None
