"""What a file that takes the place of another keeps of it: mode, owner, extended attributes."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def keep_owner_and_mode(handle: int, path: Path, status: os.stat_result | None) -> None:
    """Give a file, open and at a path, the mode of another one, and its owner and group as far as that is allowed."""
    if status is None:
        return
    if hasattr(os, "fchown"):
        # A group one belongs to can be kept where the owner cannot.
        for owner, group in ((-1, status.st_gid), (status.st_uid, -1)):
            with suppress(PermissionError):
                os.fchown(handle, owner, group)
    mode = stat.S_IMODE(status.st_mode)
    if hasattr(os, "fchmod"):
        os.fchmod(handle, mode)
    else:
        path.chmod(mode)


def keep_attributes(handle: int, target: Path, status: os.stat_result | None) -> None:
    """Give a file the extended attributes of the one it replaces, as far as that is allowed: labels, access lists."""
    if status is None or not hasattr(os, "listxattr"):
        return
    with suppress(OSError):  # a file system without them
        for name in os.listxattr(target):
            with suppress(OSError):
                os.setxattr(handle, name, os.getxattr(target, name))
