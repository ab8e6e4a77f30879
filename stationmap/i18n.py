"""Words for people: one catalogue a language, codes in, text out. The browser reads the same files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from stationmap.city import City, here
from stationmap.resources import static_folder

LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "zh"
_TAGS = {"zh": "zh-CN"}
"""Tags (BCP 47) of languages whose code says less than is so; others are their own."""
_LOCALES = {"zh": "zh_CN", "en": "en_US"}
"""Languages as OpenGraph has them: always with a territory."""

# What is not for every page of riders is in files of its own: their phones need not carry it.
_PARTS = (
    "",
    "page.",
    "report.",
    "places.",
    "embed.",
    "route.",
    "tiled.",
    "privacy.",
    "api.",
    "audit.",
    "check.",
    "deep.",
    "lists.",
    "staff.",
    "accounts.",
    "form.",
    "review.",
    "notify.",
    "reports.",
    "ogc.",
)


def tag_of(language: str) -> str:
    """Return the tag of a language as pages name it: `zh-CN`, `en`."""
    return _TAGS.get(language, language)


def locale_of(language: str) -> str:
    """Return a language as OpenGraph names it: `zh_CN`, `en_US`; one that is not listed as itself."""
    return _LOCALES.get(language, language)


def catalogue(language: str) -> Mapping[str, str]:
    """Return every message of a language, key to text; KeyError for a language that has none.

    The names of districts are those of the city that is served.
    """
    return _catalogue(language, here())


@lru_cache(maxsize=2 * len(LANGUAGES))
def _catalogue(language: str, city: City) -> Mapping[str, str]:
    return MappingProxyType({**_packaged(language), **city.messages(language)})


@cache
def _packaged(language: str) -> dict[str, str]:
    if language not in LANGUAGES:
        raise KeyError(language)
    paths = [static_folder() / "i18n" / f"{part}{language}.json" for part in _PARTS]
    return {key: text for path in paths for key, text in json.loads(path.read_bytes()).items()}


def riders_messages(language: str, city: City) -> bytes:
    """Return the file of messages a rider's phone reads, with the names of a city's districts."""
    path = static_folder() / "i18n" / f"{language}.json"
    packaged = json.loads(path.read_bytes())
    return json.dumps({**packaged, **city.messages(language)}, ensure_ascii=False, indent=2).encode()


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
