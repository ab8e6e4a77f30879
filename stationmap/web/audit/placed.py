"""What the page says of stations that lie outside the areas it studies."""

from __future__ import annotations

from typing import Any

from stationmap.i18n import translate

FEW = 0.5  # of the stations in the areas studied: with fewer, the files of the areas are probably another city's
AREAS_SHOWN = 30


def in_words(basis_document: dict[str, Any], language: str) -> tuple[bool, list[str]]:
    """Return whether too few stations lie in the areas for the figures to be of use, and what to say of those outside.

    Empty where no station lies outside.
    """
    found, codes, known = basis_document["placed"], basis_document["codes"], basis_document["names"]
    if not found["outside"]:
        return False, []
    counts = {name: f"{count:,}" for name, count in found.items()}
    if found["inside"] >= FEW * found["stations"]:
        return False, [translate(language, "audit.page.placed_most", **counts)]
    names = [known.get(code) or translate(language, f"district.{code}") for code in codes]
    listed = translate(language, "list.separator").join(names[:AREAS_SHOWN]) + ("…" if len(names) > AREAS_SHOWN else "")
    what = "placed_few" if found["inside"] else "placed_none"
    return True, [
        translate(language, f"audit.page.{what}", **counts),
        translate(language, "audit.page.placed_areas", areas=listed),
        translate(language, "audit.page.placed_set"),
    ]
