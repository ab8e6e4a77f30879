"""Search among many places, beside two named peers that answer the same questions in the same run.

    python benchmarks/places.py [count]

Places are invented: streets, crossings, stops and compounds of syllables that streets of China are named by, in Chinese
and English. Questions are names, parts of them, pinyin, initials, crossings and slips, each kind 40 times, seed 17; of
each kind the median and the slowest, in milliseconds of the processor, as others may use the machine meanwhile. Peers:
SQLite's FTS5 with trigrams (parts of three characters and more, no pinyin, no slips) and rapidfuzz (`process.extract`
by `partial_ratio` over all names, no pinyin either). *Found* is the share of questions in whose first ten answers a
place of the name meant is. Memory is what the process grew by while it opened the file, in a process of its own.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from rapidfuzz import fuzz, process

from stationmap.places import places_file
from stationmap.places.place import MAX_PLACES, Place
from stationmap.places.places import Places
from stationmap.places.search import guess, search
from stationmap.provenance import Bounds, Provenance, Rights

SEED, QUESTIONS, K = 17, 40, 10
TARGET_MS = 50
FIRST = "中人民和平解放建设淮海汉云龙泉山鼓楼铜新华长江黄河复兴青年湖滨苏堤王陵彭城奎园三环金骆驼段庄翟响"
LAST = ("路", "街", "大道", "巷", "花园", "小区", "广场", "大厦", "小学", "站", "桥", "公园")
ENGLISH = {
    "路": "Road",
    "街": "Street",
    "大道": "Avenue",
    "巷": "Lane",
    "站": "Station",
    "公园": "Park",
    "桥": "Bridge",
}
MADE = Provenance(
    Rights("invented", "CC0-1.0", "invented"), None, Bounds(116, 33, 118, 35), "invented.osm.pbf", "0" * 64,
    datetime(2026, 11, 1, tzinfo=UTC), "0" * 12,
)  # fmt: skip


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MAX_PLACES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "places.geojson"
        places_file.write(path, invented(count), MADE)
        with get_context("spawn").Pool(1) as pool:
            grown_mb, opened_s = pool.apply(grown_by, (path,))
        places = Places.open(path)
        size_mb = path.stat().st_size / 1e6
        print(f"{count:,} places, file {size_mb:.0f} MB, opened in {opened_s:.1f} s, {grown_mb:.0f} MB of memory\n")
        print(f"{'questions':<12} {'who':<14} {'median ms':>10} {'slowest ms':>11} {'found':>6}")
        for kind, asked in questions(places).items():
            for who, answer in peers(places).items():
                row(kind, who, asked, answer)


def row(kind: str, who: str, asked: Sequence[tuple[str, str]], answer: Callable[[str], list[str]]) -> None:
    """Print how long answers took, and in how many of them what was meant was found."""
    took, found = [], 0
    for text, meant in asked:
        begun = time.thread_time()
        names = answer(text)
        took.append((time.thread_time() - begun) * 1e3)
        found += meant in names
    verdict = "" if who != "stationmap" else "ok" if max(took) <= TARGET_MS else f"MORE THAN {TARGET_MS} ms"
    print(f"{kind:<12} {who:<14} {median(took):>10.1f} {max(took):>11.1f} {found / len(asked):>6.0%} {verdict}")


def peers(places: Places) -> dict[str, Callable[[str], list[str]]]:
    """Return who answers: each a function of a text that returns ten names."""
    names = [place.name for place in places]
    table = sqlite3.connect(":memory:")
    table.execute("CREATE VIRTUAL TABLE place USING fts5(name, more, tokenize='trigram')")
    texts = ((place.name, " ".join((place.name_en, *place.aliases))) for place in places)
    table.executemany("INSERT INTO place VALUES (?, ?)", texts)

    def ours(text: str) -> list[str]:
        matches = search(places, text, K) or guess(places, text, K)
        return [places.at(match.row).name for match in matches]

    def fts5(text: str) -> list[str]:
        wanted = " ".join('"' + word.replace('"', '""') + '"' for word in text.split())
        found = table.execute("SELECT name FROM place WHERE place MATCH ? ORDER BY rowid LIMIT ?", (wanted, K))
        return [name for (name,) in found]

    def fuzzy(text: str) -> list[str]:
        return [name for name, _, _ in process.extract(text, names, scorer=fuzz.partial_ratio, limit=K)]

    return {"stationmap": ours, "SQLite FTS5": fts5, "rapidfuzz": fuzzy}


def questions(places: Places) -> dict[str, list[tuple[str, str]]]:
    """Return what is typed and the name that is meant, by kind."""
    draw = random.Random(SEED)
    readings = {character: reading for reading, all_read in places.head.readings.items() for character in all_read}
    drawn = [places.at(draw.randrange(len(places))) for _ in range(QUESTIONS)]
    crossings = [place for place in drawn if place.kind == "crossing"]

    def pinyin(name: str) -> list[str]:
        return [readings.get(character, character) for character in name]

    return {
        "names": [(place.name, place.name) for place in drawn],
        "parts": [(place.name[1:4], place.name) for place in drawn],
        "one letter": [(place.name[-1], place.name) for place in drawn],
        "pinyin": [("".join(pinyin(place.name)), place.name) for place in drawn],
        "initials": [("".join(each[0] for each in pinyin(place.name)), place.name) for place in drawn],
        "English": [(place.name_en, place.name) for place in drawn if place.name_en],
        "crossings": [(place.name.removesuffix("路口").replace("与", " "), place.name) for place in crossings],
        "slips": [(place.name[:-2] + "囧" + place.name[-1:], place.name) for place in drawn],
        "letter slips": [("".join(pinyin(place.name))[:-2] + "v", place.name) for place in drawn],
        "nonsense": [("x".join(draw.choices("qzvwk", k=4)), "") for _ in drawn],
    }


def invented(count: int) -> list[Place]:
    """Return so many places of which a third are crossings."""
    draw = random.Random(SEED)
    streets: list[Place] = []
    found: list[Place] = []
    for number in range(count):
        lon, lat = draw.uniform(116.3, 118.6), draw.uniform(33.8, 34.9)
        if number % 3 == 2 and streets:
            one, other = draw.choice(streets), draw.choice(streets)

            english = f"{one.name_en} and {other.name_en}" if one.name_en and other.name_en else ""
            found.append(Place("crossing", f"{one.name}与{other.name}路口", lon, lat, 28, english, (), "云龙区"))
            continue
        stem, last = "".join(draw.choices(FIRST, k=draw.choice((2, 2, 3, 4)))), draw.choice(LAST)
        english = f"{stem.encode().hex()[:9].title()} {ENGLISH[last]}" if last in ENGLISH else ""
        place = Place(
            "street", stem + last, lon, lat, draw.randint(20, 60), english, (), draw.choice(("鼓楼区", "泉山区"))
        )
        found.append(place)
        if last in ("路", "街", "大道"):
            streets.append(place)
    return found


def grown_by(path: Path) -> tuple[float, float]:
    """Return how many MB this process grew by while it opened a file and answered once, and the seconds it took."""
    before = resident_mb()
    begun = time.perf_counter()
    places = Places.open(path)
    took = time.perf_counter() - begun
    search(places, "renminlu", K)
    return resident_mb() - before, took


def resident_mb() -> float:
    """Return the memory of this process by the kernel's account."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
