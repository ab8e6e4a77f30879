"""Names of districts to adcodes, from a table that people keep (data/areas/adcodes.csv)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import NamedTuple

from stationmap.errors import StationmapError

_ADCODE = re.compile(r"[0-9]{6}")


class District(NamedTuple):
    """A county-level unit, or a development zone, which has only the adcode of its city."""

    adcode: str
    name: str
    city: str

    @property
    def is_zone(self) -> bool:
        return self.adcode.endswith("00")


class Districts:
    """Looks districts up by the names registers use; never guesses between two of one name."""

    def __init__(self, districts: Iterable[District]) -> None:
        self._by_name: dict[str, list[District]] = {}
        for district in districts:
            for name in (district.name, district.city + district.name, district.adcode):
                self._by_name.setdefault(name, []).append(district)

    def find(self, name: str, address: str = "") -> District | None:
        """Return the district of that name, or None.

        Where several cities have one, and for zones, whose names every city uses, the address must begin with the city.
        """
        known = self._by_name.get(name, [])
        certain = [district for district in known if not district.is_zone or name.startswith(district.city)]
        if len(known) == 1 and certain:
            return certain[0]
        here = [district for district in known if address.startswith(district.city)]
        if len(here) == 1:
            return here[0]
        return District(name, name, "") if not known and _ADCODE.fullmatch(name) else None


def read_districts(data: bytes) -> Districts:
    """Read a UTF-8 CSV table with the columns adcode, name, city; raises StationmapError."""
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
        districts = [District(row["adcode"].strip(), row["name"].strip(), row["city"].strip()) for row in rows]
    except (UnicodeDecodeError, csv.Error, KeyError, AttributeError) as error:
        raise StationmapError("a table of districts is UTF-8 CSV with the columns adcode, name, city") from error
    if bad := [district.adcode for district in districts if not _ADCODE.fullmatch(district.adcode)]:
        raise StationmapError(f"a table of districts has adcodes that are not six digits: {', '.join(bad[:5])}")
    return Districts(districts)
