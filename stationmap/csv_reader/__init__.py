"""Delimited text as spreadsheets write it: encodings, delimiters, titles, headers, cells."""
