"""What is said of the routes for copies in the description of the API, with their answers as JSON Schema has them."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from stationmap.registry.model import Header, Station, StationFile
from stationmap.web.changes.parameters import ChangesQuery
from stationmap.web.openapi.answer_model import AnswerModel
from stationmap.web.openapi.made_of import MadeOf
from stationmap.web.openapi.operation import GEOJSON, UNCHANGED, Answer, Operation, Said
from stationmap.web.parameters.values import Maybe


class Change(AnswerModel):
    """What became of a station: its last state, or that it is there no more."""

    id: str
    seq: int
    at: AwareDatetime
    deleted: bool
    station: Maybe[Station] = None


class ChangesLink(AnswerModel):
    """A whole address: `next` is the next page, `later` what comes after this answer."""

    rel: Literal["self", "next", "later"]
    href: str


class Changes(MadeOf):
    """What became of every station that changed after a revision, each once."""

    after: int
    until: int
    published: str
    stations: int
    latest: int
    header: Header | None
    changes: list[Change]
    more: bool
    next_after: int | None
    links: list[ChangesLink]


CHANGES = Operation(
    id="changes",
    tag="changes",
    summary=Said("某版本之后的变化，分页", "What changed since a revision, page by page"),
    description=Said(
        "给保存副本的程序；410 表示须重新取 /api/v1/registry。",
        "For programs that keep a copy; 410 says to fetch `/api/v1/registry` again.",
    ),
    query=ChangesQuery,
    answers={200: Answer(Said("变化", "The changes"), Changes, headers=("ETag",)), 304: UNCHANGED},
    problems=(404, 410, 503),
    example="after=0&limit=2",
)
REGISTRY = Operation(
    id="registry",
    tag="changes",
    summary=Said("同一版本的全部登记册", "All that is published, of one revision"),
    answers={
        200: Answer(
            Said("登记册文件", "A registry file"),
            StationFile,
            (GEOJSON,),
            ("ETag", "Stationmap-Revision", "Stationmap-Published", "Stationmap-Sequence"),
        ),
        304: UNCHANGED,
    },
    problems=(503,),
    example="",
)
