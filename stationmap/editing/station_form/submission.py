"""What somebody sent of a form, against what the form showed them: which fields they touched, and what they say now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from stationmap.editing.station_form.form_values import FormValues, form_values
from stationmap.registry.model import Station
from stationmap.registry.revision import line

Update = tuple[dict[str, Any], tuple["FieldFault", ...]]
"""New values of properties, None for one that is removed (`geometry` is the feature's), and what is wrong."""

NOTHING: Update = ({}, ())

_LINE_ENDS = re.compile(r"\r\n?")
# A browser sends neither within a field of one line; NUL is in no text of HTML.
_NOT_SENT = re.compile(r"[\n\0]")


class FieldFault(NamedTuple):
    """What is wrong with a field of a form, as a code of `form.fault.*`; `value` fills the place in its message."""

    field: str
    code: str
    value: str = ""


@dataclass(frozen=True)
class Submission:
    """The fields of a form that somebody sent, the station that it showed, and the day on which they did.

    A field that was not sent was not touched.
    """

    base: Station | None
    sent: Mapping[str, Sequence[str]]
    today: date
    shown: FormValues = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shown", form_values(self.base))

    def text(self, name: str) -> str:
        """Return what a field says, as a text without blanks around it."""
        sent = self.sent.get(name)
        return as_sent((sent or self.shown.get(name) or [""])[0])

    def chosen(self, name: str) -> list[str]:
        """Return which of several choices were made, each once."""
        return [*dict.fromkeys(filter(None, self.sent.get(name, self.shown.get(name, []))))]

    def touches(self, *names: str) -> bool:
        """Tell whether any of these fields says something else than the form showed."""
        return any(
            _comparable(self.sent[name]) != _comparable(self.shown.get(name, [])) for name in names if name in self.sent
        )

    @cached_property
    def known(self) -> dict[str, Any]:
        """The properties of the station that the form showed, as plain JSON; a copy for each submission."""
        properties: dict[str, Any] = orjson.loads(line(self.base))["properties"] if self.base else {}
        return properties


def as_sent(text: str) -> str:
    """Return a text with line ends of one kind and without blanks around it."""
    return _LINE_ENDS.sub("\n", text).strip()


def _comparable(texts: Sequence[str]) -> list[str]:
    """Return texts without what a browser changes by itself."""
    return [plain for text in texts if (plain := _NOT_SENT.sub("", as_sent(text)))]
