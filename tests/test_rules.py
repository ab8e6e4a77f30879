"""What Python and the scripts share stands once, in static/rules.json, and each of it is used."""

from __future__ import annotations

import json

from stationmap import rules
from stationmap.registry.model import FACILITIES
from stationmap.resources import static_folder
from stationmap.search.usability import STANDINGS


def test_every_member_has_a_name_in_python() -> None:
    members = json.loads((static_folder() / "rules.json").read_text(encoding="utf-8"))
    assert members.pop("standings") == list(STANDINGS)  # a type of its own: the type checker knows its codes
    names = {name.lower() for name in vars(rules) if name.isupper() and not name.startswith("_")}
    assert {member.removesuffix("_s") for member in members} == names


def test_the_usual_facilities_are_codes_of_the_format() -> None:
    assert set(rules.USUAL_FACILITIES) < set(FACILITIES)
