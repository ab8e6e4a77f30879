"""The walk of docs/operations.md: every command is run by `make walk` or says why not, and names only what there is."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import openpyxl
import pytest

from stationmap import load
from stationmap.cli import command
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from tests.conftest import ROOT
from tools.walk.brought import HEADINGS, HOST, make_certificate, write_list
from tools.walk.document import DOCUMENT, Block, blocks

TEXT = (ROOT / DOCUMENT).read_text("utf-8")
BLOCKS = blocks(TEXT)
SHARED = "/opt/stationmap/share/stationmap/"


def test_no_command_of_the_document_stands_outside_the_walk() -> None:
    fenced = re.findall(r"^ *```(\w*)$", TEXT, re.MULTILINE)
    assert sum(language in ("sh", "bash", "console", "shell") for language in fenced) == len(BLOCKS)
    assert "" not in fenced[::2]  # what has no language could be commands
    indented = re.findall(r"^    (?:stationmap|systemctl|apt-get|sudo|pip|curl|[A-Z_]+=\S+ )", TEXT, re.MULTILINE)
    assert indented == []


def test_most_is_run_and_what_is_not_says_why() -> None:
    left_out = [block for block in BLOCKS if block.where == "nowhere"]
    assert len(BLOCKS) > 10 and len(left_out) <= 3
    assert all(len(block.reason) > 20 for block in left_out)
    assert [block.step for block in BLOCKS if block.where == "own machine"] == ["1. Bring the program and your list"]


def test_the_walk_in_chinese_has_the_same_commands() -> None:
    def commands(text: str) -> list[list[str]]:
        return [[line for line in each.text.splitlines() if not line.startswith("#")] for each in blocks(text)]

    walk = TEXT.partition("## Other ways to install")[0]
    assert commands((ROOT / "docs/operations.zh.md").read_text("utf-8")) == commands(walk)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.step)
def test_the_shell_understands_each_block(block: Block) -> None:
    done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_file_the_commands_name_comes_with_the_program() -> None:
    named = re.findall(rf"{SHARED}(\S+)", "".join(block.text for block in BLOCKS))
    assert len(named) > 5
    assert [name for name in named if not [*(ROOT / "deploy").glob(name)]] == []


def test_every_command_of_the_program_can_be_typed() -> None:
    typed = [line for block in BLOCKS for line in block.text.splitlines() if line.startswith("stationmap ")]
    assert len(typed) >= 5
    for line in typed:
        name, *words = shlex.split(line)[1:]
        command.commands[name].make_context(name, words)


def test_the_settings_of_the_walk_are_settings(tmp_path: Path) -> None:
    (block,) = [block for block in BLOCKS if "stationmap.toml" in block.text]
    path = tmp_path / "stationmap.toml"
    path.write_text(block.text.partition("<<'END'\n")[2].partition("END\n")[0], "utf-8")
    settings = Settings.from_environment({"STATIONMAP_CONFIG": str(path)})
    assert settings.public_url == f"https://{HOST}"
    assert str(settings.registry).startswith(f"{settings.data}/")


def test_what_is_brought_is_a_list_as_unions_keep_them(tmp_path: Path) -> None:
    registry = load(demo_registry())
    write_list(tmp_path / "stations.xlsx", registry)
    sheet = openpyxl.load_workbook(tmp_path / "stations.xlsx").active
    assert sheet is not None
    rows = [*sheet.iter_rows(values_only=True)]
    assert rows[1] == HEADINGS and len(rows) == len(registry) + 2
    assert "id" not in HEADINGS  # nothing of ours is in it


def test_the_certificate_is_good_for_the_host_alone(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    command = ["openssl", "verify", "-CAfile", "authority.pem", "-verify_hostname"]
    verified = [
        subprocess.run([*command, host, "fullchain.pem"], cwd=tmp_path, capture_output=True, check=False).returncode
        for host in (HOST, "other.example.org")
    ]
    assert verified[0] == 0 and verified[1] != 0


def test_an_update_replaces_a_program_whose_number_has_not_changed() -> None:
    """pip takes a wheel of the same version for installed, and says nothing; the command for root is of the program."""
    update = next(block.text for block in blocks((ROOT / DOCUMENT).read_text("utf-8")) if block.step == "Updating")
    assert "--force-reinstall --no-deps --requirement <(head -n 1 requirements.txt)" in update
    assert "/usr/local/bin/stationmap" in update
    made = (ROOT / "tools/wheel.sh").read_text("utf-8")
    assert made.index("./$wheel --hash") < made.index("cat requirements/server.lock")  # in the first line
