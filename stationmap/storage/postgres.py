"""PostgreSQL: how patient its connections are with a server that is away, and one that only listens.

A machine that was switched off answers nothing, not even no: without these limits a thread would wait for it for as
long as the system tries again, which is minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    import psycopg

CONNECT_S, SILENCE_MS, POOL_S = 5, 8_000, 5.0
_PATIENCE: dict[str, Any] = {
    "connect_timeout": CONNECT_S,
    "tcp_user_timeout": SILENCE_MS,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}


def engine(url: sa.URL) -> sa.Engine:
    """Return an engine for a URL; what the URL itself says of patience goes before."""
    patience = {name: value for name, value in _PATIENCE.items() if name not in url.query}
    made = url.set(drivername="postgresql+psycopg")
    return sa.create_engine(made, pool_pre_ping=True, pool_timeout=POOL_S, connect_args=patience)


def dedicated(of: sa.Engine) -> psycopg.Connection[Any]:
    """Open a connection beside the pool of an engine that commits each statement; raises psycopg.Error."""
    import psycopg

    arguments, named = of.dialect.create_connect_args(of.url)
    return psycopg.connect(*arguments, **{**_PATIENCE, **named}, autocommit=True)
