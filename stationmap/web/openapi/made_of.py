"""What every answer that was made from a registry says of it, as JSON Schema describes it."""

from __future__ import annotations

from typing import Literal

from stationmap.formats.geojson import DEMO_LABEL
from stationmap.web.openapi.answer_model import AnswerModel
from stationmap.web.parameters.values import Maybe


class MadeOf(AnswerModel):
    """What an answer was made of: the revision of the registry, and whether that is demonstration data."""

    revision: str
    demo: bool
    label: Maybe[Literal["演示数据"]] = None


assert DEMO_LABEL == "演示数据"
