"""A response that is sent in parts: its status has gone out before the last of them is made."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

from flask import Response, current_app

from stationmap.errors import OutOfTimeError
from stationmap.web.compression import response_in_parts
from stationmap.web.guard import rejections
from stationmap.web.guard.rejections import OUT_OF_TIME, RejectionCounter

log = logging.getLogger("stationmap.web")


def in_parts(parts: Iterator[bytes], media_type: str) -> Response:
    """Return a response of parts.

    What fails in making them can only break off: the server closes the connection before the end that HTTP/1.1 marks,
    and every client sees that something is missing. It is counted or logged as if it had an answer of its own.
    """
    counter: RejectionCounter = current_app.extensions[rejections.EXTENSION]
    return response_in_parts(_watched(parts, counter), media_type)


def _watched(parts: Iterator[bytes], counter: RejectionCounter) -> Iterator[bytes]:
    # No request is at hand any more: a server asks for the parts when Flask is done with it.
    try:
        yield from parts
    except OutOfTimeError:
        counter.count(OUT_OF_TIME)
        raise
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s in an answer that had begun\n%s", type(error).__name__, where)
        raise
