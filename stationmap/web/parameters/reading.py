"""Read a query string or a body of JSON by the model of its parameters, and name every fault at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from stationmap.web.parameters.faults import MAX_FAULTS, Fault, InvalidParametersError, repeated, unknown
from stationmap.web.parameters.values import NUMBER

Schema = Mapping[str, Any]


class Parameters(BaseModel):
    """A set of parameters: what a field may be stands in its annotation, what it is without being sent, in its default.

    Values must have their JSON type: text is no number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


P = TypeVar("P", bound=Parameters)


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a query string in order, including empty and repeated ones."""
    return parse_qsl(query, keep_blank_values=True)


def read_query(model: type[P], query: str, *, passed_over: Collection[str] = ()) -> P:
    """Return the parameters of a query string; raises InvalidParametersError.

    Parameters of the names `passed_over` may be there and mean nothing.
    """
    texts = _texts_of(model)
    document: dict[str, Any] = {}
    faults: dict[Fault, None] = {}
    for name, text in query_pairs(query):
        kind = texts.get(name)
        if kind is None:
            if name not in passed_over and len(faults) < MAX_FAULTS:
                faults[unknown(name)] = None
        elif kind.repeats:
            document.setdefault(name, []).append(kind.value(text))
        elif name in document:
            faults[repeated(name)] = None
        else:
            document[name] = kind.value(text)
    return checked(model, document, faults)


def read_body(model: type[P], body: bytes) -> P:
    """Return the members of a JSON object; raises InvalidParametersError, also for any other body."""
    return read_members(model, json_members(body))


def read_members(model: type[P], document: Mapping[str, Any], faults: Iterable[Fault] = ()) -> P:
    """Return the members of a JSON document that is read already; raises InvalidParametersError with `faults`, too."""
    known = _texts_of(model)
    given = {name: value for name, value in document.items() if name in known}
    strangers = dict.fromkeys([*faults, *map(unknown, _first(name for name in document if name not in known))])
    return checked(model, given, strangers)


def refuse_parameters(query: str) -> None:
    """Raise InvalidParametersError if there is any parameter at all."""
    read_query(Parameters, query)


def json_members(body: bytes) -> dict[str, Any]:
    """Return the members of a JSON object.

    Raises InvalidParametersError for any other body, and for a member given twice.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise InvalidParametersError([Fault("body", "not_json", "must be a JSON object in UTF-8")])
    if twice := _repeated(body, document):
        raise InvalidParametersError(map(repeated, twice))
    return document


def checked(model: type[P], document: Mapping[str, Any], faults: Collection[Fault] = ()) -> P:
    """Return the model of a document; raises InvalidParametersError with `faults` and those of the document."""
    try:
        found: P = model.__pydantic_validator__.validate_python(document)
    except ValidationError as error:
        more = faults_of(model, error)
    else:
        more = []
        if not faults:
            return found
    raise InvalidParametersError(dict.fromkeys([*faults, *more]))


def faults_of(model: type[BaseModel], error: ValidationError) -> list[Fault]:
    """Return what pydantic found wrong, in words that say what each value must be."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    # A list whose items are all refused is too short as well, which tells nobody anything.
    of_items = {problem["loc"][0] for problem in problems if len(problem["loc"]) > 1}
    told = [each for each in problems if each["type"] != "too_short" or each["loc"][0] not in of_items]
    return [_fault(_properties(model), problem) for problem in told]


def _fault(properties: Schema, problem: ErrorDetails) -> Fault:
    where, kind = problem["loc"], problem["type"]
    name = str(where[0]) if where else "body"
    schema = properties.get(name, {})
    if kind == "extra_forbidden":
        return unknown(name)
    if kind == "missing":
        return Fault(name, "missing", "is required")
    if kind in ("invalid", "value_error"):
        items = len(where) > 1 and "enum" not in schema.get("items", {})
        return Fault(f"{name}[{where[1]}]" if items else name, "invalid", problem["msg"].removeprefix("Value error, "))
    if kind == "too_long" and "enum" in schema.get("items", {}):
        return Fault(name, "too_many", f"must be given at most {schema['maxItems']} times")
    return Fault(name, "invalid", rule(schema) or str(problem["msg"]))


def rule(schema: Schema) -> str:
    """Return what a value must be, by its schema; empty where that is not said by a range or a list."""
    said = ""
    match schema:
        case {"enum": codes} | {"items": {"enum": codes}}:
            said = f"one of: {', '.join(codes)}"
        case {"type": "integer", "minimum": low, "maximum": high}:
            said = f"a whole number from {low} to {high}"
        case {"type": "number", "minimum": low, "maximum": high}:
            said = f"a number from {low:.12g} to {high:.12g}"
        case {"type": "boolean"}:
            said = "true or false"
        case {"type": "string", "maxLength": longest}:
            said = f"text of {schema.get('minLength', 0)} to {longest} characters"
        case {"type": "array", "maxItems": most}:
            said = f"a list of {schema.get('minItems', 0)} to {most}"
    return said and f"must be {said}"


@cache
def _properties(model: type[BaseModel]) -> dict[str, Schema]:
    """Return the schema of each member of a model, with what it refers to in place."""
    described = model.model_json_schema()
    shared = described.get("$defs", {})
    found: dict[str, Schema] = {}
    for name, schema in described.get("properties", {}).items():
        reference = schema.get("$ref", "").rpartition("/")[2]
        found[name] = {**shared.get(reference, {}), **schema}
    return found


@dataclass(frozen=True)
class _Text:
    """How the text of a parameter becomes a value of JSON; what is none stays text, which its model refuses."""

    value: Callable[[str], Any]
    repeats: bool


@cache
def _texts_of(model: type[BaseModel]) -> dict[str, _Text]:
    return {name: _text_of(schema) for name, schema in _properties(model).items()}


def _text_of(schema: Schema) -> _Text:
    repeats = schema.get("type") == "array"
    kind = schema.get("items", {}).get("type") if repeats else schema.get("type")
    return _Text({"number": _number, "integer": _integer, "boolean": _boolean}.get(str(kind), str), repeats)


def _number(text: str) -> float | str:
    return float(text) if NUMBER.fullmatch(text) else text


def _integer(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else text


def _boolean(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


def _first(names: Iterable[str]) -> Iterator[str]:
    """Yield names as long as they help."""
    for name, _ in zip(names, range(MAX_FAULTS), strict=False):
        yield name


def _repeated(body: bytes, document: Mapping[str, Any]) -> list[str]:
    """Return the members given more than once, of which the fast parser silently keeps the last."""
    # Every member has a colon, and texts may: as many as there are members and in texts leave none for a repeated one.
    in_texts = sum(text.count(":") for text in (*document, *document.values()) if isinstance(text, str))
    if b"\\" not in body and body.count(b":") == len(document) + in_texts:
        return []
    try:
        found = json.loads(body, object_pairs_hook=list)
    except RecursionError:
        return []  # a value nested so deeply is no parameter, and is rejected as one
    return [name for name, times in Counter(name for name, _ in found).items() if times > 1]
