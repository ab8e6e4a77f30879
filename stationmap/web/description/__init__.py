"""The API described: the document for programs, and the page for people made of the same."""
