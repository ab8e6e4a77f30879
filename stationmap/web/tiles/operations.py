"""What is said of the routes of tiles in the description of the API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from stationmap.tiles.encoding import MEDIA_TYPE
from stationmap.web.openapi.answer_model import AnswerModel
from stationmap.web.openapi.made_of import MadeOf
from stationmap.web.openapi.operation import UNCHANGED, Answer, Operation, PathParameter, Said
from stationmap.web.parameters.values import Maybe
from stationmap.web.tiles.parameters import TilesQuery

Zoom = Annotated[int, Field(ge=0, le=16)]
Degrees = Annotated[float, Field(ge=-180, le=180)]


class VectorLayer(AnswerModel):
    """A layer of a tile, and what is said of its points."""

    id: Literal["stations", "clusters"]
    fields: dict[str, str]
    minzoom: Zoom
    maxzoom: Zoom


class TileJson(MadeOf):
    """TileJSON 3.0, with what tiles depend on: `tiles_version`, a moment `at`, and `until` when that is so."""

    tilejson: Literal["3.0.0"]
    tiles: list[str]
    name: str
    description: str
    attribution: str
    scheme: Literal["xyz"]
    minzoom: Zoom
    maxzoom: Zoom
    bounds: Maybe[Annotated[list[Degrees], Field(min_length=4, max_length=4)]] = None
    vector_layers: list[VectorLayer]
    tiles_version: str
    at: AwareDatetime
    until: AwareDatetime


_TILE = {
    "z": PathParameter(Said("缩放级别", "The zoom"), "0", pattern="^(0|[1-9]|1[0-6])$"),
    "x": PathParameter(Said("列，自西起", "The column, from the west"), "0", pattern="^(0|[1-9][0-9]{0,4})$"),
    "y": PathParameter(Said("行，自北起", "The row, from the north"), "0", pattern="^(0|[1-9][0-9]{0,4})$"),
}
_ANSWERS = {
    200: Answer(Said("矢量瓦片", "A vector tile"), media_types=(MEDIA_TYPE,), headers=("ETag",)),
    204: Answer(Said("此处没有站点", "No station is there"), media_types=(), headers=("ETag",)),
    304: UNCHANGED,
}
TILEJSON = Operation(
    id="tilejson",
    tag="tiles",
    summary=Said("站点矢量瓦片的说明（TileJSON）", "Where vector tiles of stations are, as TileJSON"),
    query=TilesQuery,
    answers={200: Answer(Said("说明", "The document"), TileJson, headers=("ETag",)), 304: UNCHANGED},
    problems=(503,),
    example="for_riders=true",
)
PRESENT_TILE = Operation(
    id="presentTile",
    tag="tiles",
    summary=Said("当前的瓦片，供 QGIS 等按 XYZ 读取", "The present tile, for programs that read XYZ, as QGIS does"),
    query=TilesQuery,
    path=_TILE,
    answers=_ANSWERS,
    problems=(404, 503),
)
TILE = Operation(
    id="tile",
    tag="tiles",
    summary=Said("某一版本的瓦片，可长期缓存", "The tile of a version, which may be kept for good"),
    query=TilesQuery,
    path={
        "version": PathParameter(
            Said("版本，见 TileJSON 的 tiles_version", "The version, `tiles_version` of the TileJSON"),
            "9f86d081884c7d65",
            pattern="^[0-9a-f]{16}$",
        ),
        **_TILE,
    },
    answers={
        **_ANSWERS,
        307: Answer(
            Said("该版本已过期，转到当前的瓦片", "The version is over: leads to the present one"),
            media_types=(),
            headers=("Location",),
        ),
    },
    problems=(404, 503),
)
