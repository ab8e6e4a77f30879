"""The tables of the database, and the version of their schema.

A new database is made of these definitions; an earlier one is upgraded by `migrations`, which a test compares with
them. Moments are text in UTC, all of one form, so that their order is that of time on every database.
"""

from __future__ import annotations

from stationmap.storage.schema.accounts import account_events, passkeys, secrets, sessions, throttles, tickets, users
from stationmap.storage.schema.base import metadata
from stationmap.storage.schema.duties import duties
from stationmap.storage.schema.jobs import jobs
from stationmap.storage.schema.lists import previews, proposals, sources, upload_parts
from stationmap.storage.schema.registry import changes, check_counts, conflicts, registries, revisions, stations
from stationmap.storage.schema.reports import (
    device_salts,
    mark_endings,
    notifications,
    report_contacts,
    report_events,
    reports,
    used_challenges,
)
from stationmap.storage.schema.wechat import wechat_tickets

__all__ = [
    "OF_ACCOUNTS",
    "OF_THE_MOMENT",
    "VERSION",
    "account_events",
    "changes",
    "check_counts",
    "conflicts",
    "device_salts",
    "duties",
    "jobs",
    "mark_endings",
    "metadata",
    "notifications",
    "passkeys",
    "previews",
    "proposals",
    "registries",
    "report_contacts",
    "report_events",
    "reports",
    "revisions",
    "secrets",
    "sessions",
    "sources",
    "stations",
    "throttles",
    "tickets",
    "upload_parts",
    "used_challenges",
    "users",
    "wechat_tickets",
]

VERSION = "0006"
"""The latest of the migrations."""

OF_THE_MOMENT = (
    *(sessions, tickets, throttles, jobs, upload_parts, duties),
    *(device_salts, used_challenges, notifications, wechat_tickets),
)
"""What no backup holds: put back, it would revive what was revoked, used or ended since."""

OF_ACCOUNTS = (users, passkeys, account_events, secrets)
"""What is put back only where there are no accounts: an old one would undo what was taken from somebody since."""
