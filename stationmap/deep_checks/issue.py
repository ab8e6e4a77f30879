"""An issue: something in a registry that somebody should mend, in the one form of all kinds, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from stationmap.finding_codes import FindingCode
from stationmap.i18n import catalogue, translate

Severity = Literal["error", "warning", "notice"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""What refuses the file, what may send a rider wrong, what is due for care; the worst first."""

Confidence = Literal["certain", "likely", "possible"]
"""How sure it is that something has to be mended."""

Basis = Literal["nearest", "would_be_nearest", "nobody_sent"]
"""What the people of an issue are: those whose nearest confirmed station it is; those who would have it as their
nearest if it were confirmed; or nobody, as no rider is sent there."""

Value = str | tuple[str, ...] | Mapping[str, str]
"""What fills a message: text as it is, keys of messages that are listed, or text by language."""

Values = Mapping[str, Value]

NOTHING: Values = MappingProxyType({})


class Issue(NamedTuple):
    """One thing to mend. `ids` are the stations concerned, `fields` what to mend in them (`editing.fields`).

    `where` names what is concerned besides stations, or a path in the file; `detail` is a text of `check` in English,
    where `values` do not fill a message of both languages. `people` is None where the effect was not worked out.
    """

    code: FindingCode
    severity: Severity
    confidence: Confidence
    ids: tuple[str, ...]
    fields: tuple[str, ...] = ()
    values: Values = NOTHING
    where: str = ""
    detail: str = ""
    people: float | None = None
    basis: Basis | None = None

    def what(self, language: str) -> str:
        """Return what kind of thing it is."""
        return translate(language, f"finding.{self.code}")

    def how_to_mend(self, language: str) -> str:
        """Return what to do about it."""
        return translate(language, f"deep.mend.{self.code}")

    def explained(self, language: str) -> str:
        """Return what was found in this case; empty where the kind says it all."""
        key = f"deep.detail.{self.code}"
        if key not in catalogue(language):
            return self.detail
        values = {name: _listed(value, language) for name, value in self.values.items()}
        return translate(language, key, **values)


def _listed(value: Value, language: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return value[language]
    return translate(language, "list.separator").join(translate(language, key) for key in value)
