"""What a reader of figures must know about the people counted, as codes that are put into words in any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stationmap.i18n import translate


@dataclass(frozen=True)
class Note:
    """A message `audit.note.<code>` of the catalogue with its values; a tuple stands for districts by code."""

    code: str
    values: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def in_words(self, language: str) -> str:
        """Return the note in words."""
        between = translate(language, "list.separator")
        values = {
            key: value if isinstance(value, str) else between.join(translate(language, f"district.{c}") for c in value)
            for key, value in self.values.items()
        }
        return translate(language, f"audit.note.{self.code}", **values)
