"""Locks that distinguish a writer at work from one that died: a process that ends, however it does, frees its locks."""

from __future__ import annotations

import errno
import os
import time

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

UNSUPPORTED = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF, errno.ENOLCK}
"""Errors of file systems that cannot lock a file, or cannot sync a folder."""
LEFT_OVER_S = 86_400.0
"""Age of what a writer left, where no lock distinguishes it from one in use."""


def can_lock_folders() -> bool:
    """Tell whether this system can lock at all, and open a folder to do so."""
    return fcntl is not None


def lock(handle: int) -> bool:
    """Wait for the lock of an open file or folder; False where there are none."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        return False
    return True


def is_left_over(handle: int) -> bool:
    """Tell whether no process is at work on an open file or folder any more.

    Raises OSError where one is, or where that cannot be known. The lock is the caller's until it closes the handle.
    """
    if fcntl is None:
        return time.time() - os.fstat(handle).st_mtime > LEFT_OVER_S
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return True
