"""What saving the form of a station costs: from the POST to the answer, when the published file holds the change.

    python benchmarks/staff_form.py

The demonstration registry, 1,002 stations, in a temporary folder; an editor is signed in. *Form* is the page with all
its fields, as it is opened. *Save* is one field changed, sent with all others as a browser sends them: the base is
found, every field is read, the change is merged, committed to the journal and written into the file, and what is
probably wrong is looked for. *Bare* is `State.change` of the same field alone. Seed 20261130.
"""

from __future__ import annotations

import random
import re
import tempfile
import time
from pathlib import Path
from statistics import median

from flask.testing import FlaskClient

from stationmap.accounts import sessions, users
from stationmap.editing.edits import Edit
from stationmap.editing.fields import field_values, station_of
from stationmap.editing.station_form import form_values
from stationmap.registry.model import Station
from stationmap.registry.store import load
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.access.cookies import TOKEN
from stationmap.web.state import EXTENSION, State

SEED, TIMES = 20261130, 25
TARGET_S = 0.3


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stations.geojson"
        path.write_bytes(demo_registry().read_bytes())
        app = create_app(Settings(registry=path, data=Path(folder) / "data", poll_s=3_600), writable=True)
        state: State = app.extensions[EXTENSION]
        client = app.test_client()
        client.set_cookie(TOKEN, _session(state))
        stations = random.Random(SEED).sample(state.snapshot.registry.stations, 2 * TIMES + 1)
        _save(client, state, stations[0])  # the first one loads what it needs
        taken = [_save(client, state, each) for each in stations[1 : TIMES + 1]]
        bare = [_change(state, each) for each in stations[TIMES + 1 :]]
        state.database().close()
    opened, saved = ([times[at] for times in taken] for at in (0, 1))
    verdict = "ok" if median(saved) <= TARGET_S else "MISSED"
    print(f"form opened, median s: {median(opened):.3f}; slowest {max(opened):.3f}")
    print(f"saved to the published file, median s: {median(saved):.3f}; slowest {max(saved):.3f}", end="")
    print(f" of {TARGET_S} {verdict}; State.change alone {median(bare):.3f}, ratio {median(saved) / median(bare):.2f}")


def _session(state: State) -> str:
    with state.database().writing() as connection:
        user = users.add(connection, "bench", name="bench", role="admin", districts=(), at=state.clock())
        return sessions.begin(connection, user.id, method="password", at=state.clock(), label="benchmark")


def _save(client: FlaskClient, state: State, station: Station) -> tuple[float, float]:
    """Return the seconds until the form of a station is there, and until a change of its telephone is in the file."""
    path = f"/staff/stations/{station.id}"
    began = time.perf_counter()
    html = client.get(path).get_data(as_text=True)
    opened_s = time.perf_counter() - began
    shown = {name: re.findall(rf'name="{name}" value="([^"]+)"', html)[-1] for name in ("csrf_token", "base")}
    phone = f"0516-8{random.Random(station.id).randrange(10**6):06}"
    fields = {**form_values(station), **shown, "phone": phone}
    began = time.perf_counter()
    response = client.post(path, data=fields)
    saved_s = time.perf_counter() - began
    assert response.status_code == 303, response.status
    assert load(state.settings.registry)[station.id].properties.phone == phone
    return opened_s, saved_s


def _change(state: State, station: Station) -> float:
    mine = station_of(field_values(station) | {("phone",): "0516-80000000"})
    began = time.perf_counter()
    state.change([Edit(station.id, station, mine)], author="benchmark")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
