"""JSON that may stand as a value in a script that Folium renders."""

from __future__ import annotations

import json
import re
from typing import Any

_ENDS_ELEMENT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}
_BEGINS_TEMPLATE = re.compile(r"\{(?=[{%#])")


def script_json(value: Any) -> str:
    """Return a value as JSON that neither a page nor a template reads anything into.

    Nothing ends the script element or begins a comment, no line ends where JSON has none, and no expression of Jinja
    begins: branca compiles what a template gave as a template once more. In JSON these signs occur inside strings only.
    Raises ValueError for NaN and infinities, which JSON does not have.
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":")).translate(_ENDS_ELEMENT)
    return _BEGINS_TEMPLATE.sub(r"\\u007b", text)
