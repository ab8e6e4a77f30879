"""How gunicorn runs `wsgi:app`, read in the folder it is started from: docs/operations.md says when that may be.

One process, as each computes audits and caches answers for itself; a log that says nothing of a request.
"""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

bind = "127.0.0.1:8000"
workers = 1
threads = 8


class PrivateLog(Logger):
    """A log without addresses and questions: gunicorn names both of what it cannot read."""

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Warn, of a request only that there was one."""
        super().warning(*(("a request could not be read",) if "request" in msg else (msg, *args)), **kwargs)

    def exception(self, msg: str, *_args: Any, **_kwargs: Any) -> None:
        """Say that something failed; a message or a trace may hold somebody's position."""
        super().error("a request failed" if "request" in msg else "a worker failed")


logger_class = PrivateLog
