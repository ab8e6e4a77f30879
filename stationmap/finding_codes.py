"""The codes of findings: each has words in both catalogues of checks and a row in docs/data.md, which a test compares.

A code is stable: programs and people who keep lists of findings go by it.
"""

from __future__ import annotations

from typing import Literal

JsonFileCode = Literal[
    "unreadable",
    "empty",
    "truncated",
    "not_json",
    "not_utf8",
    "byte_order_mark",
    "not_a_number",
    "number_too_large",
    "nested_too_deep",
    "too_large",
    "repeated_member",
    "more_findings",
]
RegistryFormatCode = Literal[
    "not_a_feature_collection",
    "crs_member",
    "no_header",
    "missing_member",
    "wrong_type",
    "not_allowed",
    "out_of_range",
    "too_long",
    "blank",
    "bad_date",
    "bad_id",
    "bad_adcode",
    "duplicate_id",
    "no_position",
    "not_a_point",
    "bad_coordinates",
    "swapped",
]
HoursCode = Literal[
    "bad_hours",
    "hours_too_complex",
    "hours_not_understood",
    "hours_never_open",
    "hours_cancelled",
    "hours_night_cut",
    "hours_mistyped",
]
RegistryQualityCode = Literal[
    "unknown_facility",
    "unknown_service",
    "verified_in_future",
    "closure_reversed",
    "bad_photo",
    "control_characters",
    "same_name_and_address",
    "stacked",
    "outside_city",
    "outside_district",
    "unknown_district",
    "amid_strangers",
    "shifted_batch",
    "personal_data",
    "personal_phone",
    "personal_data_published",
]
ImportedTableCode = Literal[
    "ragged_row",
    "no_category",
    "perhaps_not_open",
    "unknown_status",
    "datum_contradicted",
    "outside_datum",
    "zone",
    "not_understood",
    "cell_not_understood",
    "hours_contradicted",
    "column_kept",
    "blank_status",
    "serial_as_id",
    "merged_cells",
    "district_from_title",
    "cell_reformatted",
    "digits_lost",
    "formula_failed",
    "formula_unevaluated",
    "hidden_rows",
    "sheet_chosen",
]
HolidaysFileCode = Literal[
    "not_an_object",
    "missing",
    "unknown_member",
    "not_a_year",
    "not_text",
    "not_a_name",
    "not_a_date",
    "other_year",
    "works_anyway",
    "repeated",
    "off_and_worked",
    "statutory_day_missing",
    "far",
    "unbalanced",
]
NoticeTextCode = Literal[
    "no_items",
    "no_year",
    "several_years",
    "festival_twice",
    "festival_missing",
    "no_days_off",
    "not_off",
    "other_count",
    "backwards",
    "no_such_day",
    "other_weekday",
]

FindingCode = Literal[
    JsonFileCode,
    RegistryFormatCode,
    HoursCode,
    RegistryQualityCode,
    ImportedTableCode,
    HolidaysFileCode,
    NoticeTextCode,
]
