"""Make the pictures of the handbook, docs/zh/pictures, from the running product: `make handbook`.

Each flow of `handbook_shots` is walked through in Chromium on a copy of the demonstration, at one moment. Where a
label or an element is not there any more, the script ends and says which. Pictures that no flow makes are deleted.
"""

from __future__ import annotations

import io
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from benchmarks.fixture.browsing import ARGUMENTS, HEADLESS_SHELL, serving
from stationmap.web.access.cookies import TOKEN
from tools import handbook_city
from tools.handbook_shots import FLOWS
from tools.handbook_steps import Do, Flow, Shot, label

OUT = Path(__file__).resolve().parent.parent / "docs" / "zh" / "pictures"
PATIENCE_MS = 15_000
SETTLING_MS = 1_000
SCALE = 1.5
NEAR_THE_TOP = 160
"""A picture that begins no lower begins with the page, so that nothing of its head is cut."""
COLOURS = 96
"""A picture of a page needs no more, and then takes a quarter of the bytes."""
LOCATION = {"longitude": handbook_city.POSITION[0], "latitude": handbook_city.POSITION[1]}
# Drawn above the page by the page itself: a ring around what is meant, with its number.
RING = """(boxes) => {
  for (const [at, box] of boxes.entries()) {
    const ring = document.createElement("div");
    Object.assign(ring.style, {position: "absolute", zIndex: 99999, pointerEvents: "none", boxSizing: "border-box",
      left: box.x - 6 + "px", top: box.y - 5 + "px", width: box.width + 12 + "px", height: box.height + 10 + "px",
      border: "3px solid #c4007a", borderRadius: "10px", boxShadow: "0 0 0 2px #fff, inset 0 0 0 1px #fff"});
    const number = document.createElement("b");
    number.textContent = at + 1;
    Object.assign(number.style, {position: "absolute", right: "-13px", top: "-15px", width: "26px", height: "26px",
      borderRadius: "13px", background: "#c4007a", color: "#fff", font: "700 16px/26px sans-serif", textAlign: "center",
      boxShadow: "0 0 0 2px #fff"});
    ring.append(number);
    ring.className = "handbook-ring";
    document.body.append(ring);
  }
}"""
PLACE = """(element) => {
  const box = element.getBoundingClientRect();
  return {x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height};
}"""
UNSTICK = "document.querySelectorAll('.form-bar').forEach((bar) => { bar.style.position = 'static'; })"
UNRING = "document.querySelectorAll('.handbook-ring').forEach((ring) => ring.remove())"


def found(page: Page, target: str) -> Locator:
    """Return what a target names on a page, and ends the program where it is not there within a while."""
    text = label(target)
    if target.startswith("css:"):
        ways = [page.locator(text)]
    else:
        ways = [page.get_by_role(role, name=text, exact=True) for role in ("button", "link")]  # type: ignore[arg-type]
        ways += [page.get_by_label(text, exact=True), page.get_by_text(text, exact=True)]
    for _ in range(PATIENCE_MS // 250):
        for way in ways:
            seen = way.locator("visible=true")
            if seen.count():
                return seen.first
        page.wait_for_timeout(250)
    raise SystemExit(f"{page.url}: {target} ({text}) is not on the page")


def act(page: Page, do: Do, files: dict[str, bytes]) -> None:
    """Do on a page what somebody does."""
    if do.act == "go":
        page.goto(page.url.partition("/staff")[0] + do.target)
        return
    if do.act == "gone":
        page.locator(label(do.target)).wait_for(state="detached", timeout=120_000)
        return
    element = found(page, do.target)
    match do.act:
        case "click":
            element.click()
        case "tick":
            element.check(force=True)
        case "fill":
            element.fill(do.value)
        case "choose":
            element.select_option(label=label(do.value))
        case "file":
            mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            element.set_input_files({"name": do.value, "mimeType": mime, "buffer": files[do.value]})
        case "see":
            element.scroll_into_view_if_needed()
        case _:
            raise SystemExit(f"nobody knows how to {do.act}")


def boxes(page: Page, shot: Shot) -> list[dict[str, float]]:
    """Return where the marks of a picture are on the page, once they stay there."""
    before: list[dict[str, float]] = []
    for _ in range(PATIENCE_MS // 250):
        places = [found(page, mark).evaluate(PLACE) for mark in shot.marks]
        if places == before:
            return places
        before = places
        page.wait_for_timeout(250)
    raise SystemExit(f"{page.url}: {shot.name} does not come to rest")


def take(page: Page, shot: Shot, *, in_view: bool) -> int:
    """Write a picture; return its bytes."""
    page.wait_for_timeout(shot.wait_ms)
    page.evaluate(UNSTICK)  # what stays in view would lie over what is shown
    places = boxes(page, shot)
    page.evaluate(RING, places)
    size = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
    top = min([place["y"] for place in places], default=0) - shot.above
    bottom = max([place["y"] + place["height"] for place in places], default=shot.below) + shot.below
    top, bottom = 0 if top < NEAR_THE_TOP else top, min(size[1], bottom)
    if in_view:
        page.evaluate("(top) => scrollTo(0, top)", top)
        page.wait_for_timeout(SETTLING_MS)
    above = page.evaluate("scrollY") if in_view else 0
    clip = {"x": 0, "y": top - above, "width": size[0], "height": bottom - top}
    drawn = page.screenshot(full_page=not in_view, clip=clip)  # type: ignore[arg-type]
    page.evaluate(UNRING)
    picture = Image.open(io.BytesIO(drawn)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    path = OUT / f"{shot.name}.webp"
    picture.convert("RGB").save(path, "WEBP", lossless=True, quality=100, method=6)
    return path.stat().st_size


def walk(browser: Browser, flow: Flow, at: str, app: Flask, files: dict[str, bytes]) -> None:
    """Walk through a flow, taking its pictures."""
    device: dict[str, Any] = {
        "viewport": {"width": flow.width, "height": 1200 if flow.has_map else 900 if flow.width > 500 else 780}
    }
    if flow.width <= 500:
        device |= {"is_mobile": True, "has_touch": True}
    context = browser.new_context(
        **device, device_scale_factor=SCALE, locale="zh-CN", timezone_id="Asia/Shanghai",
        service_workers="block", geolocation=LOCATION, permissions=["geolocation"],
    )  # fmt: skip
    if flow.login:
        context.add_cookies([{"name": TOKEN, "value": handbook_city.session_of(app, flow.login), "url": at}])
    page = context.new_page()
    page.clock.set_system_time(handbook_city.state_of(app).clock())
    page.set_default_timeout(PATIENCE_MS)
    page.goto(flow.path if flow.path.startswith("file:") else at + flow.path)
    for step in flow.steps:
        try:
            if isinstance(step, Do):
                act(page, step, files)
            else:
                print(f"{take(page, step, in_view=flow.has_map):8,}  {step.name}", flush=True)
        except PlaywrightError as error:
            raise SystemExit(f"{flow.name}, {page.url}: {step}\n{error}") from error
    context.close()


def places(app: Flask, folder: Path, flow: Flow) -> dict[str, Any]:
    """Return what the path of a flow may name."""
    return {
        "nearby": handbook_city.open_nearby(app),
        "station": handbook_city.MENDED,
        "invited": handbook_city.invitation(app) if "{invited}" in flow.path else "",
        "report": handbook_city.report_file(app, folder) if "{report}" in flow.path else "",
    }


def main(names: list[str]) -> None:
    """Make the pictures of the flows named, or of all."""
    if HEADLESS_SHELL is None:
        raise SystemExit("the pictures of the handbook need Chromium")
    OUT.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in range(2)]
        clock = handbook_city.Clock(handbook_city.EARLIER)
        app = handbook_city.city(folders[0], clock)
        empty, first = handbook_city.empty_city(folders[1])
        apps = {"staff": app, "first": empty, "riders": handbook_city.public_city(folders[0])}
        origins = {name: stack.enter_context(serving(each)) for name, each in apps.items()}
        files = {handbook_city.LIST: handbook_city.workbook(app)}
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=HEADLESS_SHELL, args=[*ARGUMENTS, "--lang=zh-CN"]
        )
        stack.callback(browser.close)
        for flow in sorted(FLOWS, key=lambda flow: not flow.is_earlier):
            if not flow.is_earlier and clock() < handbook_city.NOW:
                handbook_city.go_on(app, clock)
            if not names or flow.name in names:
                path = flow.path.format(first=first, **places(app, folders[0], flow))
                walk(browser, flow._replace(path=path), origins[flow.site], apps[flow.site], files)
    if not names:
        made = {f"{step.name}.webp" for flow in FLOWS for step in flow.steps if isinstance(step, Shot)}
        for path in OUT.iterdir():
            if path.name not in made:
                path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
