"""Node.js for the tests of scripts: the one that comes with Playwright, so that nobody has to install it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import playwright

from tests.conftest import ROOT

NODE = Path(playwright.__file__).parent / "driver" / "node"
READ_GIVEN = "import { readFileSync } from 'node:fs'; const given = JSON.parse(readFileSync(0, 'utf8')); "


def node(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run Node.js at the root of the repository."""
    return subprocess.run(
        [str(NODE), *arguments], input=given, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def result_of(*arguments: str, given: Any) -> Any:
    """Return what a program makes of a value; it reads and writes JSON."""
    done = node(*arguments, given=json.dumps(given))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def evaluated(script: str, given: Any) -> Any:
    """Return what a script, which may import our modules, prints as JSON; the value is `given` there."""
    return result_of("--input-type=module", "--eval", READ_GIVEN + script, given=given)
