"""Lists that people give back, as changes of a registry: what each row would do is shown before anything is done.

given = read_list(data, "泉山区.xlsx", known=registry)
listed = ListToImport.of(given, ImportOptions(datum=Datum.GCJ02, districts=known_districts()))
preview = preview_import([listed], registry)
preview_document(preview)           # plain values: JSON, a page
edits_of(preview, USUAL)            # for `storage.EditableRegistry.change`
"""

from stationmap.editing.list_import.column_mapping import ColumnMapping, source_of
from stationmap.editing.list_import.groups import GROUPS, Group, ImportPreview, PreviewRow
from stationmap.editing.list_import.listed_rows import ListToImport, options_for
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
    "options_for",
    "preview_document",
    "preview_import",
    "source_of",
]
