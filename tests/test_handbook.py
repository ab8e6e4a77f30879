"""The handbook says what the pages say: its labels, its pictures and the steps they are made by."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from flask import Flask

from stationmap.i18n import catalogue
from stationmap.web.staff.handbook.chapters import CONTENTS, Chapter, chapters, html_of
from tests.apps import registry_of
from tests.conftest import ROOT
from tests.journaling import one
from tests.staff import signed_in, staff_app
from tools.handbook_shots import FLOWS
from tools.handbook_steps import Do, Shot, label

FOLDER = ROOT / "docs" / "zh"
MAX_PICTURES_BYTES = 3_000_000
QUOTED = re.compile(r"「([^」]+)」")
PICTURE = re.compile(r"!\[([^\]]+)\]\(pictures/([\w-]+)\.webp\)")
PLACE = re.compile(r"\\\{\w+\\\}")
SHOTS = [step for flow in FLOWS for step in flow.steps if isinstance(step, Shot)]
CHAPTERS = tuple(chapters().values())
name_of = lambda chapter: chapter.name  # noqa: E731


@cache
def said() -> re.Pattern[str]:
    """What the pages say in Chinese: every message, with anything in the places that are filled."""

    def says_something(text: str) -> bool:
        return "{" not in text or len(re.findall(r"\w", re.sub(r"\{\w+\}", "", text))) > 1

    texts = {text for text in catalogue("zh").values() if says_something(text)}
    return re.compile("|".join(PLACE.sub(".+", re.escape(text)) for text in sorted(texts)))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name_of)
def test_what_the_handbook_quotes_stands_on_the_pages(chapter: Chapter) -> None:
    assert [quoted for quoted in QUOTED.findall(chapter.text) if quoted and not said().fullmatch(quoted)] == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name_of)
def test_what_a_picture_marks_is_said_in_its_chapter(chapter: Chapter) -> None:
    shown = {name for _, name in PICTURE.findall(chapter.text)}
    marks = [label(mark) for shot in SHOTS if shot.name in shown for mark in shot.marks if not mark.startswith("css:")]
    assert [text for text in marks if f"「{text}」" not in chapter.text] == []


def test_every_picture_is_made_and_every_one_that_is_made_is_shown() -> None:
    shown = {name for chapter in CHAPTERS for _, name in PICTURE.findall(chapter.text)}
    there = {path.stem for path in (FOLDER / "pictures").iterdir()}
    made = [shot.name for shot in SHOTS]
    assert len(made) == len(set(made)) > 30
    assert shown == there == set(made)


def test_what_no_page_says_is_noticed() -> None:
    assert [
        quoted
        for quoted in ("保存", "有", "确认，改这 3 个站点", "发射", "查看：保存吧")
        if not said().fullmatch(quoted)
    ] == [
        "发射",
        "查看：保存吧",
    ]


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in (FOLDER / "pictures").iterdir()) < MAX_PICTURES_BYTES


def test_the_steps_name_messages_and_elements_that_the_product_has() -> None:
    steps = [step for flow in FLOWS for step in flow.steps]
    targets = {each for step in steps for each in ((step.target,) if isinstance(step, Do) else step.marks)}
    targets |= {step.value for step in steps if isinstance(step, Do) and step.act == "choose"}
    keys = {each.partition("?")[0] for each in targets if not each.startswith(("css:", "/"))}
    assert sorted(keys - set(catalogue("zh"))) == []
    sources = (*(ROOT / "stationmap/web/templates").rglob("*.html"), *(ROOT / "static/js").rglob("*.js"))
    source = "\n".join(path.read_text("utf-8") for path in sources)
    selectors = " ".join(each for each in targets if each.startswith("css:"))
    names = {re.sub(r"^field-(.+)", r"\1", name) for name in re.findall(r"[#.]([a-z][\w-]*)", selectors)}
    assert len(names) > 15
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", source)] == []


def test_the_contents_list_every_chapter_in_order() -> None:
    listed = re.findall(r"^\d+\. \[([^\]]+)\]\(([\w-]+)\.md\)", chapters()[CONTENTS].text, re.MULTILINE)
    assert listed == [(each.title, each.name) for each in CHAPTERS if each.name != CONTENTS]


def test_no_chapter_speaks_english_but_for_names() -> None:
    words = {
        word
        for chapter in CHAPTERS
        for word in re.findall(
            r"(?<![\w./-])[a-z]{4,}(?![\w./-])", re.sub(r"\([^)]*\)|docs/\S+|Digests to staff", "", chapter.text)
        )
    }
    assert words <= {"amap", "audit", "https", "report", "stationmap"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return staff_app(tmp_path_factory.mktemp("handbook"), registry_of([one("a", district="320302")]))


def test_every_chapter_is_a_page_and_all_it_leads_to_is_there(app: Flask) -> None:
    client = app.test_client()
    seen, waiting = set(), ["/staff/handbook"]
    while waiting:
        path = waiting.pop()
        response = client.get(path)
        assert (path, response.status_code) == (path, 200)
        seen.add(path)
        if response.mimetype == "text/html":
            article = re.search(r"<article.*?</article>", response.get_data(as_text=True), re.DOTALL)
            assert article
            found = re.findall(r'(?:href|src)="([^"#]+)', article[0])
            waiting += [each for each in dict.fromkeys(found) if each not in seen and each not in waiting]
    assert len(seen) == len(CHAPTERS) + len(SHOTS)


def test_staff_reach_it_from_every_page_and_before_they_can_sign_in(app: Flask) -> None:
    assert 'href="/staff/handbook"' in signed_in(app).get("/staff/history").get_data(as_text=True)
    assert 'href="/staff/handbook"' in app.test_client().get("/staff/sign-in").get_data(as_text=True)


def test_in_english_it_says_that_it_is_chinese_and_keeps_the_language(app: Flask) -> None:
    page = app.test_client().get("/staff/handbook?lang=en").get_data(as_text=True)
    assert "in Chinese only" in page and 'lang="zh-CN"' in page
    assert "/staff/handbook/02-import?lang=en" in page


@pytest.mark.parametrize("name", ["nothing", "README.md", "..", "pictures"])
def test_what_is_no_chapter_is_not_found(app: Flask, name: str) -> None:
    client = app.test_client()
    assert client.get(f"/staff/handbook/{name}").status_code == 404
    assert client.get(f"/staff/handbook/pictures/{name}").status_code == 404


def test_a_chapter_holds_no_html_of_its_own() -> None:
    assert "<b" not in html_of("# 题\n\n<b>文</b> <script>x</script>", str)


def test_a_folder_of_the_program_holds_the_handbook() -> None:
    packaged = (ROOT / "pyproject.toml").read_text("utf-8")
    assert '"docs/zh" = "stationmap/_handbook"' in packaged
    assert Path(FOLDER / f"{CONTENTS}.md").is_file()
