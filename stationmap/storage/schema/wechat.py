"""The table of what WeChat lends for a while."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from stationmap.storage.schema.base import metadata

wechat_tickets = Table(
    "wechat_ticket",
    metadata,
    Column("account", String(64), primary_key=True),  # digest of the account's AppID
    Column("ticket", Text, nullable=False),  # by which pages are signed; empty where there is none yet
    Column("expires_at", String(32), nullable=False),
    Column("next_at", String(32), nullable=False),  # nobody asks for another one before
    Column("failures", Integer, nullable=False),  # in a row
    Column("problem", String(32), nullable=False),  # why there was none the last time: a code of ours and one of WeChat
)
"""Tickets for WeChat's JS-SDK, one for all processes: an account gets few of them a day."""
