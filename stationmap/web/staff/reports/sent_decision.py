"""A decision on reports as a form sends it, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple
from uuid import UUID

from flask import abort, request

from stationmap.reports.model import MAX_ANSWER, REASONS, STATUSES, Decision, Kind
from stationmap.web.staff.report_answers import text_of, usual_answers
from stationmap.web.staff.report_decisions import moment_sent
from stationmap.web.staff.reports.group import DECIDED
from stationmap.web.staff.reports.page_parts import say

MAX_SEEN = 2**31 - 1


class Sent(NamedTuple):
    """A decision as it was sent: about the whole group as it was seen until a moment, or about chosen reports."""

    decision: Decision
    chosen: Sequence[str] | None
    until: datetime
    seen: int


def read_decision(kind: Kind) -> tuple[Sent | None, dict[str, str]]:
    """Return the decision that was sent, or what is wrong with it by field."""
    form = request.form
    status = next((each for each in STATUSES if each in DECIDED and each == form.get("status")), None)
    reason = next((each for each in REASONS if each == form.get("reason")), None)
    answer = form.get("answer", "").replace("\r\n", "\n").strip()
    if not answer and form.get("template") in usual_answers(kind):
        answer = text_of(form["template"])
    ticked, is_of_all = [each for each in form.getlist("chosen") if is_uuid(each)], form.get("scope") != "chosen"
    until, seen = moment_sent(form.get("until", "")), _number(form.get("seen", ""))
    errors = {
        **({} if status else {"status": say("reports.fault.status")}),
        **({"reason": say("reports.fault.reason")} if status == "rejected" and not reason else {}),
        **({"answer": say("reports.fault.answer", most=MAX_ANSWER)} if len(answer) > MAX_ANSWER else {}),
        # Reports are ticked, and all are meant? Too much would be decided.
        **({"scope": say(f"reports.fault.{'both' if ticked else 'none'}")} if is_of_all == bool(ticked) else {}),
    }
    if until is None or seen is None:
        abort(HTTPStatus.BAD_REQUEST)
    if errors or status is None:
        return None, errors
    decision = Decision(status, answer, reason if status == "rejected" else None)
    return Sent(decision, None if is_of_all else ticked, until, seen), {}


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_SEEN))
    return int(text) if is_number and int(text) <= MAX_SEEN else None


def is_uuid(text: str) -> bool:
    """Tell whether a text may be the id of a report: no database takes each."""
    with suppress(ValueError):
        return str(UUID(text)) == text
    return False
