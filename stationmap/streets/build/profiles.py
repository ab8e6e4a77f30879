"""Rules of walking and of riding an e-bike, as data: which ways are used, in which direction, how fast.

They stand in `data/travel_profiles.json`, and a folder of a city may hold its own. Keys and values are tags of
OpenStreetMap; the first of several tags that is present decides. Ferries are left out: their timetables are unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from stationmap import files
from stationmap.errors import FileError
from stationmap.resources import data_folder

TRAVEL_PROFILES = "travel_profiles.json"
HIGHWAY, JUNCTION, BARRIER, MAXSPEED = "highway", "junction", "barrier", "maxspeed"
KM_H = 3.6  # for each metre a second
_FORWARD, _BACKWARD = {"yes", "true", "1"}, {"-1", "reverse"}
_NUMBER = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?)(?: ?(km/h|kmh|mph))?")
_KM_H_OF_MPH = 1.609344

Tags = Mapping[str, str]
TagValues = Mapping[str, tuple[str, ...]]
Speed = Annotated[float, Field(gt=0, le=120)]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wait(_Rule):
    """Seconds lost at a node that has one of some tags."""

    seconds: Annotated[float, Field(ge=0, le=600)]
    tags: TagValues


class Profile(_Rule):
    """The rules of one way to travel.

    `share_of_speed` are the classes of ways that may be used, and which share of `speed_km_h` is kept there; those in
    `only_with` only where a way has one of the tags. `access_tags`, from the particular to the general, bar a way by
    one of the `barred_values`, `closed_with` by a tag. `one_way_tags` make it one-way, unless a tag of `contraflow`
    allows the other direction. `taken_as` are ways without the key highway, by tag, and the class they count as.
    """

    speed_km_h: Speed
    access_tags: tuple[str, ...]
    barred_values: frozenset[str]
    share_of_speed: Mapping[str, Annotated[float, Field(gt=0, le=1)]]
    only_with: Mapping[str, TagValues]
    taken_as: Mapping[str, Mapping[str, str]]
    closed_with: TagValues
    one_way_tags: tuple[str, ...]
    one_way_classes: TagValues
    one_way_junctions: frozenset[str]
    contraflow: TagValues
    heeds_maxspeed: bool
    waits: tuple[Wait, ...]
    closed_barriers: frozenset[str]

    @model_validator(mode="after")
    def _knows_its_classes(self) -> Profile:
        if unknown := sorted({*self.only_with, *self.one_way_classes}.difference(self.share_of_speed)):
            raise ValueError(f"no share_of_speed of {', '.join(unknown)}")
        return self

    def pace(self, tags: Tags) -> tuple[float, float]:
        """Return seconds a metre along a way and back, inf where it may not be used in that direction."""
        highway = self._class_of(tags)
        if highway is None or _has(tags, self.closed_with):
            return math.inf, math.inf
        speed_km_h = self.speed_km_h * self.share_of_speed[highway]
        if self.heeds_maxspeed:
            speed_km_h = min(speed_km_h, _maxspeed_km_h(tags))
        pace, (forward, backward) = KM_H / speed_km_h, self._directions(tags, highway)
        return (
            pace if forward and not self._is_barred(tags, ":forward") else math.inf,
            pace if backward and not self._is_barred(tags, ":backward") else math.inf,
        )

    def wait_s(self, tags: Tags) -> float:
        """Return seconds that a node costs."""
        return sum(wait.seconds for wait in self.waits if _has(tags, wait.tags))

    def is_closed_at(self, tags: Tags) -> bool:
        """Tell whether a node is closed: a barrier that cannot be passed, or must not be."""
        barrier = tags.get(BARRIER)
        if barrier is None:
            return False
        said = _first(tags, self.access_tags)
        if said is not None:
            return said in self.barred_values
        return barrier in self.closed_barriers

    @property
    def way_keys(self) -> frozenset[str]:
        """The keys of ways that any rule looks at."""
        directed = (tag + way for tag in self.access_tags for way in (":forward", ":backward"))
        conditions = (key for tags in self.only_with.values() for key in tags)
        classes = (key for keys in self.one_way_classes.values() for key in keys)
        return frozenset((
            HIGHWAY, JUNCTION, MAXSPEED, *self.access_tags, *directed, *conditions, *self.taken_as, *self.closed_with,
            *self.one_way_tags, *classes, *self.contraflow,
        ))  # fmt: skip

    @property
    def node_keys(self) -> frozenset[str]:
        """The keys that make a node one to look at."""
        return frozenset((BARRIER, *(key for wait in self.waits for key in wait.tags)))

    def _class_of(self, tags: Tags) -> str | None:
        """Return the class a way counts as, None where it is not used."""
        highway = tags.get(HIGHWAY)
        if highway is None:
            highway = next((of[tags[key]] for key, of in self.taken_as.items() if tags.get(key) in of), None)
        if highway is None or highway not in self.share_of_speed:
            return None
        needed = self.only_with.get(highway)
        return highway if needed is None or _has(tags, needed) else None

    def _directions(self, tags: Tags, highway: str) -> tuple[bool, bool]:
        said = _first(tags, (*self.one_way_tags, *self.one_way_classes.get(highway, ())))
        if said is None and tags.get(JUNCTION) in self.one_way_junctions:
            said = "yes"
        if said in _FORWARD or (said == "forward" and highway in self.one_way_classes):
            return True, _has(tags, self.contraflow)
        if said in _BACKWARD or (said == "backward" and highway in self.one_way_classes):
            return _has(tags, self.contraflow), True
        return True, True

    def _is_barred(self, tags: Tags, direction: str) -> bool:
        for tag in self.access_tags:
            said = tags.get(tag + direction, tags.get(tag))
            if said is not None:
                return said in self.barred_values
        return False


Profiles = Mapping[str, Profile]


def profiles(folder: Path | None = None) -> Profiles:
    """Return the rules of a city's folder, or those of the package, by code; raises FileError."""
    own = folder / TRAVEL_PROFILES if folder else None
    return _read(own if own is not None and own.is_file() else data_folder() / TRAVEL_PROFILES)


def _read(path: Path) -> Profiles:
    try:
        return TypeAdapter(dict[str, Profile]).validate_json(files.read(path))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise FileError(f"{path}: 出行规则有误 rules of travel are wrong: {problems}"[:1000]) from error


def _has(tags: Tags, wanted: TagValues) -> bool:
    return any(tags.get(key) in values for key, values in wanted.items())


def _first(tags: Tags, keys: Iterable[str]) -> str | None:
    return next((tags[key] for key in keys if key in tags), None)


def _maxspeed_km_h(tags: Tags) -> float:
    return _speed_limit(tags.get(MAXSPEED, ""))


@lru_cache(maxsize=256)
def _speed_limit(text: str) -> float:
    """Return a limit in km/h, inf where the text is no number: what is not understood sets no limit."""
    found = _NUMBER.fullmatch(text)
    value = float(found[1]) * (_KM_H_OF_MPH if found[2] == "mph" else 1) if found else 0.0
    return value if value >= 1 else math.inf
