"""How responses may be cached: each policy is the one `Cache-Control` header, as a name and a value."""

from __future__ import annotations

NO_STORE = ("Cache-Control", "no-store")
"""Answers to one person, errors and jobs: never stored."""
REVALIDATE = ("Cache-Control", "no-cache")
"""Pages and data: may be kept, but are checked with the server before each use."""
IMMUTABLE = ("Cache-Control", "public, max-age=31536000, immutable")
"""Files whose URL changes with their content."""
FINDER = ("Cache-Control", "max-age=86400")
"""The finder's page. Without a service worker this copy is all a phone has offline, and install.js renews it with every
visit; a service worker always asks."""
