"""What may be asked of the collections: the parameters of each address, the filters of each collection among them."""

from __future__ import annotations

from typing import Annotated, Any, cast

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema, create_model

from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.search.query import Bounds
from stationmap.web.ogc import fields
from stationmap.web.ogc.days import Interval
from stationmap.web.parameters.filters import Language
from stationmap.web.parameters.reading import Parameters
from stationmap.web.parameters.values import NUMBER, Day, Maybe, OneOf, Says

USUAL_ITEMS, MAX_ITEMS = 1_000, 10_000
MAX_OFFSET = 999_999_999
MAX_FILTER_CHARS = 4_000
FORMATS = ("json", "html")

_BOX_RULE = (
    "must be west,south,east,north in degrees, or west,south,lowest,east,north,highest; south not above north, "
    "lowest not above highest"
)


def _box(value: object) -> Bounds:
    # A list of numbers within one parameter: who gives it twice gives two lists.
    (text,) = value if isinstance(value, list) and len(value) == 1 else ("",)
    parts = text.split(",") if isinstance(text, str) and len(text) <= 300 else []
    numbers = [float(part) for part in parts if NUMBER.fullmatch(part)]
    if len(numbers) != len(parts) or len(numbers) not in (4, 6):
        raise ValueError(_BOX_RULE)
    half = len(numbers) // 2
    (west, south, *low), (east, north, *high) = numbers[:half], numbers[half:]
    # The comparisons are false for what is no finite number, too. Nothing here has a height.
    if not (all(-180 <= lon <= 180 for lon in (west, east)) and -90 <= south <= north <= 90 and low <= high):
        raise ValueError(_BOX_RULE)
    return Bounds(west, south, east, north)


Box = Annotated[
    Bounds,
    PlainValidator(_box),
    WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}),
]

Limit = Annotated[
    int,
    Field(ge=1),
    AfterValidator(lambda asked: min(asked, MAX_ITEMS)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_ITEMS}),
]
"""More than there are at most is no fault: the standard wants as many as there may be."""

# GDAL asks for 1 where a column is true.
YesNo = Annotated[bool, BeforeValidator(lambda value: {"1": True, "0": False}.get(value, value))]


class PageQuery(Parameters):
    """Any address: in which form, in which language."""

    f: Annotated[Maybe[Annotated[str, OneOf(FORMATS)]], Says("格式", "The form of the answer", "json")] = None
    lang: Language = DEFAULT_LANGUAGE


class ItemsQuery(PageQuery, defer_build=True):
    """The features of a collection."""

    bbox: Annotated[
        Maybe[Box],
        Says(
            "西,南,东,北，度；西大于东则跨越 180°",
            "`west,south,east,north` in degrees, or with heights, which nothing here has; `west` greater than `east` "
            "crosses the antimeridian",
            [116.3, 33.7, 118.7, 35.0],
        ),
    ] = None
    days: Annotated[
        Maybe[Interval],
        Says(
            "按核对日期筛选：一个时刻或区间；从未核对的总会列出",
            "A moment or an interval, open ends as `..`. The time of a station is the day it was last checked on the "
            "spot; what has no time always matches, so never checked ones do",
            "2026-01-01/..",
        ),
    ] = Field(None, alias="datetime")
    limit: Annotated[
        Limit, Says("最多几个", "How many at most; more than the maximum is taken as the maximum", 100)
    ] = USUAL_ITEMS
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET), Says("跳过前面几个", "How many to pass over", 0)] = 0

    @property
    def filters(self) -> dict[str, Any]:
        """Return the values that properties must have, by their names."""
        return {name: value for name, value in self if name not in ItemsQuery.model_fields and value is not None}


def _type_of(field: fields.Field) -> Any:
    if field.codes:
        return Annotated[str, OneOf(field.codes)]
    return _TYPES[field.kind]


_TYPES: dict[str, Any] = {
    "text": Annotated[str, Field(max_length=MAX_FILTER_CHARS)],
    "integer": int,
    "number": float,
    "boolean": YesNo,
    "date": Day,
}
"""Of what may be filtered by; no moment is."""


def _filter(field: fields.Field) -> tuple[Any, None]:
    says = Says(f"{field.name} 等于", f"Features whose `{field.name}` is this")
    return Annotated[Maybe[_type_of(field)], says], None  # type: ignore[misc]  # the type is one, made above


def items_query(name: str, of: tuple[fields.Field, ...]) -> type[ItemsQuery]:
    """Return the model of a collection: that of all, with a filter for every property that may be asked for."""
    filters: dict[str, Any] = {field.name: _filter(field) for field in of if field.is_queryable}
    return cast(type[ItemsQuery], create_model(name, __base__=ItemsQuery, **filters))
