"""The pages that look things over, in a real browser: what needs care, history, conflicts, imports."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from playwright.sync_api import expect

from benchmarks.fixture.browsing import serving
from stationmap.editing.edits import Edit
from stationmap.editing.fields import field_values, station_of
from stationmap.errors import no_progress
from stationmap.registry.model import Station
from stationmap.registry.registry import dumps, parse
from stationmap.web.access.cookies import TOKEN
from stationmap.web.staff.imports.import_task import AskedImport, compare_aside
from stationmap.web.staff.review.examination_task import AskedExamination, examine_aside
from stationmap.web.staff.review.examinations import Examinations
from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, NOW, PHONE, Opened, Watched
from tests.conftest import ROOT
from tests.staff import Clock, add_user, begin_session, send, signed_in, staff_app, state_of

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}\u202e"
DEMO = parse((ROOT / "data" / "stations.geojson").read_bytes())
FIRST, SECOND, THIRD = (station.id for station in DEMO.stations[:3])
LARGE = "localStorage.setItem('stationmap.large', '1')"

Staff = Callable[..., Watched]


class Served(NamedTuple):
    origin: str
    app: Flask
    preview: str


def with_values(station: Station, **values: Any) -> Station:
    return station_of({**field_values(station), **{(name,): value for name, value in values.items()}})


def a_list() -> bytes:
    """A list with a row of each kind, hostile text in all of them."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("编号", "名称", "类别", "区县", "经度(WGS-84)", "纬度(WGS-84)", "电话", "备用栏"))
    for number, station in enumerate(DEMO.stations[3:6]):
        lon, lat = station.geometry.coordinates
        moved = lon + (0.01 if number == 1 else 0)
        rows.writerow((station.id, station.name, "", station.district, moved, lat, "0516-1234567", HOSTILE))
    rows.writerow(("new-1", f"{HOSTILE}驿站", "工会驿站", "云龙区", "117.2461", "34.2471", "", ""))
    lon, lat = DEMO.stations[7].geometry.coordinates
    rows.writerow(
        (
            "7",
            DEMO.stations[7].name,
            "工会驿站",
            DEMO.stations[7].district,
            lon,
            lat,
            DEMO.stations[7].properties.phone,
            "",
        )
    )
    rows.writerow(("bad", HOSTILE, "", "云龙区", "x", "y", "", ""))
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration with a history, a conflict, an import, and what needs care worked out."""
    clock = Clock(NOW - timedelta(days=9))
    app = staff_app(tmp_path_factory.mktemp("staff"), DEMO, clock=clock)
    state = state_of(app)
    state.journal_head()
    base = DEMO[FIRST]
    state.change([Edit(FIRST, base, with_values(base, name=HOSTILE, phone="1"))], author=HOSTILE, reason=HOSTILE)
    clock.at = NOW
    second = state.snapshot.registry[SECOND]
    editable = state.keeper.editable(state.snapshot.registry)  # type: ignore[union-attr]
    editable.change([Edit(SECOND, second, with_values(second, phone="2"))], author="王", publish=False)
    file = state.settings.registry
    by_hand = parse(file.read_bytes())
    file.write_bytes(dumps(by_hand.with_changes({SECOND: with_values(by_hand[SECOND], phone=HOSTILE)})))
    state.refresh()
    client = signed_in(app, "li", role="reviewer")
    values = {"lists": [(io.BytesIO(a_list()), "清单.csv")]}
    preview = send(client, "/staff/import", values).headers["Location"]
    compare_aside(AskedImport(state.settings, state.snapshot.calendar, preview.rpartition("/")[2]), no_progress)
    path = Examinations(state.settings).path_of(state.snapshot.registry.revision, NOW)
    examine_aside(AskedExamination(state.settings, state.snapshot.calendar, NOW, path), no_progress)
    with serving(app) as origin:
        yield Served(origin, app, preview)


@pytest.fixture
def staff(opened: Opened, site: Served) -> Staff:
    """Open a page as somebody of the staff."""

    def open_page(path: str, login: str = "li", role: Any = "reviewer", districts: Any = (), **how: Any) -> Watched:
        token = begin_session(site.app, add_user(site.app, login, role=role, districts=districts))
        watched = opened("", at=site.origin, **how)
        watched.page.context.add_cookies([{"name": TOKEN, "value": token, "url": site.origin}])
        watched.page.goto(site.origin + path)
        return watched

    return open_page


@pytest.mark.parametrize(
    ("device", "language", "script"),
    [(PHONE, "zh", LARGE), (DESKTOP, "en", "")],
    ids=["phone-large", "desk-en"],
)
def test_every_page_is_whole_and_for_everybody(
    staff: Staff, site: Served, screens: Path, device: Any, language: str, script: str
) -> None:
    groups = ("moved", "added", "duplicate", "rejected")
    paths = {
        "work": "/staff?view=stations",
        "kinds": "/staff?view=kinds",
        "history": "/staff/history?first=2026-11-24&last=2026-11-01",
        "revision": "/staff/history/2",
        "restore": "/staff/history/1/restore",
        "undo": "/staff/history/2/undo",
        "conflicts": "/staff/conflicts",
        "import": "/staff/import?",
        "handbook": "/staff/handbook/02-import?",
    }
    paths |= {f"preview-{group}": f"{site.preview}?group={group}" for group in groups}
    watched = staff("/staff", device=device, script=script)
    page, wide = watched.page, device["viewport"]["width"]
    for name, path in paths.items():
        page.goto(f"{site.origin}{path}{'&' if '?' in path else '?'}lang={language}")
        assert (name, violations(page)) == (name, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= wide, name
        assert page.locator("img[src='x']").count() == 0
        text = page.locator("main").inner_text()
        assert "演示" in page.locator("body").inner_text() and "49" not in text.split("{{7*7}}")[0][-2:]
        assert "review." not in text and "None" not in text, name
        page.screenshot(
            path=screens / f"staff-{name}-{wide}-{language}{'-large' if script else ''}.png", full_page=True
        )


def test_the_work_list_goes_on_by_itself_once_it_is_made(staff: Staff, site: Served) -> None:
    state = state_of(site.app)
    base = state.snapshot.registry[THIRD]
    state.change([Edit(THIRD, base, with_values(base, phone="0516-3"))], author="王")
    page = staff("/staff").page
    expect(page.locator("#working")).to_be_visible()
    page.clock.run_for(1_000)
    for _ in range(200):
        page.clock.run_for(1_600)
        page.wait_for_timeout(100)
        if page.locator("#working").count() == 0:
            break
    assert page.locator("#working").count() == 0
    assert page.locator(".review-station").count() == 50


def test_it_is_used_by_keyboard_from_the_list_to_the_place_to_mend(staff: Staff) -> None:
    page = staff("/staff?district=320302&kind=hours_unknown", login="zhang", role="editor", districts=("320302",)).page
    link = page.locator(".review-issues a").first
    field = link.get_attribute("href").partition("#")[2]  # type: ignore[union-attr]
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**#{field}")
    assert page.locator(f"#{field}").count() == 1


def test_a_list_of_five_megabytes_is_sent_in_parts(staff: Staff) -> None:
    watched = staff("/staff/import")
    page = watched.page
    rows = a_list().decode() + "\n".join(
        f"大{at},站{at},云龙区,117.2,34.2,{'x' * 900},{'y' * 100}" for at in range(5_000)
    )
    page.locator("[type='file']").set_input_files({"name": "大.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.get_by_role("button", name="看会改什么").click()
    page.wait_for_url("**/staff/import/*")
    sent = [request for request in watched.requests if "/import/parts" in request.url]
    assert len(sent) == -(-len(rows.encode()) // (512 * 1024))
    expect(page.locator("main")).to_contain_text("大.csv")


def test_a_list_that_cannot_be_sent_stays_chosen(staff: Staff) -> None:
    watched = staff("/staff/import", expected=["413"])
    page = watched.page
    page.route("**/import/parts**", lambda route: route.fulfill(status=413, body="{}"))
    page.locator("[type='file']").set_input_files(
        {"name": "大.csv", "mimeType": "text/csv", "buffer": b"x" * 2_000_000}
    )
    page.get_by_role("button", name="看会改什么").click()
    expect(page.locator("#sending")).to_contain_text("没有传完")
    assert page.evaluate("document.querySelector('[type=file]').files.length") == 1
