"""Run by alembic: the migrations work on the connection they are given, in its transaction."""

from __future__ import annotations

from alembic import context

from stationmap.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
    transactional_ddl=False,  # the transaction is that of the caller
)
context.run_migrations()
