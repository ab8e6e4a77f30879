"""The opening hours of a form: one text, and what it means where nobody but people understands it."""

from __future__ import annotations

from stationmap.editing.station_form.hours_text import hours_text
from stationmap.editing.station_form.submission import NOTHING, FieldFault, Submission, Update


def read_hours(sent: Submission) -> Update:
    """Return hours and their wording; words that are not understood are kept as words only if somebody confirms that.

    `hours_anew` reads the wording that is there once more, although nobody changed it.
    """
    if not sent.touches("hours", "hours_meant") and not sent.chosen("hours_anew"):
        return NOTHING
    text, meant = sent.text("hours"), sent.text("hours_meant")
    found = hours_text(text)
    if not text or found.hours is not None:
        return {"hours": found.hours, "hours_source": found.wording}, ()
    if meant and sent.touches("hours") and not sent.touches("hours_meant"):
        return {}, (FieldFault("hours_meant", "meant_of_other_words"),)
    if meant:
        explained = hours_text(meant).hours
        fault = FieldFault("hours_meant", "hours_not_understood")
        return ({"hours": explained, "hours_source": text}, ()) if explained is not None else ({}, (fault,))
    if not sent.chosen("hours_as_words"):
        return {}, (FieldFault("hours", "hours_not_understood"),)
    return {"hours": None, "hours_source": text}, ()
