"""What is said of a route: in words, what it takes and what it answers. It stands on the function that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from stationmap.web.parameters.reading import Parameters

JSON, GEOJSON = "application/json", "application/geo+json"
OCTETS = "application/octet-stream"

F = TypeVar("F", bound=Callable[..., Any])


class Said(NamedTuple):
    """Words in Chinese and in English."""

    chinese: str
    english: str


@dataclass(frozen=True)
class PathParameter:
    """A part of an address that varies; `codes` are all there are, or None for any text.

    With an example that `is_there` an operation can be tried; a receipt or a job is somebody's own.
    """

    says: Said
    example: str
    codes: tuple[str, ...] | None = None
    pattern: str | None = None
    is_there: bool = True


@dataclass(frozen=True)
class Answer:
    """What is answered with a status: by the model of its JSON, or in a form that has none."""

    says: Said
    model: type[BaseModel] | None = None
    media_types: tuple[str, ...] = (JSON,)
    headers: tuple[str, ...] = ()


UNCHANGED = Answer(
    Said("没有变化（If-None-Match）", "Nothing has changed since the ETag that was sent"),
    media_types=(),
    headers=("ETag",),
)


@dataclass(frozen=True)
class Operation:
    """What one method of one address does.

    `problems` are the statuses of problem documents besides 400. `example` is a query string or a JSON body by which it
    can be tried; an operation that `changes` something is not tried from the page.
    """

    id: str
    tag: str
    summary: Said
    answers: Mapping[int, Answer]
    description: Said | None = None
    query: type[Parameters] | None = None
    body: type[BaseModel] | None = None
    path: Mapping[str, PathParameter] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    example: Any = None
    changes: bool = False
    is_problem: bool = True
    """Whether errors are problem documents; else `answers` has those, too."""


_SAID = "_stationmap_operation"


def described(operation: Operation) -> Callable[[F], F]:
    """Say of the function that answers a route what it does; it goes below `blueprint.get`."""

    def mark(view: F) -> F:
        setattr(view, _SAID, operation)
        return view

    return mark


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return what is said of a function that answers a route, None where nothing is."""
    found: Operation | None = getattr(view, _SAID, None)
    return found
