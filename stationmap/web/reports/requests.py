"""The body of a report as a phone sends it, checked as a whole: every problem is named, nothing sent is repeated."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Self
from uuid import UUID

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from stationmap.registry.model import FACILITIES
from stationmap.reports.model import (
    MAX_CONTACT,
    MAX_DETAILS,
    MAX_DEVICE,
    MAX_TEXT,
    POINT_DECIMALS,
    REFUSALS,
    Kind,
)
from stationmap.web.parameters.faults import Fault, InvalidParametersError
from stationmap.web.parameters.reading import json_members

MAX_BODY_BYTES = 8_192
MAX_PROOF = 4_096
DETAILS: dict[Kind, tuple[str, ...]] = {"lacks": tuple(FACILITIES), "no_entry": REFUSALS}
"""The details that a kind may have; others have none."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _text(value: object) -> object:
    """Only text is a moment or a UUID here."""
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def _dated(value: object) -> object:
    """A moment names its day: a number, also as text, would be taken for seconds since 1970."""
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("must be a moment with its offset, such as 2026-11-30T12:00:00+08:00")
    return value


def _visible(text: str) -> str:
    """Leave out what cannot be seen or written down: controls, and halves of surrogate pairs."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\u200d").strip()


Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, strict=True)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, strict=True)]


class ReportBody(BaseModel):
    """What a phone sends: `POST /api/v1/reports`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Annotated[UUID, BeforeValidator(_text)]
    station_id: Annotated[str, Field(min_length=1, max_length=64, strict=True)]
    kind: Kind
    said_at: Annotated[AwareDatetime, BeforeValidator(_dated)]
    device: Annotated[str, Field(min_length=8, max_length=MAX_DEVICE, pattern=r"^[A-Za-z0-9_-]+$", strict=True)]
    details: tuple[str, ...] = Field((), max_length=MAX_DETAILS)
    text: Annotated[str, Field(max_length=MAX_TEXT, strict=True)] = ""
    point: tuple[Longitude, Latitude] | None = None
    contact: Annotated[str, Field(max_length=MAX_CONTACT, strict=True)] = ""
    proof: Annotated[str, Field(max_length=MAX_PROOF, strict=True)] = ""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        allowed = DETAILS.get(self.kind, ())
        if any(code not in allowed for code in self.details):
            raise ValueError(f"details of this kind are: {', '.join(allowed) or 'none'}")
        if self.point is not None and self.kind != "wrong_place":
            raise ValueError("point goes with the kind wrong_place only")
        return self

    @property
    def written(self) -> str:
        """What the rider wrote, without what cannot be seen."""
        return _visible(self.text)

    @property
    def reached_by(self) -> str:
        """How the rider wants to be reached, in one line without what cannot be seen."""
        return " ".join(_visible(self.contact).split())

    @property
    def rounded_point(self) -> tuple[float, float] | None:
        """The point to the metre: more of it would only tell how the phone measures."""
        if self.point is None:
            return None
        lon, lat = self.point
        return round(lon, POINT_DECIMALS), round(lat, POINT_DECIMALS)

    @property
    def digest(self) -> str:
        """The digest of the content, however it was spelled; the proof of work is none of it."""
        content = self.model_dump(mode="json", exclude={"proof"})
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def parse_report(body: bytes) -> ReportBody:
    """Read the body of a report; raises InvalidParametersError naming everything that is wrong with it."""
    try:
        return ReportBody.model_validate(json_members(body))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidParametersError(map(_fault, problems)) from None


def _fault(problem: Any) -> Fault:
    name = ".".join(map(str, problem["loc"])) or "body"
    if problem["type"] == "extra_forbidden":
        return Fault("".join(sign for sign in name[:40] if sign.isprintable()), "unknown", "is not a member here")
    code = "missing" if problem["type"] == "missing" else "invalid"
    return Fault(name, code, str(problem["msg"]).removeprefix("Value error, "))
