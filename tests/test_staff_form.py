"""The form of a station: what becomes of it when two people, a double click, or a long night are in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.accounts.roles import Role
from stationmap.editing import field_values
from stationmap.editing.edits import Edit
from stationmap.editing.fields import station_of as fields_to_station
from stationmap.registry.model import Station
from stationmap.registry.revision import line
from stationmap.storage import EditableRegistry, open_editable
from tests.apps import registry_of
from tests.forms import Fields, form_fields
from tests.journaling import one
from tests.staff import signed_in, staff_app, state_of

HOSTILE = '"><script>alert(1)</script>{{7*7}}'
RICH = one(
    "rich",
    district="320302",
    phone="0516-83730001",
    hours="Mo-Fr 09:00-17:00",
    hours_source="周一至周五9:00-17:00",
    closures=[{"from": "2026-12-01", "to": "2026-12-05", "reason": HOSTILE}],
    facilities={"wifi": True, "toilet": False},
    verified={"on": "2026-10-01", "by": "rider", "how": HOSTILE},
    position={"how": "survey", "datum": "wgs84"},
    aliases=[HOSTILE, "小站"],
    source_columns={"备注": HOSTILE},
)
FAR = one("far", district="320311", name=HOSTILE, address=HOSTILE)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = staff_app(
        tmp_path_factory.mktemp("form"),
        registry_of([RICH, FAR, one("a", district="320302"), one("gone", district="320302")]),
    )
    yield made
    state_of(made).database().close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return signed_in(app, "li", role="editor", districts=["320302"])


def station_of(app: Flask, station_id: str) -> Station:
    return state_of(app).snapshot.registry[station_id]


def opened(client: FlaskClient, station_id: str, form: str = "station-form") -> Fields:
    return form_fields(client.get(f"/staff/stations/{station_id}").get_data(as_text=True), form)


def sent(client: FlaskClient, station_id: str, fields: Fields, **changed: Any) -> Any:
    named = {name.replace("__", "."): value for name, value in changed.items()}
    return client.post(f"/staff/stations/{station_id}", data={**fields, **named})


def test_what_is_missing_is_named(client: FlaskClient) -> None:
    page = sent(client, "new", opened(client, "new"), name="甲").get_data(as_text=True)
    assert ">类别：这一项必填</a>" in page


def said(client: FlaskClient, response: Any) -> str:
    """What the page after a change says of it."""
    assert response.status_code == 303, response.get_data(as_text=True)[:2000]
    html = client.get(response.headers["Location"]).get_data(as_text=True)
    return " ".join(re.findall(r"staff-banner is-(?:done|warning)\" role=\"status\">([^<]*)", html))


def revisions(client: FlaskClient, station_id: str) -> int:
    html = client.get(f"/staff/stations/{station_id}").get_data(as_text=True)
    return len(re.findall(r"<li>\s*<p><a", html))


def test_a_form_that_nobody_touched_changes_nothing(app: Flask, client: FlaskClient) -> None:
    before = line(station_of(app, "rich"))
    assert "没有改动" in said(client, sent(client, "rich", opened(client, "rich")))
    assert line(station_of(app, "rich")) == before


def test_what_was_saved_is_said_with_its_fields_and_stands_in_the_history(app: Flask, client: FlaskClient) -> None:
    fields = opened(client, "rich")
    response = sent(client, "rich", fields, phone="0516-83730002", facilities__wifi="no", reason="站长来电")
    assert said(client, response) == "已保存：Wi-Fi、电话"
    assert station_of(app, "rich").properties.phone == "0516-83730002"
    assert station_of(app, "rich").facilities == {"wifi": False, "toilet": False}
    assert (station_of(app, "rich").properties.model_extra or {}) == {"source_columns": {"备注": HOSTILE}}
    html = client.get("/staff/stations/rich").get_data(as_text=True)
    assert "站长来电" in html and "<del>0516-83730001</del> → <ins>0516-83730002</ins>" in html
    # Back, and sent once more: nothing happens twice.
    count = revisions(client, "rich")
    once_more = sent(client, "rich", fields, phone="0516-83730002", facilities__wifi="no")
    assert "已经保存过" in said(client, once_more)
    assert revisions(client, "rich") == count


def test_two_editors_of_different_fields_both_land(app: Flask, client: FlaskClient) -> None:
    other = signed_in(app, "zhao", role="reviewer")
    mine, theirs = opened(client, "rich"), opened(other, "rich")
    said(other, sent(other, "rich", theirs, host="市民广场"))
    assert said(client, sent(client, "rich", mine, directions="东门")) == "已保存：位置说明"
    assert (station_of(app, "rich").properties.host, station_of(app, "rich").properties.directions) == (
        "市民广场",
        "东门",
    )


@pytest.mark.parametrize(("choice", "phone"), [("mine", "0516-22"), ("theirs", "0516-11")])
def test_one_field_of_two_editors_is_decided_side_by_side(
    app: Flask, client: FlaskClient, choice: str, phone: str
) -> None:
    other = signed_in(app, "zhao", role="reviewer")
    mine, theirs = opened(client, "rich"), opened(other, "rich")
    said(other, sent(other, "rich", theirs, phone="0516-11", level="一星级" if choice == "mine" else "二星级"))
    conflict = sent(client, "rich", mine, phone=f"0516-{22 if choice == 'mine' else 33}", address=HOSTILE + choice)
    html = conflict.get_data(as_text=True)
    assert conflict.status_code == 409
    assert "<script>alert" not in html
    assert all(text in html for text in ("0516-11", "0516-22" if choice == "mine" else "0516-33", "电话"))
    fields = form_fields(html, "conflict-form")
    # Somebody else changed another field meanwhile, which lands as well.
    said(other, sent(other, "rich", opened(other, "rich"), host=f"市民广场{choice}"))
    done = sent(client, "rich", fields, keep__phone=choice, action="resolve")
    assert "已保存" in said(client, done)
    known = station_of(app, "rich").properties
    assert (known.phone, known.address, known.host) == (phone, HOSTILE + choice, f"市民广场{choice}")
    assert known.level == ("一星级" if choice == "mine" else "二星级")


def test_a_conflict_can_be_taken_back_to_the_form(app: Flask, client: FlaskClient) -> None:
    other = signed_in(app, "zhao", role="reviewer")
    mine, theirs = opened(client, "rich"), opened(other, "rich")
    said(other, sent(other, "rich", theirs, phone="0516-3", level="三星级"))
    conflict = sent(client, "rich", mine, phone="0516-4", name_en="Rest", reason="r")
    fields = form_fields(conflict.get_data(as_text=True), "conflict-form")
    again = sent(client, "rich", fields, **{"keep.phone": "mine", "action": "reopen"})
    form = form_fields(again.get_data(as_text=True), "station-form")
    assert (form["phone"], form["name_en"], form["level"], form["reason"]) == (["0516-4"], ["Rest"], ["三星级"], ["r"])
    assert "已保存" in said(client, sent(client, "rich", form))
    assert station_of(app, "rich").properties.phone == "0516-4"


def test_a_form_so_old_that_nobody_knows_its_version_overwrites_nothing(app: Flask, client: FlaskClient) -> None:
    fields = opened(client, "rich")
    conflict = sent(client, "rich", fields, base="0" * 32, phone="0516-9", host="老")
    assert conflict.status_code == 409
    chosen = form_fields(conflict.get_data(as_text=True), "conflict-form")
    before = station_of(app, "rich").properties.host
    assert said(client, sent(client, "rich", chosen, action="resolve", keep__phone="mine")) == "已保存：电话"
    assert (station_of(app, "rich").properties.phone, station_of(app, "rich").properties.host) == ("0516-9", before)


def test_every_fault_is_shown_with_a_link_to_its_field_and_nothing_is_lost(app: Flask, client: FlaskClient) -> None:
    typed = {"name": "", "photo": HOSTILE, "capacity": HOSTILE, "hours": HOSTILE, "closures__0__to": "2026-11-30"}
    for language, words in (("zh", "读不懂"), ("en", "not understood")):
        fields = opened(client, "rich")
        named = {name.replace("__", "."): value for name, value in typed.items()}
        response = client.post(f"/staff/stations/rich?lang={language}", data={**fields, **named})
        html = response.get_data(as_text=True)
        assert response.status_code == 422
        assert "<script>alert" not in html and "49" not in re.findall(r"value=\"([^\"]*)\"", html)
        assert words in html
        for name in ("name", "photo", "capacity", "hours", "closures.0.to"):
            assert f'href="#field-{name}"' in html and f'id="field-{name}"' in html
        kept = form_fields(html, "station-form")
        assert [kept[name.replace("__", ".")] for name in typed] == [[value] for value in typed.values()]


def test_hostile_text_is_text(client: FlaskClient) -> None:
    for station_id in ("rich", "far"):
        html = client.get(f"/staff/stations/{station_id}").get_data(as_text=True)
        assert "<script>alert" not in html and "{{7*7}}" in html
    assert form_fields(client.get("/staff/stations/far").get_data(as_text=True), "station-form")["name"] == [HOSTILE]


def test_elsewhere_a_change_becomes_a_proposal(app: Flask, client: FlaskClient) -> None:
    before = station_of(app, "far")
    assert "建议" in said(client, sent(client, "far", opened(client, "far"), phone="0516-1234567"))
    assert station_of(app, "far") is before
    # Tapped twice, it is one proposal.
    fields = opened(client, "far")
    numbers = [said(client, sent(client, "far", fields, host="x")) for _ in range(2)]
    assert numbers[0] == numbers[1]


def test_a_viewer_looks_and_changes_nothing(app: Flask) -> None:
    viewer = signed_in(app, "kan", role="viewer")
    html = viewer.get("/staff/stations/rich").get_data(as_text=True)
    assert "disabled" in html and 'id="save"' not in html
    fields = form_fields(html, "station-form")
    assert sent(viewer, "rich", fields, phone="0516-7").status_code == 403
    assert viewer.get("/staff/stations/new").status_code == 403


def test_there_is_no_form_of_a_station_that_is_not_there(client: FlaskClient) -> None:
    assert client.get("/staff/stations/nobody").status_code == 404


def test_the_place_to_mend_is_shown(client: FlaskClient) -> None:
    html = client.get("/staff/stations/rich?mend=hours").get_data(as_text=True)
    assert re.findall(r'form-section is-mended" id="section-(\w+)"', html) == ["hours"]
    assert 'is-mended" id="section-facilities"' in client.get("/staff/stations/rich?mend=facilities.wifi").get_data(
        as_text=True
    )
    fields = "station facilities.wifi hours access position phone facilities status opened verified district closures"
    for field in (*fields.split(), "photo"):
        assert f'id="field-{field}"' in html


def test_a_new_station_sent_twice_is_one(app: Flask, client: FlaskClient) -> None:
    fields = form_fields(client.get("/staff/stations/new").get_data(as_text=True), "station-form")
    assert fields["district"] == ["320302"]
    bad = client.post("/staff/stations/new", data=fields)
    assert bad.status_code == 422
    assert all(
        f'href="#field-{name}"' in bad.get_data(as_text=True) for name in ("name", "category", "place", "access")
    )
    new = {**fields, "id": "new-1", "name": HOSTILE, "category": "culture", "access": "unknown",
           "place": "https://uri.amap.com/marker?position=117.2,34.26"}  # fmt: skip
    assert "已新增" in said(client, client.post("/staff/stations/new", data=new))
    assert "没有重复新增" in said(client, client.post("/staff/stations/new", data=new))
    # Mended meanwhile, and then sent once more from a tab that was left open.
    said(client, sent(client, "new-1", opened(client, "new-1"), phone="0516-1234567"))
    assert "没有重复新增" in said(client, client.post("/staff/stations/new", data=new))
    assert client.post("/staff/stations/new", data={**new, "id": "new"}).status_code == 422
    other = client.post("/staff/stations/new", data={**new, "name": "别的站"})
    assert other.status_code == 422 and "new-2" in other.get_data(as_text=True)
    located = station_of(app, "new-1").properties.located
    assert located is not None and (located.how, located.datum) == ("map_pick", "gcj02")


def test_a_check_takes_two_taps_and_can_be_taken_back(app: Flask, client: FlaskClient) -> None:
    before = station_of(app, "rich").verified
    token = {"csrf_token": opened(client, "rich")["csrf_token"]}
    done = client.post("/staff/stations/rich/verify", data={**token, "verify-how": "现场核对"})
    assert "核对日期" in said(client, done)
    verified = station_of(app, "rich").verified
    assert verified and (verified.on.isoformat(), verified.by, verified.how) == ("2026-11-23", "staff", "现场核对")
    html = client.get("/staff/stations/rich").get_data(as_text=True)
    undo = re.search(r'name="undo" value="([0-9a-f]+)"', html)
    assert undo and "今天核对" in html
    said(client, client.post("/staff/stations/rich/verify", data={**token, "undo": undo[1]}))
    assert station_of(app, "rich").verified == before


def preview(client: FlaskClient, **fields: str) -> Any:
    token = opened(client, "rich")["csrf_token"]
    named = {name.replace("__", "."): value for name, value in fields.items()}
    return client.post("/staff/hours/preview", data={"csrf_token": token, **named}).get_json()


def test_a_preview_shows_what_riders_will_be_told(client: FlaskClient) -> None:
    found = preview(client, hours="周一至周五8:30-12:00，14:00-18:00，节假日休息")
    assert found["hours"] == "Mo-Fr 08:30-12:00,14:00-18:00; PH off"
    assert [len(found["days"]), found["days"][0]["day"], found["days"][0]["times"]] == [
        14, "2026-11-23", ["08:30–12:00", "14:00–18:00"],
    ]  # fmt: skip
    assert found["days"][5]["times"] == [] and found["days"][5]["state"] == "closed"
    shut = preview(client, hours="24/7", closures="shown", closures__0__from="2026-11-24", closures__0__to="2026-11-24")
    assert [day["state"] for day in shut["days"][:3]] == ["open", "closed", "open"]
    for text in ("", "看情况"):
        unknown = preview(client, hours=text)
        assert {day["state"] for day in unknown["days"]} == {"unknown"} and unknown["hours"] is None
    assert unknown["perhaps"] is None
    unsaid = preview(client, hours="每天8点半到5点半")
    assert (unsaid["hours"], unsaid["perhaps"]) == (None, "每天8点半到下午5点半")
    assert preview(client, hours="Mo-Fr 09:00-17:00; Mo-Su 10:00-12:00")["doubts"]
    assert {day["state"] for day in preview(client, hours="24/7", status="suspended")["days"]} == {"closed"}


@pytest.mark.parametrize("role", ["editor", "reviewer", "admin"])
def test_without_a_script_the_preview_is_worked_out_with_everything_kept(app: Flask, role: Role) -> None:
    client = signed_in(app, f"p{role}", role=role, districts=["320302"])
    page = sent(client, "rich", opened(client, "rich"), hours="每天7:00-8:00", host=HOSTILE, action="preview")
    html = page.get_data(as_text=True)
    assert page.status_code == 200 and "07:00–08:00" in html
    assert form_fields(html, "station-form")["host"] == [HOSTILE]


def places(client: FlaskClient, **fields: str) -> Any:
    token = opened(client, "rich")["csrf_token"]
    return client.post("/staff/places/read", data={"csrf_token": token, **fields}).get_json()


def test_a_pasted_place_is_read_before_it_is_saved(client: FlaskClient) -> None:
    found = places(client, place="https://map.baidu.com/@13046372.37,4040443.8,19z")
    assert (found["lon"], found["lat"]) == pytest.approx((117.1842, 34.2620), abs=2e-3)
    assert "BD-09" in found["told"][0] and "百度" in found["told"][0] and "画面中心" in found["told"][1]
    assert places(client, place="117.2,34.26")["faults"] == ["看不出是哪种坐标系，请选一种"]
    assert places(client, lon="117.2", lat="34.26", datum="wgs84")["lon"] == 117.2
    assert places(client, place=HOSTILE)["faults"]


def test_an_address_leads_to_stations_that_fit_and_to_maps_where_it_is_looked_up(client: FlaskClient) -> None:
    found = places(client, by="address", address="徐州市泉山区站 a 12号")
    assert {"name": "站 a", "lon": 117.2, "lat": 34.2} in found["found"]
    assert next(link["url"].partition("?")[0] for link in found["links"]) == "https://uri.amap.com/search"
    nothing = places(client, by="address", address="不存在路9号")
    assert nothing["found"] == [] and len(nothing["links"]) == 3
    assert places(client, by="address", address="")["links"] == []


def test_what_is_probably_wrong_is_said_and_saved(app: Flask, client: FlaskClient) -> None:
    said(client, sent(client, "a", opened(client, "a"), lon="117.189095", lat="34.3301"))
    response = sent(client, "a", opened(client, "a"), lon="118.6", lat="34.9", phone="13812345678")
    html = client.get(response.headers["Location"]).get_data(as_text=True)
    cautions = re.findall(r"staff-banner is-warning\" role=\"status\">([^<]*)", html)
    assert any("位置不在所填区县" in each for each in cautions) and any("手机号" in each for each in cautions)
    assert station_of(app, "a").position.lon == 118.6
    assert "staff-banner is-warning" not in said(client, sent(client, "a", opened(client, "a"), host="x"))


def test_a_station_that_somebody_removed_meanwhile_is_decided_upon(app: Flask, client: FlaskClient) -> None:
    for choice, there in (("theirs", False), ("mine", True)):
        fields = opened(client, "gone")
        removed = station_of(app, "gone")
        state_of(app).change([Edit("gone", removed, None)], author="file", kind="file")
        conflict = sent(client, "gone", fields, phone="0516-1234567")
        assert conflict.status_code == 409
        chosen = form_fields(conflict.get_data(as_text=True), "conflict-form")
        done = sent(client, "gone", chosen, action="resolve", keep__station=choice)
        assert done.status_code == 303
        assert ("gone" in state_of(app).snapshot.registry) is there
        if not there:
            state_of(app).change([Edit("gone", None, removed)], author="file", kind="file")
    assert station_of(app, "gone").properties.phone == "0516-1234567"


def test_what_is_wrong_with_a_form_of_no_known_version_is_shown_without_making_it_newer(client: FlaskClient) -> None:
    page = sent(client, "rich", opened(client, "rich"), base="f" * 32, name="", action="resolve", theirs="")
    assert page.status_code == 422
    assert form_fields(page.get_data(as_text=True), "station-form")["base"] == ["f" * 32]


@pytest.fixture
def other_process(app: Flask) -> Iterator[EditableRegistry]:
    """The same registry and journal, as another process of the server has them."""
    with closing(open_editable(state_of(app).settings)) as editable:
        yield editable


def change_aside(editable: EditableRegistry, station_id: str, field: str, value: Any) -> None:
    saw = editable.settle()[station_id]
    mine = fields_to_station({**field_values(saw), (field,): value})
    editable.change([Edit(station_id, saw, mine)], author="other")


def test_what_another_process_did_is_seen_beside_ones_own(
    app: Flask, client: FlaskClient, other_process: EditableRegistry
) -> None:
    fields = opened(client, "rich")
    change_aside(other_process, "rich", "phone", "0516-5")
    conflict = sent(client, "rich", fields, phone="0516-6")
    assert conflict.status_code == 409 and "0516-5" in conflict.get_data(as_text=True)
    chosen = form_fields(conflict.get_data(as_text=True), "conflict-form")
    change_aside(other_process, "rich", "phone", "0516-7")
    again = sent(client, "rich", chosen, action="resolve", keep__phone="mine")
    assert again.status_code == 409 and "0516-7" in again.get_data(as_text=True)
    chosen = form_fields(again.get_data(as_text=True), "conflict-form")
    assert "已保存" in said(client, sent(client, "rich", chosen, action="resolve", keep__phone="mine"))
    assert other_process.settle()["rich"].properties.phone == "0516-6"


def test_an_id_that_another_process_gave_away_is_taken(
    app: Flask, client: FlaskClient, other_process: EditableRegistry
) -> None:
    fields = form_fields(client.get("/staff/stations/new?district=x").get_data(as_text=True), "station-form")
    proposed = fields["id"][0]
    theirs = fields_to_station({**field_values(other_process.settle()["a"]), ("feature", "id"): proposed})
    other_process.change([Edit(proposed, None, theirs)], author="other")
    new = {**fields, "name": "站", "category": "culture", "access": "public", "lon": "117", "lat": "34"}
    taken = client.post("/staff/stations/new", data=new)
    free = re.search(r"可以用 ([\w-]+)", taken.get_data(as_text=True))
    assert taken.status_code == 422
    assert free and free[1] != proposed and free[1] not in other_process.settle()


def test_two_who_check_at_once_in_another_way_are_told_so(
    app: Flask, client: FlaskClient, other_process: EditableRegistry
) -> None:
    token = {"csrf_token": opened(client, "rich")["csrf_token"]}
    change_aside(other_process, "rich", "verified", {"on": "2026-11-23", "by": "rider"})
    assert "别人同时也改了" in said(client, client.post("/staff/stations/rich/verify", data=token))
