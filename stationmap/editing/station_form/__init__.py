"""A station as the fields of a form, and what somebody made of them: only what they changed is another.

    values = form_values(station)                    # {"name": ["..."], "facilities.wifi": ["yes"], ...}
    found = edited(station, submitted, today=today)  # found.station, or found.faults, each at its field

What was not touched stays to the last byte, members that no form shows too, so that a merge sees real changes only.
"""

from stationmap.editing.station_form.edited import Edited, edited
from stationmap.editing.station_form.form_values import FormValues, digest, form_values
from stationmap.editing.station_form.new_ids import proposed_id
from stationmap.editing.station_form.submission import FieldFault

__all__ = ["Edited", "FieldFault", "FormValues", "digest", "edited", "form_values", "proposed_id"]
