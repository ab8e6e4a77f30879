"""Distances and times by OSRM or Valhalla, in a Python that has their wheels: a question on standard input as JSON.

    {"router": "osrm", "profile": "foot", "pbf": PATH, "places": [[lon, lat], ..]}

The answer has `metres` and `seconds`, a row for each place, null where there is no way, and `off_m`, how far each place
lies from the street it was joined to; `took_s` is how long the table took. Nothing of this project is imported.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import import_module  # of what is no dependency of this project
from pathlib import Path

RIDDEN = """
local bicycle = require('bicycle')
local found = {}
for name, value in pairs(bicycle) do found[name] = value end
found.process_way = function(profile, way, result, relations)
  bicycle.process_way(profile, way, result, relations)
  if result.forward_mode == mode.pushing_bike then result.forward_mode = mode.inaccessible end
  if result.backward_mode == mode.pushing_bike then result.backward_mode = mode.inaccessible end
end
return found
"""
"""OSRM's bicycle that nobody pushes: no steps, no footways, no one-way the wrong way round."""


def by_osrm(osrm, asked, folder):
    profiles = folder / "profiles"
    shutil.copytree(Path(osrm.__file__).parent / "share" / "profiles", profiles)
    (profiles / "ridden.lua").write_text(RIDDEN)
    graph = str(folder / "city.osrm")
    pbf = shutil.copy(asked["pbf"], folder / "city.osm.pbf")
    for step in (
        ["extract", "-p", str(profiles / (asked["profile"] + ".lua")), pbf],
        ["partition", graph],
        ["customize", graph],
    ):
        subprocess.run([sys.executable, "-m", "osrm", *step], check=True, capture_output=True)
    count = len(asked["places"])
    engine = osrm.OSRM(
        storage_config=graph, algorithm="MLD", use_shared_memory=False, max_locations_distance_table=count
    )
    places = [tuple(place) for place in asked["places"]]
    start = time.perf_counter()
    found = engine.Table(osrm.TableParameters(coordinates=places, annotations=["distance", "duration"]))
    took_s = time.perf_counter() - start
    return {
        "metres": [list(row) for row in found["distances"]],
        "seconds": [list(row) for row in found["durations"]],
        "off_m": [source["distance"] for source in found["sources"]],
        "took_s": took_s,
    }


def by_valhalla(valhalla, asked, folder):
    (folder / "tiles").mkdir()
    (folder / "tiles.tar").touch()
    config = valhalla.get_config(tile_extract=str(folder / "tiles.tar"), tile_dir=str(folder / "tiles"), verbose=False)
    del config["mjolnir"]["tile_extract"]
    config["service_limits"][asked["profile"]] |= {"max_matrix_location_pairs": 10**7, "max_matrix_distance": 10**6}
    config["service_limits"]["max_timedep_distance_matrix"] = 0
    (folder / "config.json").write_text(json.dumps(config))
    build = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    subprocess.run([build, "-c", folder / "config.json", asked["pbf"]], check=True, capture_output=True)
    actor = valhalla.Actor(str(folder / "config.json"))
    places = [{"lon": lon, "lat": lat} for lon, lat in asked["places"]]
    options = {asked["profile"]: asked.get("options", {})}
    question = {"sources": places, "targets": places, "costing": asked["profile"], "costing_options": options}
    start = time.perf_counter()
    text = actor.matrix(json.dumps(question))
    took_s = time.perf_counter() - start
    found = json.loads(text)["sources_to_targets"]
    metres = [[None if each["distance"] is None else each["distance"] * 1000 for each in row] for row in found]
    seconds = [[each["time"] for each in row] for row in found]
    return {"metres": metres, "seconds": seconds, "off_m": [0.0] * len(places), "took_s": took_s}


def main():
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        by_router = {"osrm": by_osrm, "valhalla": by_valhalla}[asked["router"]]
        found = by_router(import_module(asked["router"]), asked, Path(folder))
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
