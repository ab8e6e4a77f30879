"""What a study is written to.

`result_tables` makes the `Sheet`s (`tables`) of every outcome, `locked_doors` those of locked doors, with hours as
`hour_spans`, `nation_tables` those of a country; `export` the files of sheets, `workbook` and
`geopackage` among them; `ways` sets straight figures beside those along streets;
`report` is one HTML page of `report_points` and `report_parts` with `charts` and `map_drawings`, `pdf` the same on
paper; `geodataframes` serves notebooks; `degree_steps` packs degrees of cells for a browser; `site_files` and
`study_runner` carry out what files ask for.
"""
