"""From what was written to values: types that pydantic does not have, and which line says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from stationmap.settings_sources import PREFIX, Given, InvalidSettingsError, Sources

Model = TypeVar("Model", bound=BaseModel)

MAX_PORT = 65_535

LayerCode = Literal["tianditu", "amap", "osm"]
PhotoHost = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$", max_length=253)]
Approval = Annotated[str, Field(max_length=200)]
Speed = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


def _codes(value: object) -> object:
    return tuple(code.strip() for code in value.split(",") if code.strip()) if isinstance(value, str) else value


def _place(value: str) -> str:
    found = re.fullmatch(r"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", value)
    if value and (found is None or int(found[1]) > MAX_PORT):
        raise ValueError("要写成 地址:端口 must be an address and a port, as 127.0.0.1:9464")
    return value


def _alone(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or (len(value) > 1 and {"*", "none"} & set(value)):
        raise ValueError("* 和 none 要单独写 must be origins, or * or none alone")
    return value


def _pairs(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(number.strip() for _, _, number in pairs):
        raise ValueError("each layer needs its number, as in amap=GS(2026)1号")
    return {code.strip(): number.strip() for code, _, number in pairs}


CODES = BeforeValidator(_codes)
"""A list may be written as text, separated by commas."""
PAIRS = BeforeValidator(_pairs)
"""A table may be written as text: `amap=GS(2026)1号`, separated by commas."""
Address = Annotated[str, AfterValidator(_place)]
"""`host:port`, empty for none."""
_ORIGIN = r"^(\*|none|https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?)$"
Ancestors = Annotated[tuple[Annotated[str, Field(pattern=_ORIGIN, max_length=300)], ...], CODES, AfterValidator(_alone)]
"""Origins such as https://www.example.org or https://*.example.org; or `*` or `none` alone."""


_IN_CHINESE = {
    "int_parsing": "要写整数",
    "int_type": "要写整数",
    "float_parsing": "要写数字",
    "float_type": "要写数字",
    "bool_parsing": "要写 true 或 false",
    "bool_type": "要写 true 或 false",
    "string_type": "要写文字，放在双引号里",
    "string_too_long": "太长",
    "string_pattern_mismatch": "写法不对",
    "literal_error": "没有这个选项",
    "greater_than_equal": "超出范围",
    "greater_than": "超出范围",
    "less_than_equal": "超出范围",
    "less_than": "超出范围",
}
"""What pydantic finds, by its name for it."""


def made_of(model: type[Model], found: Sources) -> Model:
    """Return a model of what was gathered; raises InvalidSettingsError with a line for each problem."""
    problems = list(found.problems)
    try:
        made = model(**{name: _value(model, name, each) for name, each in found.given.items()})
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        # A default that follows from another setting cannot be worked out where that one is wrong.
        own = (fault for fault in faults if fault["type"] != "default_factory_not_called")
        problems += [_problem(model, fault, found.given) for fault in own]
    if problems:
        raise InvalidSettingsError("\n".join(problems))
    return made


def _value(model: type[BaseModel], name: str, given: Given) -> object:
    field = model.model_fields.get(name)
    is_path = field is not None and Path in (field.annotation, *get_args(field.annotation))
    return given.path if is_path and isinstance(given.value, str) else given.value


def _problem(model: type[BaseModel], fault: Mapping[str, Any], given: Mapping[str, Given]) -> str:
    name = str(fault["loc"][0])
    place = given[name].place if name in given else PREFIX + name.upper()
    if fault["type"] != "extra_forbidden":
        title = model.model_fields[name].title if name in model.model_fields else None
        return " ".join(filter(None, (f"{place}:", title, _IN_CHINESE.get(fault["type"]), fault["msg"])))
    close = get_close_matches(name, model.model_fields, 1)
    meant = f", 是否 did you mean {close[0]}?" if close else ""
    return f"{place}: 没有这个设置 no such setting{meant}"
