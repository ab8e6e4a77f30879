"""Backups that are made every night: kept in a folder, verified, thinned out. `kept` needs no database."""
