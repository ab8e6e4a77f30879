"""The walk of docs/operations.md, from an empty Debian to a list in Excel served over HTTPS, done by a script."""
