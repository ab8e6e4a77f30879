"""Draw the PNG icons of the installed finder from static/icons/favicon.svg: `python tools/icons.py`.

Needs Chromium and the `test` extra. The same Chromium gives the same files.
"""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ICONS = Path(__file__).resolve().parent.parent / "static" / "icons"
SIZES = {"app-192.png": (192, False), "app-512.png": (512, False), "maskable-512.png": (512, True)}
COLOURS = 32  # two and what lies between them: a third of the bytes
SAFE = 0.78  # a maskable icon may be cut to a circle of four fifths of its width


def markup(svg: str, size: int, *, maskable: bool) -> str:
    """Return a page that shows the icon; a maskable one fills its square with colour and keeps the drawing inside."""
    colour = re.search(r'fill="(#[0-9a-f]{6})"', svg)
    assert colour
    inner = f"width:{size * SAFE}px;margin:{size * (1 - SAFE) / 2}px" if maskable else f"width:{size}px"
    ground = colour[1] if maskable else "transparent"
    return f'<body style="margin:0;background:{ground}"><div style="display:flex;{inner}">{svg}</div></body>'


def main() -> None:
    svg = (ICONS / "favicon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (size, maskable) in SIZES.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(markup(svg, size, maskable=maskable))
            drawn = Image.open(io.BytesIO(page.screenshot(omit_background=True))).convert("RGBA")
            few = drawn.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
            few.save(ICONS / name, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
