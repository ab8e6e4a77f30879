"""Importing lists in a browser: taken in, compared aside, looked over, decided, applied as one revision."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.editing.edits import Edit
from stationmap.errors import no_progress
from stationmap.exchange.export import export
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.storage import previews, proposals, uploads
from stationmap.storage.uploads import UploadError
from stationmap.web.staff.imports.import_task import AskedImport, compare_aside
from tests.apps import MONDAY_10, registry_of
from tests.staff import Clock, form_token, signed_in, staff_app, state_of
from tests.strategies import station
from tests.workbooks import repacked, workbook

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}"
HEADER = ("编号", "名称", "类别", "区县", "经度(WGS-84)", "纬度(WGS-84)", "开放时间", "电话")


class Desk:
    """An application with three stations, and whoever imports lists there."""

    def __init__(self, folder: Path) -> None:
        self.app: Flask = staff_app(folder, registry_of(stations()), clock=Clock())
        self.state = state_of(self.app)
        self.state.journal_head()

    @property
    def registry(self) -> Registry:
        """What is served now."""
        return self.state.snapshot.registry

    def client(self, login: str = "li", **role: Any) -> FlaskClient:
        """Sign somebody in, by default as a reviewer."""
        return signed_in(self.app, login, **(role or {"role": "reviewer"}))

    def compare(self, token: str) -> None:
        """Do in this process what is done aside."""
        compare_aside(AskedImport(self.state.settings, self.state.snapshot.calendar, token), no_progress)

    def sent(self, client: FlaskClient, *files: tuple[str, bytes], **values: str) -> Any:
        """Send lists by the form, and return the response."""
        given = [(io.BytesIO(data), name) for name, data in files]
        token = form_token(client, "/staff/import")
        return client.post("/staff/import", data={"lists": given, "csrf_token": token, **values})

    def looked_at(self, client: FlaskClient, *files: tuple[str, bytes], **values: str) -> str:
        """Send lists, compare them, and return the address of their page."""
        response = self.sent(client, *files, **values)
        assert response.status_code == 303, response.get_data(as_text=True)
        address = str(response.headers["Location"])
        self.compare(token_of(address))
        return address

    def post(self, client: FlaskClient, address: str, **values: Any) -> Any:
        """Send the form of a page of an import."""
        return client.post(address, data={**values, "csrf_token": form_token(client, address)})


def token_of(address: str) -> str:
    return address.partition("?")[0].rpartition("/")[2]


def stations() -> list[Station]:
    usual: dict[str, Any] = {"category": "outdoor_worker", "access": {"who": "public"}}
    return [
        station("001", 117.20, 34.26, name="甲驿站", district="320303", phone="0516-1111111", **usual),
        station("002", 117.25, 34.27, name="乙驿站", district="320303", phone="0516-2222222", **usual),
        station("003", 117.17, 34.19, name="丙驿站", district="320312", phone="0516-3333333", **usual),
    ]


def table(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows((header, *rows))
    return text.getvalue().encode()


FIRST = ("001", "甲驿站", "户外劳动者服务站点", "云龙区", "117.2", "34.26", "", "0516-9999999")
THIRD = ("003", "丙驿站", "户外劳动者服务站点", "铜山区", "117.17", "34.19", "", "0516-8888888")
NEW = ("009", HOSTILE, "户外劳动者服务站点", "云龙区", "117.22", "34.25", "每天8:00-18:00", "0516-7777777")
DOUBTFUL = ("2", "乙驿站", "户外劳动者服务站点", "云龙区", "117.25", "34.27", "", "0516-2222222")
MOVED = ("002", "乙驿站", "户外劳动者服务站点", "云龙区", "117.26", "34.27", "", "0516-2222222")
BAD = ("010", "戊驿站", "户外劳动者服务站点", "云龙区", "", "", "", "")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return str(response.get_data(as_text=True))


def test_lists_show_what_they_would_change_before_anything_is_changed(desk: Desk) -> None:
    before = desk.registry.revision
    client = desk.client()
    address = desk.looked_at(client, ("泉山区.csv", table(FIRST, NEW, MOVED, BAD)))
    shown = {group: text_of(client, f"{address}?group={group}") for group in ("changed", "added", "moved", "rejected")}
    assert "0516-1111111" in shown["changed"] and "0516-9999999" in shown["changed"]
    assert "&lt;img src=x" in shown["added"] and "<img" not in shown["added"] and "{{7*7}}" in shown["added"]
    assert re.search(r"移动 9\d\d 米", shown["moved"])
    assert "戊驿站" in shown["rejected"] and "第 5 行" in shown["rejected"]
    assert "丙驿站" in text_of(client, f"{address}?group=missing")
    assert "phone" in text_of(client, f"{address}?group=changed&lang=en").lower()
    assert desk.registry.revision == before


def test_what_is_chosen_becomes_one_revision_that_can_be_undone(desk: Desk) -> None:
    client = desk.client()
    address = desk.looked_at(client, ("a.csv", table(FIRST, NEW, THIRD)))
    values = {"action": "apply", "groups": ["changed"], "without": "003", "shown": ["001", "003"], "reason": "七月"}
    response = desk.post(client, address, **values)
    assert response.status_code == 303
    assert desk.registry["001"].properties.phone == "0516-9999999"
    assert desk.registry["003"].properties.phone == "0516-3333333" and "009" not in desk.registry
    page = text_of(client, address)
    assert "已写入 1 个站点" in page
    (seq,) = re.findall(r"/staff/history/(\d+)/undo", page)
    revision = text_of(client, f"/staff/history/{seq}")
    assert "七月" in revision and "导入" in revision
    response = desk.post(client, f"/staff/history/{seq}/undo", expected=desk.registry.revision)
    assert response.status_code == 303 and desk.registry["001"].properties.phone == "0516-1111111"


def test_a_list_that_was_changed_since_is_compared_again_with_one_tap(desk: Desk) -> None:
    client = desk.client()
    address = desk.looked_at(client, ("a.csv", table(FIRST, THIRD)))
    token = form_token(client, address)
    changed = stations()[1].model_copy(
        update={"properties": stations()[1].properties.model_copy(update={"phone": "0516-5"})}
    )
    desk.state.change([Edit("002", desk.registry["002"], changed)], author="王")
    values = {"action": "apply", "groups": ["changed"], "csrf_token": token, "without": "003", "shown": "003"}
    response = client.post(address, data=values)
    assert response.status_code == 412 and "没有写入" in response.get_data(as_text=True)
    assert desk.registry["001"].properties.phone == "0516-1111111"
    again = {"action": "again", "groups": ["changed"], "without": "003", "shown": "003"}
    assert desk.post(client, address, **again).status_code == 303
    desk.compare(token_of(address))
    assert 'value="003" checked' in text_of(client, f"{address}?group=changed")  # what was left out stays so
    assert desk.post(client, address, action="apply", groups=["changed"]).status_code == 303
    assert desk.registry["001"].properties.phone == "0516-9999999"
    assert desk.registry["002"].properties.phone == "0516-5" and desk.registry["003"].properties.phone != "0516-8888888"


def test_a_row_that_resembles_a_station_is_decided_by_a_person(desk: Desk) -> None:
    client = desk.client()
    address = desk.looked_at(client, ("a.csv", table((*DOUBTFUL[:-1], "0516-4444444"))))
    page = text_of(client, f"{address}?group=duplicate")
    assert "乙驿站" in page and 'value="002"' in page
    assert desk.post(client, address, action="again", **{"same-0": "002"}).status_code == 303
    desk.compare(token_of(address))
    assert "0516-4444444" in text_of(client, f"{address}?group=changed")
    desk.post(client, address, action="apply", groups=["changed"])
    assert desk.registry["002"].properties.phone == "0516-4444444" and len(desk.registry) == 3


def test_rows_that_are_almost_certainly_stations_on_record_are_decided_at_once(desk: Desk) -> None:
    client = desk.client()
    of_first = ("901", "甲驿站", "户外劳动者服务站点", "云龙区", "117.2", "34.26", "", "0516-9999999")
    of_third = [(number, *THIRD[1:]) for number in ("903", "904")]  # which of the two it is, nobody knows
    elsewhere = ("905", "乙驿站", "户外劳动者服务站点", "云龙区", "117.4", "34.37", "", "")  # the name alone: 70 %
    address = desk.looked_at(client, ("a.csv", table(of_first, *of_third, elsewhere)))
    page = text_of(client, f"{address}?group=duplicate")
    assert "其中 1 行几乎可以肯定就是已有的站点" in page and page.count('name="same-') == 4
    assert desk.post(client, address, action="sure").status_code == 303
    desk.compare(token_of(address))
    page = text_of(client, f"{address}?group=duplicate")
    assert page.count('name="same-') == 3 and "几乎可以肯定" not in page
    assert "0516-9999999" in text_of(client, f"{address}?group=changed")
    desk.post(client, address, action="apply", groups=["changed"])
    assert desk.registry["001"].properties.phone == "0516-9999999" and len(desk.registry) == 3


def test_what_a_person_decided_goes_before_what_is_almost_certain(desk: Desk) -> None:
    client = desk.client()
    address = desk.looked_at(client, ("a.csv", table(DOUBTFUL)))
    desk.post(client, address, action="sure", **{"same-0": "2"})
    desk.compare(token_of(address))
    assert 'value="2"' in text_of(client, f"{address}?group=added")


def test_a_station_nobody_offered_is_not_taken_for_a_row(desk: Desk) -> None:
    client = desk.client()
    address = desk.looked_at(client, ("a.csv", table(DOUBTFUL)))
    desk.post(client, address, action="again", **{"same-0": "003"})
    desk.compare(token_of(address))
    assert 'name="same-0"' in text_of(client, f"{address}?group=duplicate")
    desk.post(client, address, action="again", **{"same-0": "2"})  # a new station
    desk.compare(token_of(address))
    assert 'value="2"' in text_of(client, f"{address}?group=added")


def test_no_datum_is_guessed_and_the_page_asks_for_it(desk: Desk) -> None:
    header = (*HEADER[:4], "经度", "纬度", *HEADER[6:])
    client = desk.client()
    moved = (*FIRST[:4], "117.21", *FIRST[5:])
    address = desk.looked_at(client, ("a.csv", table(moved, header=header)))
    page = text_of(client, address)
    assert "没有写明坐标系" in page and 'name="datum"' in page and 'value="apply"' not in page
    desk.post(client, address, action="again", datum="gcj02")
    desk.compare(token_of(address))
    page = text_of(client, f"{address}?group=moved")
    assert re.search(r"移动 [45]\d\d 米", page) and "GCJ-02" in page  # 0.01 degrees less the offset


def test_a_heading_that_is_not_known_is_mapped_and_remembered(desk: Desk) -> None:
    header = (*HEADER[:7], "联络方式甲")
    client = desk.client()
    address = desk.looked_at(client, ("a.csv", table(FIRST, header=header)))
    assert "没有读" in text_of(client, address)
    desk.post(client, address, action="again", **{"map-7": "phone"})
    desk.compare(token_of(address))
    assert "0516-9999999" in text_of(client, f"{address}?group=changed")
    desk.post(client, address, action="apply", groups=["changed"])
    later = table((*FIRST[:7], "0516-6666666"), header=header)
    address = desk.looked_at(client, ("b.csv", later))
    page = text_of(client, f"{address}?group=changed")
    assert "0516-6666666" in page and "按上次的说法" in page


def test_headings_are_typed_where_none_was_made_out(desk: Desk) -> None:
    header = ("甲一", "甲二", "甲三", "甲四", "甲五", "甲六", "甲七", "甲八")
    client = desk.client()
    address = desk.looked_at(client, ("a.csv", table(FIRST, header=header)))
    assert 'name="heading-0"' in text_of(client, address)
    names = ("id", "name", "category", "district", "lon", "lat")
    typed = {f"heading-{at}": header[at] for at in range(6)} | {f"typed-{at}": name for at, name in enumerate(names)}
    desk.post(client, address, action="again", datum="wgs84", **typed)
    desk.compare(token_of(address))
    assert "这些清单还不能比对" not in text_of(client, address)


def test_a_doubtful_datum_stops_everything_until_somebody_looked(desk: Desk, tmp_path: Path) -> None:
    from stationmap.datum import Datum, from_wgs84

    many = [
        station(f"{at:03}", 117.1 + at % 10 / 50, 34.2 + at // 10 / 50, name=f"第{at}驿站", district="320303")
        for at in range(40)
    ]
    folder = tmp_path / "many"
    folder.mkdir()
    other = Desk.__new__(Desk)
    other.app = staff_app(folder, registry_of(many), clock=Clock())
    other.state = state_of(other.app)
    other.state.journal_head()
    rows = []
    for each in many:
        lon, lat = from_wgs84(*each.geometry.coordinates, Datum.GCJ02)
        rows.append((each.id, each.name, "", "云龙区", f"{lon:.6f}", f"{lat:.6f}", "", ""))
    client = other.client()
    address = other.looked_at(client, ("a.csv", table(*rows)))
    before = other.registry.revision
    assert "坐标系可能选错了" in text_of(client, address)
    response = other.post(client, address, action="apply", groups=["moved"])
    assert response.status_code == 422 and other.registry.revision == before
    assert other.post(client, address, action="apply", groups=["moved"], trusts_datum="1").status_code == 303
    assert other.registry.revision != before


def test_rows_of_other_districts_become_one_proposal(desk: Desk) -> None:
    client = desk.client("zhang", role="editor", districts=["320303"])
    address = desk.looked_at(client, ("a.csv", table(FIRST, THIRD)))
    desk.post(client, address, action="apply", groups=["changed"])
    assert desk.registry["001"].properties.phone == "0516-9999999"
    assert desk.registry["003"].properties.phone == "0516-3333333"
    latest = desk.state.journal_head()
    with desk.state.database().reading() as connection:
        assert proposals.waiting(connection, latest.registry_id) == 1
    assert "1 个其他区县的站点" in text_of(client, address)


def test_only_its_author_and_reviewers_see_an_import(desk: Desk) -> None:
    author = desk.client("zhang", role="editor", districts=["320303"])
    address = desk.looked_at(author, ("a.csv", table(FIRST)))
    other = desk.client("zhao", role="editor", districts=["320303"])
    for each in (address, f"{address}/progress", f"/staff/import/{'x' * 43}"):
        assert other.get(each).status_code == 404
    assert "a.csv" not in text_of(other, "/staff/import")
    for client in (author, desk.client()):
        assert client.get(address).status_code == 200
        assert "a.csv" in text_of(client, "/staff/import")
    assert desk.client("viewer", role="viewer").get("/staff/import").status_code == 403


def test_an_import_is_discarded(desk: Desk) -> None:
    client = desk.client()
    address = desk.looked_at(client, ("a.csv", table(FIRST)))
    assert desk.post(client, address, action="discard").status_code == 303
    assert client.get(address).status_code == 404


def test_the_comparison_runs_aside_and_the_page_says_how_far_it_is(desk: Desk) -> None:
    client = desk.client()
    data = workbook([HEADER, FIRST, NEW])
    response = desk.sent(client, ("a.xlsx", data))
    address = response.headers["Location"]
    assert 'id="working"' in text_of(client, address)
    for _ in range(300):
        if client.get(f"{address}/progress").json["ready"]:
            break
        time.sleep(0.1)
    page = text_of(client, address)
    assert 'id="working"' not in page and 'value="apply"' in page


def test_our_own_workbook_comes_back_unchanged(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    with out.open("wb") as file:
        export(desk.registry, ".xlsx", file, "zh")
    client = desk.client()
    page = text_of(client, desk.looked_at(client, ("我们的.xlsx", out.read_bytes())))
    assert "没有变化 <b>3</b>" in page and "列和坐标系怎么读" not in page


# what must not be taken


def test_bad_files_are_named_and_nothing_else_is_lost(desk: Desk) -> None:
    client = desk.client()
    bomb = repacked(workbook([HEADER, FIRST]), {"xl/worksheets/sheet1.xml": b"\0" * 30_000_000})
    files = (
        ("good.csv", table(FIRST)),
        ("bomb.xlsx", bomb),
        ("noise.xlsx", b"PK\x03\x04noise"),
        ("x.csv", b"\xff\xfe"),
    )
    page = text_of(client, desk.looked_at(client, *files))
    assert all(name in page for name in ("bomb.xlsx", "noise.xlsx", "x.csv")) and "good.csv" in page
    assert 'value="apply"' not in page
    for given in ((), (("empty.csv", b""),), (("a.csv", table(FIRST)), ("a.csv", table(NEW)))):
        assert desk.sent(client, *given).status_code == 422


def test_a_large_list_comes_in_parts(desk: Desk) -> None:
    client = desk.client()
    page = text_of(client, "/staff/import")
    upload = re.findall(r'name="upload" value="([^"]+)"', page)[0]
    token = form_token(client, "/staff/import")
    data = table(FIRST, *[("", "x" * 900, "", "", "", "", "", "") for _ in range(1_000)])
    size = 512 * 1024
    headers = {"X-CSRF-Token": token, "Content-Type": "application/octet-stream"}
    for part in range(-(-len(data) // size)):
        query = {"upload": upload, "file": 0, "part": part, "name": "../../etc/大.csv"}
        piece = data[part * size : (part + 1) * size]
        assert client.post("/staff/import/parts", query_string=query, data=piece, headers=headers).status_code == 200
    response = client.post("/staff/import", data={"upload": upload, "in_parts": "1", "csrf_token": token})
    assert response.status_code == 303
    address = response.headers["Location"]
    desk.compare(token_of(address))
    page = text_of(client, f"{address}?group=changed")
    assert "0516-9999999" in page and "大.csv" in page and "etc" not in page


def test_parts_are_taken_only_of_who_is_signed_in_in_the_right_form_and_size(desk: Desk) -> None:
    client, stranger = desk.client(), desk.app.test_client()
    token = form_token(client, "/staff/import")
    good = {"X-CSRF-Token": token, "Content-Type": "application/octet-stream"}
    query: dict[str, Any] = {"upload": "x" * 43, "file": 0, "part": 0, "name": "a.csv"}

    def status(by: FlaskClient = client, data: bytes = b"x", headers: Any = good, **changed: Any) -> int:
        asked = {**query, **changed}
        return by.post("/staff/import/parts", query_string=asked, data=data, headers=headers).status_code

    assert status(stranger) == 400 and status(headers={**good, "X-CSRF-Token": "no"}) == 400
    assert status(headers={**good, "Content-Type": "text/plain"}) == 415
    assert status(data=b"x" * (512 * 1024 + 1)) == 413
    assert status(upload="short") == 400 and status(part="x") == 400
    assert status(part=64) == 413 and status(file=99) == 413 and status(part=-1) == 413
    assert desk.client("viewer", role="viewer").post("/staff/import/parts").status_code in (400, 403)
    latest = desk.state.journal_head()
    with desk.state.database().reading() as connection:
        assert previews.listed(connection, latest.registry_id) == []


def test_who_is_not_signed_in_uploads_nothing_and_nobody_more_than_a_request_may_have(desk: Desk) -> None:
    stranger, client = desk.app.test_client(), desk.client()
    form = {"lists": [(io.BytesIO(table(FIRST)), "a.csv")]}
    assert stranger.post("/staff/import", data=form).status_code == 400
    assert stranger.get("/staff/import").status_code == 303
    token = form_token(client, "/staff/import")
    large = {"data": b"x" * 1_100_000, "content_type": "multipart/form-data; boundary=x"}
    assert client.post("/staff/import", **large).status_code == 413
    for values in ({"upload": "x" * 43, "in_parts": "1"}, {"upload": "../etc", "in_parts": "1"}):
        assert client.post("/staff/import", data={**values, "csrf_token": token}).status_code == 422
    latest = desk.state.journal_head()
    with desk.state.database().reading() as connection:
        assert previews.listed(connection, latest.registry_id) == []


def test_nobody_takes_all_the_room(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 100)
    monkeypatch.setattr(uploads, "MAX_ALL_BYTES", 150)
    about: dict[str, Any] = {"name": "a", "at": MONDAY_10}
    with desk.state.database().writing() as connection:
        uploads.add_part(connection, "t1", (0, 0), b"x" * 100, login="a", **about)
        uploads.add_part(connection, "t1", (0, 0), b"y" * 100, login="a", **about)  # sent once more
        with pytest.raises(UploadError):
            uploads.add_part(connection, "t1", (0, 1), b"x", login="a", **about)
        with pytest.raises(UploadError):
            uploads.add_part(connection, "t2", (0, 0), b"x" * 60, login="b", **about)
        with pytest.raises(UploadError):  # somebody else's
            uploads.add_part(connection, "t1", (0, 1), b"x", login="b", **about)
        assert uploads.take_files(connection, "t1", login="b") == []
        assert uploads.take_files(connection, "t1", login="a") == [("a", b"y" * 100)]
        assert uploads.take_files(connection, "t1", login="a") == []
