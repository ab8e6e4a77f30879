"""The OpenAPI document of an application: made of what stands on the functions that answer its routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from werkzeug.routing import Map, Rule

from stationmap import __version__
from stationmap.formats.geojson import DEMO_LABEL
from stationmap.web.openapi.operation import JSON, Answer, Operation, PathParameter, Said, operation_of
from stationmap.web.openapi.problem import PROBLEM, WHY, Problem
from stationmap.web.openapi.schemas import REFERENCE, components, properties

View = Callable[..., Any]
Described = tuple[str, str, Operation]
"""A path with names in braces, a method, and what is said of it."""

METHODS = ("get", "post", "put", "patch", "delete")
TAGS: dict[str, Said] = {
    "stations": Said("站点", "Stations"),
    "places": Said("地名", "Named places"),
    "changes": Said("变化", "Changes"),
    "reports": Said("骑手反馈", "Reports of riders"),
    "open311": Said("Open311 反馈", "Reports by Open311"),
    "tiles": Said("矢量瓦片", "Tiles"),
    "audit": Said("覆盖审计", "The audit of coverage"),
    "wechat": Said("微信", "WeChat"),
    "server": Said("服务器", "The server"),
}
HEADERS: dict[str, Said] = {
    "Stationmap-Revision": Said("登记册的版本", "Which registry the answer was made from"),
    "Stationmap-Published": Said("文件本身的版本", "The revision of the file itself"),
    "Stationmap-Sequence": Said("该版本在日志中的序号", "The number of that revision in the journal"),
    "Stationmap-Time": Said("服务器的时间", "The clock of the server"),
    "ETag": Said("内容的标识，用于 If-None-Match", "The tag of the content, for If-None-Match"),
    "Location": Said("新建内容的地址", "Where what was made is"),
    "Retry-After": Said("多少秒后再试", "After how many seconds to ask again"),
}
ABOUT = Said(
    "徐州工会户外劳动者服务站。坐标为 WGS-84，经度在前；时间为 ISO 8601，+08:00。没有密钥，没有 cookie。",
    "Union rest stations of Xuzhou. Positions are WGS-84, longitude first; times are ISO 8601 at +08:00. "
    "There is no key and no cookie.",
)
_DEMO = f"{DEMO_LABEL} Demonstration data"
_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


def described_operations(routes: Map, views: Mapping[str, View]) -> Iterator[Described]:
    """Yield what is described of an application, in the order of tags, then of its routes."""
    found = [
        (path_of(rule), method.lower(), operation)
        for rule in routes.iter_rules()
        if (operation := operation_of(views[rule.endpoint]))
        for method in sorted(rule.methods or ())
        if method.lower() in METHODS
    ]
    yield from sorted(found, key=lambda each: list(TAGS).index(each[2].tag))


def path_of(rule: Rule) -> str:
    """Return the path of a route with the names of what varies in braces."""
    return _VARIABLE.sub(r"{\1}", rule.rule)


def document(found: list[Described], *, server: str, is_demo: bool, licence: str | None) -> dict[str, Any]:
    """Return the document of operations as they are at the address of a server; `licence` is that of its data.

    The title is a plain name whatever is shown: generators of clients make the names of packages of it.
    """
    paths: dict[str, dict[str, Any]] = {}
    for path, method, operation in found:
        paths.setdefault(path, {})[method] = _operation(operation)
    tags = dict.fromkeys(operation.tag for _, _, operation in found)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "stationmap",
            **({"summary": _DEMO} if is_demo else {}),
            "version": __version__,
            "description": _both(ABOUT) + (f"\n{_DEMO}" if is_demo else ""),
            **({"license": {"name": licence}} if licence else {}),
            "x-demo": is_demo,
        },
        "servers": [{"url": server}],
        "tags": [{"name": tag, "description": _both(TAGS[tag])} for tag in tags],
        "paths": paths,
        "components": {"schemas": components(_models(found))},
    }


def _models(found: list[Described]) -> Iterator[type[BaseModel]]:
    yield Problem
    for _, _, operation in found:
        if operation.body:
            yield operation.body
        yield from (answer.model for answer in operation.answers.values() if answer.model)


def _operation(known: Operation) -> dict[str, Any]:
    parameters = [*_path_parameters(known.path), *_query_parameters(known)]
    made: dict[str, Any] = {
        "operationId": known.id,
        "tags": [known.tag],
        "summary": " ".join(known.summary),
        **({"description": _both(known.description)} if known.description else {}),
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _body(known)} if known.body else {}),
        "responses": dict(sorted(_responses(known))),
    }
    return made


def _path_parameters(path: Mapping[str, PathParameter]) -> Iterator[dict[str, Any]]:
    for name, known in path.items():
        limits = {"enum": list(known.codes)} if known.codes else {"pattern": known.pattern} if known.pattern else {}
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": _both(known.says),
            "schema": {"type": "string", "minLength": 1, **limits},
            "example": known.example,
        }


def _query_parameters(known: Operation) -> Iterator[dict[str, Any]]:
    if known.query is None:
        return
    schemas, required = properties(known.query)
    for name, schema in schemas.items():
        inner = {member: value for member, value in schema.items() if member not in ("description", "examples")}
        yield {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": schema.get("description", ""),
            "schema": inner,
            **({"example": schema["examples"][0]} if "examples" in schema else {}),
        }


def _body(known: Operation) -> dict[str, Any]:
    assert known.body is not None
    example = {"example": known.example} if known.example is not None else {}
    return {"required": True, "content": {JSON: {"schema": _reference(known.body), **example}}}


def _responses(known: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, answer in known.answers.items():
        yield str(status), _response(answer)
    for status in {400, *known.problems} - known.answers.keys() if known.is_problem else ():
        waits = {"headers": _headers(("Retry-After",))} if status in (429, 503) else {}
        yield (
            str(status),
            {"description": _both(WHY[status]), "content": {PROBLEM: {"schema": _reference(Problem)}}, **waits},
        )


def _response(answer: Answer) -> dict[str, Any]:
    made: dict[str, Any] = {"description": _both(answer.says)}
    if answer.media_types:
        schema = {"schema": _reference(answer.model)} if answer.model else {}
        made["content"] = dict.fromkeys(answer.media_types, schema)
    return made | ({"headers": _headers(answer.headers)} if answer.headers else {})


def _headers(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"description": _both(HEADERS[name]), "schema": {"type": "string"}} for name in names}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=model.__name__)}


def _both(said: Said) -> str:
    return "\n".join(said)
