"""Write the demonstration registry, `data/stations.geojson`: the published numbers, invented stations, labelled as such.

    python tools/demo_registry.py [--out FILE]

Every run writes the same bytes. The wording and the shares are in `demo_tables.py`, the places in `demo_places.py`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from demo_places import County, LonLat, Town, near_landmarks, place_station, read_counties
from demo_tables import (
    ALIASES,
    CHECKED,
    CHECKERS,
    CLOSURES,
    COUNTIES_EN,
    FACILITIES,
    HOURS,
    HOW,
    KINDS,
    LEVELS,
    NOTES,
    PUBLISHED,
    SERVICES,
    SIZES_M2,
    STATUSES,
    TITLES,
    TITLES_EN,
    WHO,
    ZONE_NAME,
    ZONE_UNION,
    Kind,
    Weighted,
)

ROOT = Path(__file__).resolve().parent.parent
SEED = 20261120
HEADER = {
    "format": 1,
    "title": "徐州工会服务站(演示数据)",
    "city": "徐州市",
    "demo": True,
    "source": f"演示数据,由 tools/demo_registry.py(seed {SEED})生成;除各类站点总数(2023年11月公布)外均为虚构,详见 data/SOURCES.md",
    "licence": "CC0-1.0",
    "updated": "2026-11-20",
}
LANDMARK_ALIAS = "骑手驿站"
NICKNAMED_M = 1_500.0  # farther away nobody calls a station by the landmark
Feature = dict[str, Any]


class Deck:
    """Deals the rows of a weighted table in random order, each as often as its share of `count` says."""

    def __init__(self, table: Weighted, count: int, rng: Random) -> None:
        weights = [weight for _, weight in table]
        self._cards = [
            value for (value, _), copies in zip(table, apportion(count, weights), strict=True) for _ in range(copies)
        ]
        rng.shuffle(self._cards)

    def deal(self) -> str:
        return self._cards.pop()


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Split `total` into whole parts in proportion to `weights` (largest remainders; the earlier row wins a tie)."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def generate(areas: Path) -> list[Feature]:
    """Return the features of the demonstration registry, sorted by id; the same ones at every call."""
    rng = Random(SEED)
    counties = read_counties(areas, rng)
    taken: list[LonLat] = []
    serials = {county.adcode: 0 for county in counties}
    features = []
    for category, count in PUBLISHED.items():
        stations = _Stations(category, count, rng)
        shares = apportion(count, [county.residents for county in counties])
        for county, share in zip(counties, shares, strict=True):
            for _ in range(share):
                serials[county.adcode] += 1
                town, point = place_station(county, taken, rng)
                taken.append(point)
                features.append(stations.invent(county, town, point, serials[county.adcode]))
    return sorted(features, key=lambda feature: str(feature["id"]))


class _Stations:
    """Invents the stations of one category, so that every table's shares hold over all of them."""

    def __init__(self, category: str, count: int, rng: Random) -> None:
        self.category, self.rng = category, rng
        kinds = {kind.host: kind for kind in KINDS[category]}
        hosts = Deck(tuple((kind.host, kind.weight) for kind in KINDS[category]), count, rng)
        self.kinds = [kinds[hosts.deal()] for _ in range(count)]
        self.hours = {
            host: Deck(kind.hours, sum(dealt is kind for dealt in self.kinds), rng) for host, kind in kinds.items()
        }
        tables = {"title": TITLES[category], "who": WHO[category], "status": STATUSES, "level": LEVELS}
        tables |= {"checked": CHECKED, "checker": CHECKERS, "closure": CLOSURES}
        self.decks = {name: Deck(table, count, rng) for name, table in tables.items()}

    def invent(self, county: County, town: Town, point: LonLat, serial: int) -> Feature:
        """Return one station; optional members that nobody recorded are left out."""
        kind = self.kinds.pop()
        dealt = {name: deck.deal() for name, deck in self.decks.items()}
        hours, hours_source = HOURS[self.hours[kind.host].deal()]
        properties = self._identity(county, town, kind, dealt["title"], serial)
        properties |= _landmarks(properties, point)
        properties |= {
            "access": self._access(dealt["who"]),
            "hours": hours,
            "hours_source": hours_source,
            "closures": _closures(dealt["closure"]),
            "facilities": self._facilities(),
            "services": self._services(),
            "phone": f"0516-0000{serial:04d}" if self.rng.random() < 0.72 else None,
            "host": f"{town.name}{kind.host}",
            "managed_by": self._manager(county, town),
            "level": dealt["level"] or None,
        }
        properties |= self._building()
        properties |= self._upkeep(dealt)
        return {
            "type": "Feature",
            "id": f"xz-{county.adcode}-{serial:04d}",
            "geometry": {"type": "Point", "coordinates": list(point)},
            "properties": {name: value for name, value in properties.items() if name == "hours" or _is_known(value)},
        }

    def _identity(self, county: County, town: Town, kind: Kind, title: str, serial: int) -> dict[str, Any]:
        rng = self.rng
        host = kind.host if self.category in {"outdoor_worker", "carnation"} else ""
        other_names = [alias for alias in ALIASES if alias != title] if self.category == "outdoor_worker" else []
        road = rng.choice(("演示东路", "演示西路", "演示南路", "演示北路", "演示大街"))
        known = rng.random()
        return {
            "name": f"{ZONE_NAME if town.zone else county.name}{town.name}{host}{title}(演示{serial:03d})",
            "name_en": f"{TITLES_EN[self.category].capitalize()} {serial:03d}, {kind.host_en}, "
            f"{COUNTIES_EN[county.adcode]} (demo)",
            "aliases": [f"{town.name}{alias}" for alias in rng.sample(other_names, rng.randint(0, 2))]
            if other_names
            else [],
            "category": self.category,
            "district": county.adcode,
            "address": f"徐州市{county.name}{town.name}{road}{rng.randint(1, 280)}号" if known < 0.94 else None,
            "directions": rng.choice(kind.directions) if rng.random() < 0.55 else None,
        }

    def _access(self, who: str) -> dict[str, Any]:
        rng = self.rng
        how = rng.choices([row for row, _ in HOW[who]], [weight for _, weight in HOW[who]])[0].split()
        access: dict[str, Any] = {"who": who}
        if how:
            access["how"] = how
        if who in NOTES and rng.random() < (0.12 if who == "public" else 0.6):
            access["note"] = rng.choice(NOTES[who])
        return access

    def _facilities(self) -> dict[str, bool]:
        known = {}
        for code, (there, missing) in FACILITIES[self.category].items():
            drawn = self.rng.random()
            if drawn < there + missing:
                known[code] = drawn < there
        return known

    def _services(self) -> list[str]:
        if self.category != "service_centre":
            return []
        return [code for code, share in SERVICES.items() if self.rng.random() < share]

    def _manager(self, county: County, town: Town) -> str:
        if town.zone:
            return ZONE_UNION
        return f"{town.name}总工会" if self.rng.random() < 0.3 else f"{county.name}总工会"

    def _building(self) -> dict[str, int | None]:
        smallest, largest = SIZES_M2[self.category]
        area_m2 = self.rng.randint(smallest, largest)
        known = self.rng.random()
        return {"capacity": max(3, area_m2 // 3) if known < 0.6 else None, "area_m2": area_m2 if known < 0.75 else None}

    def _upkeep(self, dealt: dict[str, str]) -> dict[str, Any]:
        rng = self.rng
        planned = dealt["status"] == "planned"
        opened = f"{rng.randint(2017, 2023)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        return {
            "opened": opened if not planned and rng.random() < 0.7 else None,
            "status": dealt["status"] if dealt["status"] != "open" else None,
            "verified": None if planned else self._check(dealt["checked"], dealt["checker"]),
            "position": {"how": "demo", "datum": "wgs84"},
        }

    def _check(self, period: str, checker: str) -> dict[str, str] | None:
        if not period:
            return None
        month = self.rng.randint(1, 12 if period < "2026" else 9)
        day = self.rng.randint(1, 28)
        if period == "2026-10":
            month, day = self.rng.choice(((10, day), (11, min(day, 18))))
        by, how = checker.split(" ")
        return {"on": f"{period[:4]}-{month:02d}-{day:02d}", "by": by, "how": how}


def _landmarks(properties: dict[str, Any], point: LonLat) -> dict[str, Any]:
    """Return the aliases and the address of a station with the landmarks it lies by; drawn from no deck and no chance."""
    near = near_landmarks(point)
    if not near:
        return {}
    aliases, address = properties["aliases"], properties["address"]
    if properties["category"] == "outdoor_worker":
        aliases = aliases + [f"{name}{LANDMARK_ALIAS}" for name, away_m in near if away_m <= NICKNAMED_M]
    if address:
        address += f"({','.join(f'距{name}约{away_m / 1000:.1f}公里' for name, away_m in near)})"
    return {"aliases": aliases, "address": address}


def _closures(row: str) -> list[dict[str, str]]:
    if not row:
        return []
    start, end, reason = row.split(" ")
    return [{"from": start, **({"to": end} if end else {}), "reason": reason}]


def _is_known(value: object) -> bool:
    return value is not None and value != []


def write(features: list[Feature]) -> bytes:
    """Return the canonical file: the header, then one feature a line."""
    lines = ",\n".join(_json(feature) for feature in features)
    return f'{{"type":"FeatureCollection","stationmap":{_json(HEADER)},"features":[\n{lines}\n]}}\n'.encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    """Write the registry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "stations.geojson")
    parser.parse_args().out.write_bytes(write(generate(ROOT / "data" / "areas")))


if __name__ == "__main__":
    main()
