"""The body of a report as a phone sends it, checked as a whole: every problem is named, nothing sent is repeated."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Self
from uuid import UUID

import orjson
from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from stationmap.registry.model import FACILITIES, Latitude, Longitude
from stationmap.reports.model import (
    MAX_CONTACT,
    MAX_DETAILS,
    MAX_DEVICE,
    MAX_TEXT,
    POINT_DECIMALS,
    REFUSALS,
    Kind,
)
from stationmap.web.parameters.reading import Parameters, read_body
from stationmap.web.parameters.values import Says

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


class ReportBody(Parameters):
    """What a phone sends: `POST /api/v1/reports`."""

    id: Annotated[
        UUID,
        Field(strict=False),
        BeforeValidator(_text),
        Says(
            "手机生成的 UUID：可重发，只记一次",
            "A UUID the phone makes: sent as often as need be, kept once",
            "8f14e45f-ceea-467f-a8f5-0b6a1f3c9d21",
        ),
    ]
    station_id: Annotated[str, Field(min_length=1, max_length=64), Says("站点编号", "The id of the station")]
    kind: Annotated[Kind, Says("反馈的种类", "What kind of report")]
    said_at: Annotated[
        AwareDatetime,
        Field(strict=False),
        BeforeValidator(_dated),
        Says("反馈的时间，带时区", "When the rider said so, with its offset", "2026-11-30T12:00:00+08:00"),
    ]
    device: Annotated[
        str,
        Field(min_length=8, max_length=MAX_DEVICE, pattern=r"^[A-Za-z0-9_-]+$"),
        Says("随机文字，同一设备不变", "A random text, the same for one device", "a-device-of-mine"),
    ]
    details: Annotated[
        tuple[Annotated[str, Field(json_schema_extra={"enum": [*REFUSALS, *FACILITIES]})], ...],
        Field(max_length=MAX_DETAILS, strict=False),
        Says(
            "lacks 时为缺少的设施，no_entry 时为进不去的原因",
            "For `lacks` codes of facilities, for `no_entry` why one could not enter",
        ),
    ] = ()
    text: Annotated[
        str,
        Field(max_length=MAX_TEXT),
        Says("补充说明，经审核、遮盖后公开", "More words; others see them, masked, once staff released them"),
    ] = ""
    point: Annotated[
        Annotated[tuple[Longitude, Latitude], Field(strict=False)] | None,
        Says("wrong_place 时的实际位置，[经度, 纬度]", "With `wrong_place` only: where it is instead"),
    ] = None
    contact: Annotated[
        str, Field(max_length=MAX_CONTACT), Says("联系方式，仅工作人员可见", "For staff; kept apart")
    ] = ""
    proof: Annotated[
        str, Field(max_length=MAX_PROOF), Says("收到 428 后的计算证明", "The proof of work, where 428 asked for it")
    ] = ""

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
    return read_body(ReportBody, body)
