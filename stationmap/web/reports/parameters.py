"""What may be asked of reports by the standard Open311: lists are texts with commas, moments have their offset."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from stationmap.hours.opening_hours import ZONE
from stationmap.reports.model import WANTING
from stationmap.web.parameters.reading import Parameters
from stationmap.web.parameters.values import Says

MAX_PAGE_SIZE, USUAL_PAGE_SIZE, MAX_PAGE, MAX_IDS = 200, 50, 10_000, 50
STATUSES = ("open", "closed")
PASSED_OVER = ("jurisdiction_id", "api_key", "extensions", "locale")
"""Parameters of the standard that mean nothing here."""

Codes = tuple[str, ...]


def _split(value: object) -> Codes:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else ()


def _ids(value: object) -> Codes:
    ids = _split(value)
    if len(ids) > MAX_IDS:
        raise ValueError(f"must be at most {MAX_IDS}")
    return ids


def _of(codes: Codes) -> Callable[[object], Codes]:
    def read(value: object) -> Codes:
        wanted = _split(value)
        if not set(wanted) <= set(codes):
            raise ValueError(f"must be of {', '.join(codes)}")
        return tuple(code for code in codes if code in wanted)

    return read


def _moment(value: object) -> datetime | None:
    if not (isinstance(value, str) and value.strip()):
        return None
    with suppress(ValueError, OverflowError):
        # A plus sign that was not escaped is a blank in a query.
        found = datetime.fromisoformat(value.strip().replace(" ", "+"))
        if found.utcoffset() is not None and found.astimezone(UTC):  # in both zones a moment of the calendar
            return found.astimezone(ZONE)
    raise ValueError("must be a moment with its offset, such as 2026-11-30T00:00:00+08:00")


def _listed(codes: Codes) -> WithJsonSchema:
    one = f"({'|'.join(codes)})"
    return WithJsonSchema({"type": "string", "pattern": f"^{one}(,{one})*$"})


Day = Annotated[datetime | None, PlainValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


class RequestsQuery(Parameters):
    """`GET /open311/v2/requests.json`."""

    service_request_id: Annotated[
        Codes,
        PlainValidator(_ids),
        WithJsonSchema({"type": "string"}),
        Says(f"编号，逗号隔开，至多 {MAX_IDS} 个", f"Ids, by commas, up to {MAX_IDS}"),
    ] = ()
    service_code: Annotated[
        Codes,
        PlainValidator(_of(WANTING)),
        _listed(WANTING),
        Says("种类，逗号隔开", "Kinds of reports, by commas", "locked"),
    ] = ()
    status: Annotated[
        Codes,
        PlainValidator(_of(STATUSES)),
        _listed(STATUSES),
        Says("open 未办结，closed 已办结", "`open`, `closed` or both, by commas", "open"),
    ] = ()
    start_date: Annotated[Day, Says("起始时间，默认 90 天前", "Since when; the last 90 days without")] = None
    end_date: Annotated[Day, Says("截止时间，含", "Until when, included")] = None
    page: Annotated[int, Field(ge=1, le=MAX_PAGE), Says("第几页", "Which page, from 1")] = 1
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE), Says("每页条数", "How many a page")] = USUAL_PAGE_SIZE
