"""Names of districts to adcodes, from a table that people keep (data/areas/adcodes.csv)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from stationmap import files
from stationmap.city import City, here
from stationmap.csv_reader import csv_text
from stationmap.errors import InvalidTableError, StationmapError
from stationmap.resources import data_folder

_ADCODE = re.compile(r"[0-9]{6}")
_PROVINCE = re.compile(r"^[\u4e00-\u9fff]{2,8}?(?:省|自治区)")
_ROAD = re.compile("东|西|南|北|中|大?[路街道巷]")


class District(NamedTuple):
    """A county-level unit, or a development zone, which has only the adcode of its city."""

    adcode: str
    name: str
    city: str

    @property
    def is_zone(self) -> bool:
        """Whether it is a development zone, which has the adcode of its city."""
        return self.adcode.endswith("00")

    @property
    def zone(self) -> str:
        """The name of the zone; empty for a county-level unit, and where only the adcode of its city is known."""
        return self.name if self.is_zone and self.name != self.adcode else ""


class Districts:
    """Looks districts up by the names registers use; never guesses between two of one name."""

    def __init__(self, districts: Iterable[District]) -> None:
        self.all = tuple(districts)
        self._by_name: dict[str, list[District]] = {}
        self._city_of: dict[str, str] = {}
        for district in self.all:
            self._city_of[district.adcode] = district.city
            for name in _names(district):
                self._by_name.setdefault(name, []).append(district)
        self._name_of = {
            district.adcode: name
            for district in self.all
            for name in (district.city + district.name, district.name)
            if not district.is_zone and self.find(name) == district
        }

    def find(self, name: str, address: str = "") -> District | None:
        """Return the district of that name, or None.

        Where several cities have one, and for zones, whose names every city uses, the address must begin with the city.
        """
        name, address = _PROVINCE.sub("", "".join(name.split())), _PROVINCE.sub("", address)
        known = self._by_name.get(name, [])
        if known and known[0].is_zone and _ADCODE.fullmatch(name):  # that of a city, none of whose zones is named
            return District(name, name, known[0].city)
        certain = [district for district in known if not district.is_zone or name.startswith(_short(district.city))]
        if len(known) == 1 and certain:
            return certain[0]
        here = [district for district in known if district.city and address.startswith(district.city)]
        if len(here) == 1:
            return here[0]
        return District(name, name, "") if not known and _ADCODE.fullmatch(name) else None

    def name_of(self, adcode: str) -> str:
        """Return the name by which `find` finds an adcode without an address; the adcode where it has none."""
        return self._name_of.get(adcode, adcode)

    def city_of(self, adcode: str) -> str | None:
        """Return the city of a district in the table, None for any other."""
        return self._city_of.get(adcode)

    def of_address(self, address: str) -> District | None:
        """Return the district with whose full name an address begins, city and province before it or not.

        A zone must have its city before it.
        """
        address = _PROVINCE.sub("", "".join(address.split()))
        found = {
            district
            for name, known in self._by_name.items()
            if len(known) == 1 and address.startswith(name) and not _ROAD.match(address[len(name) :])
            for district in known
            if name.endswith(district.name) and (name != district.name or not district.is_zone)
        }
        return found.pop() if len(found) == 1 else None

    def named_in(self, text: str) -> District | None:
        """Return the one county-level unit whose full name stands in a text, such as the title of a table; or None."""
        found = {
            district
            for name, known in self._by_name.items()
            if name in text and len(known) == 1
            for district in known
            if name.endswith(district.name) and not district.is_zone
        }
        return found.pop() if len(found) == 1 else None


def _names(district: District) -> set[str]:
    """Return how registers call a district: 泉山区, 泉山, 徐州市泉山区, 徐州泉山, 320311; 丰县 never loses its 县."""
    names = {district.name} | ({district.name[:-1]} if len(district.name) > 2 and not district.is_zone else set())
    return {city + name for city in ("", district.city, _short(district.city)) for name in names} | {district.adcode}


def _short(city: str) -> str:
    return city.removesuffix("市")


def read_districts(data: bytes) -> Districts:
    """Read a CSV table with the columns adcode, name, city; raises StationmapError."""
    try:
        rows = csv_text.table(data, "adcode", "name", "city")
    except InvalidTableError as error:
        raise StationmapError("a table of districts is UTF-8 CSV with the columns adcode, name, city") from error
    districts = [District(row["adcode"], row["name"], row["city"]) for row in rows]
    if bad := [district.adcode for district in districts if not _ADCODE.fullmatch(district.adcode)]:
        raise StationmapError(f"a table of districts has adcodes that are not six digits: {', '.join(bad[:5])}")
    return Districts(districts)


def known_districts() -> Districts:
    """Return the districts of the table that travels with the program and those of the city that is served."""
    return _known(here())


@lru_cache(maxsize=2)
def _known(served: City) -> Districts:
    packaged = read_districts(files.read(data_folder() / "areas" / "adcodes.csv"))
    own = [District(code, names.get("zh", code), served.names[0]) for code, names in served.districts.items()]
    # The zones of a city all have its adcode: of those none takes another's place.
    others = (district for district in packaged.all if district.is_zone or district.adcode not in served.districts)
    return Districts(dict.fromkeys((*others, *own)))
