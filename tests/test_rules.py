"""What Python and the scripts share stands once, in static/rules.json, and each of it is used."""

from __future__ import annotations

import json

from stationmap import rules
from stationmap.frontend.bundler import RULE
from stationmap.registry.model import FACILITIES
from stationmap.resources import static_folder
from stationmap.search.usability import STANDINGS

SCRIPTS = [static_folder() / "sw.js", *(static_folder() / "js").rglob("*.js")]
SCRIPTS_ALONE = {"patience_ms", "fresh_ms"}


def test_every_member_has_a_name_in_python() -> None:
    members = json.loads((static_folder() / "rules.json").read_text(encoding="utf-8"))
    assert members.pop("standings") == list(STANDINGS)  # a type of its own: the type checker knows its codes
    names = {name.lower() for name in vars(rules) if name.isupper() and name != "RULES"}
    assert {member.removesuffix("_s") for member in members.keys() - SCRIPTS_ALONE} == names


def test_every_member_is_read_by_a_script() -> None:
    used = RULE.findall("\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS))
    assert set(used) == set(rules.RULES)
    worker = RULE.findall((static_folder() / "sw.js").read_text(encoding="utf-8"))
    assert set(worker) == SCRIPTS_ALONE


def test_the_usual_facilities_are_codes_of_the_format() -> None:
    assert set(rules.USUAL_FACILITIES) < set(FACILITIES)
