"""What a study is written to: tables, files, maps, charts, a report."""
