"""Words for people: one catalogue a language, codes in, text out. The browser reads the same files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from stationmap.resources import static_folder

LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "zh"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return every message of a language, key to text; KeyError for a language that has none."""
    if language not in LANGUAGES:
        raise KeyError(language)
    # The messages of the audit and of checks are in files of their own: no rider's phone need carry them.
    paths = [static_folder() / "i18n" / f"{part}{language}.json" for part in ("", "audit.", "check.")]
    return MappingProxyType({key: text for path in paths for key, text in json.loads(path.read_bytes()).items()})


def translate(language: str, key: str, **values: object) -> str:
    """Return a message with its `{named}` places filled; a code without a message is shown as itself.

    Codes reach this function from registries, which may hold some that no catalogue knows.
    """
    text = catalogue(language).get(key)
    if text is None:
        return key.rpartition(".")[2]
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
