"""Changes of stations: field by field, three ways, and what a list from outside would change."""

from stationmap.editing.fields import ABSENT, Field, FieldChange, changed_fields, field_values
from stationmap.editing.merge import FieldConflict, Merged, merge

__all__ = ["ABSENT", "Field", "FieldChange", "FieldConflict", "Merged", "changed_fields", "field_values", "merge"]
