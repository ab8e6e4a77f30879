"""What a server logs, as text or as JSON: one event a record, with the id of the request in which it happened."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

from stationmap.web.guard.request_ids import current_request_id

LogFormat = Literal["text", "json"]
CONTINUED = "\n    "
"""What a further line of an event begins with in text, so that no part of it is taken for another event."""
_UNSEEN = (*range(32), *range(127, 160), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_ESCAPED = {code: f"\\u{code:04x}" for code in _UNSEEN if chr(code) != "\t"}
"""Controls of a terminal and of the direction of text, which a message may quote from a file or another server."""


def configure(log_format: LogFormat, stream: TextIO | None = None) -> logging.Handler:
    """Log to a stream, that of errors if none is given, from INFO up; what was configured before stays."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    return handler


class TextFormatter(logging.Formatter):
    """`2026-11-30T14:00:00+0800 ERROR stationmap.audit [3f9ac21b04]: what happened`, further lines indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(request)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """Return an event as text."""
        request_id = current_request_id()
        record.request = f" [{request_id}]" if request_id else ""
        return CONTINUED.join(line.translate(_ESCAPED) for line in super().format(record).splitlines())


class JsonFormatter(logging.Formatter):
    """An object a line, with only these members: what else a record carries was not meant for the log."""

    def format(self, record: logging.LogRecord) -> str:
        """Return an event as one line of JSON."""
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := current_request_id():
            event["request_id"] = request_id
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False).translate(_ESCAPED)  # these stand in texts only
