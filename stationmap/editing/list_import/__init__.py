"""Lists that people give back, as changes of a registry: what each row would do is shown before anything is done."""

from stationmap.editing.list_import.column_mapping import ColumnMapping, source_of
from stationmap.editing.list_import.groups import GROUPS, Group, ImportPreview, PreviewRow
from stationmap.editing.list_import.listed_rows import ListToImport
from stationmap.editing.list_import.preview import preview_import
from stationmap.editing.list_import.preview_document import preview_document
from stationmap.editing.list_import.selection import SELECTABLE, USUAL, edits_of

__all__ = [
    "GROUPS",
    "SELECTABLE",
    "USUAL",
    "ColumnMapping",
    "Group",
    "ImportPreview",
    "ListToImport",
    "PreviewRow",
    "edits_of",
    "preview_document",
    "preview_import",
    "source_of",
]
