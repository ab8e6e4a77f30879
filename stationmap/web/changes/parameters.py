"""The parameters of `GET /api/v1/changes`, and the place where a page begins, which links of answers carry."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple, Self

from pydantic import Field

from stationmap.web.parameters.reading import Parameters
from stationmap.web.parameters.values import Maybe, Says, Told

MAX_LISTED, LISTED = 10_000, 1_000
MAX_SEQ = 999_999_999

_REVISION = "[0-9a-f]{16}"
_PLACE = f"([0-9]{{1,9}})-({_REVISION})-({_REVISION})-([A-Za-z0-9][A-Za-z0-9._-]{{0,63}})"


class Place(NamedTuple):
    """Where a page goes on: up to which revision all pages tell, what is published of that, after which station."""

    until: int
    revision: str
    published: str
    beyond: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the place of a text of that form."""
        until, *others = re.findall(_PLACE, text, re.ASCII)[0]
        return cls(int(until), *others)

    def __str__(self) -> str:
        return f"{self.until}-{self.revision}-{self.published}-{self.beyond}"


class ChangesQuery(Parameters):
    """`GET /api/v1/changes`."""

    after: Annotated[
        int,
        Field(ge=0, le=MAX_SEQ),
        Says("已有的版本序号，0 表示从头开始", "Number of the revision that is known; 0 for none", 0),
    ]
    revision: Annotated[
        Maybe[
            Annotated[str, Field(pattern=f"^{_REVISION}$"), Told("must be 16 hexadecimal digits, as answers have them")]
        ],
        Says(
            "该版本的摘要，用于发现服务器的变更历史已被替换",
            "Digest of that revision, by which a history that was replaced is noticed",
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED), Says("每页条数", "How many on a page", 100)] = LISTED
    page: Annotated[
        Maybe[Annotated[str, Field(pattern=f"^{_PLACE}$"), Told("must be as the link of an answer has it")]],
        Says("下一页的位置，取自上一页的链接", "Where a page begins, as the link of the page before has it"),
    ] = None
