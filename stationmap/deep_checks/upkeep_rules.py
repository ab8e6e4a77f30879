"""How long knowledge holds and what belongs to a kit: data/staleness.json and data/kits.json, or those of a city.

A folder of a city (`city`) may hold its own `staleness.json` and `kits.json`, which then take the place of the
package's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from stationmap import __version__, files
from stationmap.city import City, here
from stationmap.deep_checks.issue import Severity
from stationmap.errors import FileError
from stationmap.finding_codes import StaleCode
from stationmap.i18n import LANGUAGES
from stationmap.registry.model import Category
from stationmap.resources import data_folder

STALENESS, KITS = "staleness.json", "kits.json"

T = TypeVar("T")

Presence = bool | None


def _in_every_language(words: Mapping[str, str]) -> Mapping[str, str]:
    if set(words) != set(LANGUAGES):
        raise ValueError(f"words in {', '.join(LANGUAGES)}")
    return words


Words = Annotated[Mapping[str, str], AfterValidator(_in_every_language)]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Knowledge(_Rule):
    """A kind of knowledge that is stale when its last check is `days` old; `needs` is what must be registered."""

    code: StaleCode
    days: Annotated[int, Field(gt=0)]
    severity: Severity
    needs: Literal["hours", "facilities", "phone"] | None = None
    fields: tuple[str, ...]
    reason: Words


class KitItem(_Rule):
    """A thing of a kit: `any` of some facilities, or `all` of them."""

    names: Words
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_one(self) -> KitItem:
        if bool(self.any) == bool(self.all):
            raise ValueError("an item has either any or all")
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """The facilities it is made of."""
        return self.any or self.all

    def presence(self, facilities: Mapping[str, bool]) -> Presence:
        """Tell whether it is there, or lacking; None where the registry does not say, which is not lacking."""
        known = [facilities.get(code) for code in self.codes]
        decisive = bool(self.any)
        if decisive in known:
            return decisive
        return None if None in known else not decisive


class Kit(_Rule):
    """What stations of some categories should offer."""

    code: str
    names: Words
    source: Words
    categories: frozenset[Category]
    items: tuple[KitItem, ...]


Staleness = tuple[Knowledge, ...]
Kits = Annotated[tuple[Kit, ...], Field(min_length=1)]


class UpkeepRules(NamedTuple):
    """What is stale after how long, and the kits there are, the usual one first."""

    staleness: Staleness
    kits: Kits

    def kit(self, code: str | None) -> Kit:
        """Return the kit of a code, the usual one without; raises FileError for one there is not."""
        found = {kit.code: kit for kit in reversed(self.kits)}
        if code is not None and code not in found:
            raise FileError(f"没有这种配置 no such kit: {code}; 可选 known: {', '.join(kit.code for kit in self.kits)}")
        return self.kits[0] if code is None else found[code]


def upkeep_rules() -> UpkeepRules:
    """Return the rules of the city that is served; raises FileError where its files are not such."""
    return _rules_of(here())


def rules_digest() -> str:
    """Return what tells the rules of the city that is served from any others, of an earlier version of the program too.

    Raises FileError.
    """
    data = (__version__.encode(), *(files.read(_path(here(), name)) for name in (STALENESS, KITS)))
    return blake2b(b"\0".join(data), digest_size=8).hexdigest()


@lru_cache(maxsize=2)
def _rules_of(served: City) -> UpkeepRules:
    return UpkeepRules(
        staleness=_read(served, STALENESS, TypeAdapter(Staleness)),
        kits=_read(served, KITS, TypeAdapter(Kits)),
    )


def _read(served: City, name: str, form: TypeAdapter[T]) -> T:
    path = _path(served, name)
    try:
        return form.validate_json(files.read(path))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise FileError(f"{path}: {problems}"[:1000]) from error


def _path(served: City, name: str) -> Path:
    own = served.folder / name if served.folder else None
    return own if own is not None and own.is_file() else data_folder() / name
