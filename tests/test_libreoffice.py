"""A workbook that LibreOffice opened, edited and saved comes back cell by cell; skipped where it is not installed."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
from pathlib import Path

import openpyxl
import pytest

from stationmap.exchange.lists import read_list
from tests.test_columns import FULL
from tests.test_export import DEMO, cells, edited, exported, hostile_registry, real, sheet_of

SOFFICE = shutil.which("soffice")


def through_libreoffice(path: Path, folder: Path, form: str = "xlsx:Calc MS Excel 2007 XML") -> bytes:
    """Return a file as LibreOffice saves it."""
    assert SOFFICE
    profile = (folder / "profile").as_uri()
    asked = [
        SOFFICE,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        form,
        "--outdir",
        str(folder / "saved"),
        str(path),
    ]
    subprocess.run(asked, check=True, capture_output=True, timeout=110)
    return (folder / "saved" / path.with_suffix(f".{form.partition(':')[0]}").name).read_bytes()


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed here: apt-get install libreoffice-calc")
def test_a_workbook_that_libreoffice_opened_and_saved_comes_back_cell_by_cell(tmp_path: Path) -> None:
    registry = real(*DEMO.stations[:100], *hostile_registry().stations, FULL, title="名单", demo=True)
    path = tmp_path / "list.xlsx"
    path.write_bytes(exported(registry, ".xlsx"))
    found = read_list(through_libreoffice(path, tmp_path), "list.xlsx")
    assert edited(found, registry) == []
    assert (found.revision, found.demo) == (registry.revision, True)
    assert [found.baseline(row) for row in sheet_of(found).rows] == list(registry.stations)


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed here: apt-get install libreoffice-calc")
def test_five_cells_edited_before_libreoffice_saved_are_five_cells_that_differ(tmp_path: Path) -> None:
    registry = real(*DEMO.stations[:20])
    book = openpyxl.load_workbook(io.BytesIO(exported(registry, ".xlsx")))
    sheet = book.worksheets[0]
    at = {each.value: each.column for each in sheet[1]}
    for row, heading, value in [
        (2, "电话", "=1+1"),
        (3, "饮用水", "无"),
        (4, "开放时间", "10/5"),
        (5, "编号", "001"),
        (6, "地址", "3-5号"),
    ]:
        changed = sheet.cell(row, at[heading])
        changed.value, changed.data_type = value, "s"
    path = tmp_path / "list.xlsx"
    book.save(path)
    found = read_list(through_libreoffice(path, tmp_path), "list.xlsx")
    rows = sheet_of(found).rows
    texts = [rows[0].text("phone"), rows[2].text("hours"), rows[3].text("id"), rows[4].text("address")]
    assert texts == ["=1+1", "10/5", "001", "3-5号"]
    assert {column.header: text for column, text in rows[1].cells}["饮用水"] == "无"
    base = found.baseline(rows[3])
    assert base is not None and base.id == list(registry)[3]


# Run by the system's Python, which has LibreOffice's module: types into cells as a person does, and saves.
TYPED = """
import sys, time, uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
pipe, given, out, *edits = sys.argv[1:]
def options(**named):
    return tuple(PropertyValue(name, 0, value, 0) for name, value in named.items())
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for _ in range(300):
    try:
        context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        break
    except NoConnectException:
        time.sleep(0.2)
made = lambda name: context.ServiceManager.createInstanceWithContext(f"com.sun.star.frame.{name}", context)
desktop, dispatcher = made("Desktop"), made("DispatchHelper")
book = desktop.loadComponentFromURL(uno.systemPathToFileUrl(given), "_blank", 0, options(Hidden=True))
for edit in edits:
    place, _, text = edit.partition("=")
    for command, said in ((".uno:GoToCell", options(ToPoint=place)), (".uno:EnterString", options(StringName=text))):
        dispatcher.executeDispatch(book.CurrentController.Frame, command, "", 0, said)
book.storeToURL(uno.systemPathToFileUrl(out), options(FilterName="Calc MS Excel 2007 XML"))
"""
SYSTEM_PYTHON = shutil.which("python3", path=os.defpath)
HAS_UNO = SYSTEM_PYTHON is not None and (
    subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], check=False, capture_output=True).returncode == 0
)


def type_into(path: Path, saved: Path, edits: list[str], profile: Path) -> str:
    """Type into the cells of a workbook and save it as another; return what went wrong, if anything."""
    assert SOFFICE and SYSTEM_PYTHON
    pipe = f"stationmap{os.getpid()}{profile.name}"
    asked = [f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", f"--accept=pipe,name={pipe};urp"]
    with subprocess.Popen([SOFFICE, *asked], start_new_session=True) as office:
        try:
            script = [SYSTEM_PYTHON, "-c", TYPED, pipe, str(path), str(saved), *edits]
            done = subprocess.run(script, check=False, capture_output=True, text=True, timeout=100)
        finally:
            os.killpg(office.pid, signal.SIGKILL)
    return done.stderr if done.returncode else ""


@pytest.mark.timeout(300)
@pytest.mark.skipif(not (SOFFICE and HAS_UNO), reason="no LibreOffice with Python here: apt-get install python3-uno")
def test_what_is_typed_in_libreoffice_comes_back_as_it_was_typed_and_nothing_else_changes(tmp_path: Path) -> None:
    registry = real(*DEMO.stations[:30], title="名单")
    path, saved = tmp_path / "list.xlsx", tmp_path / "saved.xlsx"
    path.write_bytes(exported(registry, ".xlsx"))
    typed = {"B2": "=1+1", "G3": "10/5", "H4": "051683730000", "E5": "3-5", "H6": "1e5", "A8": "001"}
    edits = [f"{place}={text}" for place, text in typed.items()]
    said = ""
    for attempt in range(3):  # LibreOffice itself goes down now and then as it starts
        said = type_into(path, saved, edits, tmp_path / f"profile{attempt}")
        if not said:
            break
    assert not said
    found = read_list(saved.read_bytes(), "list.xlsx")
    rows = sheet_of(found).rows
    changed = [
        (row.number, column.member, text)
        for row in rows
        for column, text in cells(row)
        if (base := found.baseline(row)) is None or not column.is_as_in(base, text)
    ]
    members = {"A": "id", "B": "name", "E": "address", "G": "hours", "H": "phone"}
    assert changed == [(int(place[1:]), members[place[0]], text) for place, text in typed.items()]


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed here: apt-get install libreoffice-calc")
@pytest.mark.parametrize("form", ["xls:MS Excel 97", "ods"])
def test_older_and_open_workbooks_are_read_as_well(form: str, tmp_path: Path) -> None:
    registry = real(*DEMO.stations[:30])
    path = tmp_path / "list.xlsx"
    path.write_bytes(exported(registry, ".xlsx"))
    found = read_list(through_libreoffice(path, tmp_path, form), "list")
    assert edited(found, registry) == []
    assert [found.baseline(row) for row in sheet_of(found).rows] == list(registry.stations)
