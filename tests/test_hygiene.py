"""What may not stand in the repository: addresses of package registries, paths of a machine, a lock without hashes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Put together here, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    "pypi" + ".org",
    "python" + "hosted",
    "registry." + "npmjs",
    "npm" + "mirror",
    "deb." + "debian",
    "pypi.tuna" + ".tsinghua",
]
MACHINE_PATHS = [
    "/" + folder + "/" for folder in ("home/[a-z]", "root", "work", "Users/[A-Za-z]", "opt/pypi", "opt/wheels")
]


def committed() -> list[Path]:
    """Every file git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name and (ROOT / name.decode()).is_file()]


@pytest.mark.parametrize("words", [REGISTRY_HOSTS, MACHINE_PATHS], ids=["registry hosts", "paths of a machine"])
def test_no_committed_file_names(words):
    pattern = re.compile(("|".join(words)).encode())
    files = committed()
    found = {
        str(path.relative_to(ROOT)): match.group() for path in files if (match := pattern.search(path.read_bytes()))
    }
    assert len(files) > 50 and not found


LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_locked_requirement_has_a_hash_and_the_lock_names_no_index(lock):
    text = lock.read_text(encoding="utf-8")
    requirements = re.findall(r"^[^\s#-].*(?:\n[ \t]+.*)*", text, re.MULTILINE)
    assert len(requirements) > 30 or lock.stem in ("installer", "build")
    assert all(re.match(r"[\w.\[\]-]+==\S+", entry) and "--hash=sha256:" in entry for entry in requirements)
    assert not re.search(r"^\s*(?:--(?:extra-)?index-url|--find-links|-i |-f )", text, re.MULTILINE)
