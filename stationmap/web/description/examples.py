"""The operations as the page shows them: what they take and answer, and an example of each that runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from stationmap.registry.registry import Registry
from stationmap.web.openapi.document import TAGS, Described
from stationmap.web.openapi.operation import JSON, Operation, Said
from stationmap.web.openapi.schemas import properties


class Parameter(NamedTuple):
    """A parameter or member in a line of a table."""

    name: str
    where: str
    is_required: bool
    says: Said
    values: str
    default: str


class Example(NamedTuple):
    """A request: its path with the query, its body, and the line by which a terminal sends it."""

    path: str
    body: str
    curl: str


class Shown(NamedTuple):
    """An operation as the page shows it; `may_try` unless it changes something or is about what is not there."""

    id: str
    method: str
    path: str
    summary: Said
    description: Said | None
    parameters: list[Parameter]
    answers: list[tuple[str, Said]]
    example: Example
    may_try: bool


Group = tuple[Said, list[Shown]]


def shown_groups(found: list[Described], document: Mapping[str, Any], server: str, registry: Registry) -> list[Group]:
    """Return the operations by what they are about; `document` is that of a `server`, which shows a registry."""
    station_id = registry.stations[0].id if len(registry) else "xz-1"
    return [
        (TAGS[tag], [_shown(*each, document, server, station_id) for each in members])
        for tag, members in groupby(found, key=lambda each: each[2].tag)
    ]


def _shown(
    path: str, method: str, known: Operation, document: Mapping[str, Any], server: str, station_id: str
) -> Shown:
    described = document["paths"][path][method]
    answers = [(status, _said(answer["description"])) for status, answer in described["responses"].items()]
    return Shown(
        known.id,
        method.upper(),
        path,
        known.summary,
        known.description,
        [*_path_parameters(known), *_members(known)],
        answers,
        _example(path, method.upper(), known, server, station_id),
        may_try=not known.changes
        and (known.example is not None or bool(known.path))
        and all(part.is_there for part in known.path.values()),
    )


def _path_parameters(known: Operation) -> Iterator[Parameter]:
    for name, part in known.path.items():
        yield Parameter(name, "path", True, part.says, " ".join(part.codes or ()), "")


def _members(known: Operation) -> Iterator[Parameter]:
    for where, model in (("query", known.query), ("body", known.body)):
        schemas, required = properties(model) if model else ({}, [])
        for name, schema in schemas.items():
            default = orjson.dumps(schema["default"]).decode() if "default" in schema else ""
            said = _said(schema.get("description", ""))
            yield Parameter(name, where, name in required, said, _values(schema), default.strip('"'))


def _said(text: str) -> Said:
    chinese, _, english = text.partition("\n")
    return Said(chinese, english)


def _values(schema: Mapping[str, Any]) -> str:
    """Return which values a parameter may have, in signs that need no language."""
    said = ""
    match schema:
        case {"enum": codes} | {"items": {"enum": codes}}:
            said = " ".join(map(str, codes))
        case {"minimum": low, "maximum": high}:
            said = f"{low:,.12g} … {high:,.12g}"
        case {"type": "boolean"}:
            said = "true false"
        case {"type": "string", "maxLength": longest}:
            said = f"≤ {longest:,}"
        case {"format": form}:
            said = str(form)
    return said


def _example(path: str, method: str, known: Operation, server: str, station_id: str) -> Example:
    filled = path
    for name, part in known.path.items():
        filled = filled.replace(f"{{{name}}}", quote(station_id if name == "station_id" else part.example))
    query = known.example if known.query and isinstance(known.example, str) else ""
    address = f"{filled}?{query}" if query else filled
    body = _body(known, station_id)
    words = ["curl", *(["-X", method] if method not in ("GET", "POST") or (method == "POST" and not body) else [])]
    if body:
        words += ["-H", f"Content-Type: {JSON}", "-d", body]
    return Example(address, body, " ".join(map(shlex.quote, [*words, server + address])))


def _body(known: Operation, station_id: str) -> str:
    if known.body is None or known.example is None:
        return ""
    example = known.example | ({"station_id": station_id} if "station_id" in known.example else {})
    return orjson.dumps(example).decode()
