"""A station's line read for what is asked of all stations at once: checked, and without making a `Station` of it.

Most lines of a large file are written as this program writes them, and hold nothing the format does not know. Such a
line is proved to be valid and canonical in a third of the time that validation takes: it is read by types that are no
wider than those of `registry.model`, written again by these, and must come out the same, byte for byte. So no member
stands twice, is in another place, is unknown, or is spelt in another way; codes are those of the format, too. Any other
line is nobody's mistake: `read` says None, and `registry.model` says what the matter is, if anything.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, DecodeError, Meta, Struct, UnsetType, field
from msgspec.json import Decoder, Encoder

from stationmap.registry.model import (
    DECIMALS,
    FACILITIES,
    MAX_TEXT_LENGTH,
    SERVICES,
    Category,
    Closure,
    How,
    Obtained,
    RegisterStatus,
    SourceDatum,
    Station,
    Verifier,
    Who,
)

# No pattern ends in `$`: it would also match before a last line break.
_Id = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
_Name = Annotated[str, Meta(pattern=r"\S")]
_Adcode = Annotated[str, Meta(pattern=r"\A[0-9]{6}\Z")]
_Longitude = Annotated[float, Meta(ge=-180, le=180)]
_Latitude = Annotated[float, Meta(ge=-90, le=90)]
_Count = Annotated[int, Meta(ge=0)]
_Text = str | None | UnsetType


class PlainAccess(Struct, omit_defaults=True, gc=False):
    """The members of `model.Access`."""

    who: Who
    how: tuple[How, ...] = ()
    note: _Text = UNSET


class PlainVerified(Struct, omit_defaults=True, gc=False):
    """The members of `model.Verified`."""

    on: date
    by: Verifier
    how: _Text = UNSET


class PlainLocated(Struct, omit_defaults=True, gc=False):
    """The members of `model.Located`."""

    how: Obtained | UnsetType = UNSET
    datum: SourceDatum | UnsetType = UNSET


class PlainProperties(Struct, omit_defaults=True, gc=False, kw_only=True):
    """The members of `model.Properties`, in their order; a text that is not there is `UNSET`, which is false.

    Closures are moments that may be spelt in several ways: a line that has some is not plain.
    """

    name: _Name
    name_en: _Text = UNSET
    aliases: tuple[_Name, ...] = ()
    category: Category
    district: _Adcode
    address: _Text = UNSET
    directions: _Text = UNSET
    access: PlainAccess
    hours: _Text = UNSET
    hours_source: _Text = UNSET
    facilities: dict[str, bool] = {}
    services: tuple[str, ...] = ()
    phone: _Text = UNSET
    host: _Text = UNSET
    managed_by: _Text = UNSET
    level: str | int | UnsetType = UNSET
    capacity: _Count | UnsetType = UNSET
    area_m2: int | float | UnsetType = UNSET
    photo: _Text = UNSET
    opened: date | UnsetType = UNSET
    stated_status: RegisterStatus | UnsetType = field(default=UNSET, name="status")
    verified: PlainVerified | None = None
    position: PlainLocated | None = None

    @property
    def status(self) -> RegisterStatus:
        """What the register says, `open` where it says nothing."""
        return self.stated_status or "open"

    @property
    def closures(self) -> tuple[Closure, ...]:
        """No temporary closures."""
        return ()


class PlainPoint(Struct, omit_defaults=True, gc=False):
    """The members of `model.Point`, degrees on WGS-84."""

    type: Literal["Point"]
    coordinates: tuple[_Longitude, _Latitude]


class PlainStation(Struct, omit_defaults=True, gc=False):
    """The members of `model.Station`."""

    type: Literal["Feature"]
    id: _Id
    geometry: PlainPoint
    properties: PlainProperties


_LARGE = 1e15
"""Numbers from here on have exponents, which are spelt in several ways."""
AnyStation = Station | PlainStation
"""What can be asked for what stations have in common, by the same names."""

_FACILITIES, _SERVICES = frozenset(FACILITIES), frozenset(SERVICES)
_decoded = Decoder(PlainStation).decode
_encoded = Encoder().encode


def read(line: bytes) -> PlainStation | None:
    """Return what a line says, None where it is not plain: not canonical, not valid, or neither is certain."""
    if len(line) > MAX_TEXT_LENGTH:  # no text in a shorter line is too long
        return None
    try:
        plain = _decoded(line)
    except (DecodeError, UnicodeDecodeError):  # the first includes what is of a wrong type
        return None
    lon, lat = plain.geometry.coordinates
    area = plain.properties.area_m2
    is_rounded = (round(lon, DECIMALS), round(lat, DECIMALS)) == (lon, lat)
    is_canonical = is_rounded and (isinstance(area, UnsetType) or 0 <= area < _LARGE)
    known = plain.properties
    are_known = _FACILITIES.issuperset(known.facilities) and _SERVICES.issuperset(known.services)
    return plain if is_canonical and are_known and _encoded(plain) == line else None


def known(line: bytes) -> PlainStation:
    """Return what a line says that is known to be plain."""
    return _decoded(line)
