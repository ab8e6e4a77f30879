"""The documentation names everything there is, and what it shows works."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections import Counter
from pathlib import Path

import click
import pytest

from stationmap.cli import command
from stationmap.registry.registry import json_schema
from stationmap.settings import Settings
from stationmap.settings_sources import PREFIX, SECRETS
from stationmap.web import create_app

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([path for folder in (".", "docs", "docs/zh", "data") for path in (ROOT / folder).glob("*.md")])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
GEOJSON = {"type", "features", "geometry", "coordinates", "properties"}
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def command_lines() -> list[str]:
    """Every command line shown in a block of code, and those of the README's table of tasks."""
    blocks = [block for page in PAGES for _, block in FENCED.findall(page.read_text(encoding="utf-8"))]
    shown = [line.strip() for block in blocks for line in block.splitlines()]
    shown += re.findall(r"\| `(stationmap [^`]+)` \|", text("README.md"))
    return sorted({line for line in shown if line.startswith("stationmap ")})


@pytest.mark.parametrize("name", sorted(command.commands))
def test_every_command_has_a_section_that_names_its_options(name):
    told = section(text("docs/cli.md"), name)
    options = [option for option in command.commands[name].params if isinstance(option, click.Option)]
    assert told
    assert not [
        flag for option in options for flag in option.opts if f"`{flag}" not in told and f"`{flag}`" not in told
    ]


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_shown_can_be_typed(line):
    name, *args = shlex.split(line)[1:]
    command.commands[name].make_context(name, args)


def test_there_are_command_lines_to_try():
    assert len(command_lines()) > 15


def test_every_route_is_described():
    described = re.sub(r"<[^<>\s]+>", "<>", text("docs/api.md") + text("docs/operations.md") + text("docs/staff.md"))
    routes = {re.sub(r"<[^<>]+>", "<>", rule.rule) for rule in create_app(Settings()).url_map.iter_rules()}
    assert len(routes) > 6
    assert not [route for route in sorted(routes) if f"{route}`" not in described and f"{route}?" not in described]


def test_every_setting_is_described():
    described = text("docs/settings.md")
    assert not [name for name in Settings.model_fields if f"`{PREFIX}{name.upper()}`" not in described]


def test_every_member_of_the_registry_format_is_described():
    described = text("docs/data.md")
    # What RFC 7946 itself describes needs no words of ours.
    members = {name for model in json_schema()["$defs"].values() for name in model.get("properties", {})} - GEOJSON
    assert len(members) > 30
    assert not [name for name in sorted(members) if f"`{name}`" not in described and f'"{name}"' not in described]


def test_every_module_answers_a_question_of_the_architecture():
    described = text("docs/architecture.md")
    package = ROOT / "stationmap"
    modules = [path for path in package.rglob("*.py") if path.stem != "__init__" and "cli" not in path.parts]
    names = [path.relative_to(package).with_suffix("").as_posix() for path in modules]
    assert len(names) > 30
    assert not [name for name in sorted(names) if f"`{name}`" not in described]


def test_every_secret_that_may_stand_in_a_file_of_its_own_is_named():
    (named,) = re.findall(r"^A secret \((.*?)\)", text("docs/settings.md"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", named)) == {PREFIX + name.upper() for name in SECRETS}


def test_no_question_of_the_architecture_stands_twice():
    questions = Counter(re.findall(r"^\| ([^|]+\?) \|", text("docs/architecture.md"), re.MULTILINE))
    assert len(questions) > 100
    assert [question for question, times in questions.items() if times > 1] == []


def test_modules_the_architecture_names_exist():
    folders = {path.name for path in (ROOT / "stationmap").iterdir() if path.is_dir()}
    quoted = re.findall(r"`([a-z_/]+)`", text("docs/architecture.md"))
    named = [name for name in quoted if name.partition("/")[0] in folders]
    assert len(named) > 30
    there = (ROOT / "stationmap" / name for name in named)
    assert not [path for path in there if not (path.is_dir() or path.with_suffix(".py").exists())]


def test_the_layers_are_drawn_as_they_are_checked():
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    drawn = "".join(
        f"{container}\n" + "".join(f"    {row.replace('|', '│')}\n" for row in contract["layers"])
        for contract in contracts
        if contract["type"] == "layers"
        for container in contract["containers"]
    )
    assert f"```\n{drawn}```" in text("docs/architecture.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    targets = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert not [target for target in targets if target and not (page.parent / target).exists()]


def test_the_python_example_of_the_readme_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (example,) = [block for language, block in FENCED.findall(text("README.md")) if language == "python"]
    exec(compile(example, "README.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_every_make_target_named_exists():
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    named = {
        word for page in PAGES for word in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert {"serve", "test"} <= named <= targets
