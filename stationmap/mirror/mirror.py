"""Bring a file up to what another server publishes: by what changed since, or where that is not known, by the whole.

    outcome = update(fetcher(root), root, Path("stations.geojson"))

The file holds, after every call and whenever the process is killed, one version that the server published, whole.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from stationmap import files
from stationmap.errors import MirrorError
from stationmap.file_limit import max_bytes
from stationmap.mirror import answers, kept, lines
from stationmap.mirror.answers import Changed
from stationmap.mirror.fetching import Fetch, OnBytes
from stationmap.mirror.kept import Copy, Kept
from stationmap.registry.registry import dumps


class Outcome(NamedTuple):
    """What an update did: stations put and removed, or all of them; how many bytes came for it."""

    copy: Copy
    whole: bool
    put: int
    deleted: int
    received: int
    is_changed: bool


class _Made(NamedTuple):
    """A version to be written, None where the file holds it already."""

    outcome: Outcome
    data: bytes | None


def update(
    fetch: Fetch, url: str, path: Path, *, limit: int | None = None, on_bytes: OnBytes = lambda _: None
) -> Outcome:
    """Bring a file up to date, or make it; raises MirrorError, FileError, and leaves the file as it is then.

    Only a file that is a copy of this address is written on. `limit` is how many changes a page has.
    """
    path = Path(os.path.realpath(path))
    with files.turn_in(path.parent):
        there = files.read(path, max_bytes=max_bytes()) if path.exists() else None
        copy = _own(path, url, kept.read(path), there)
    made = None
    if copy is not None and there is not None and copy.after is not None:
        made = _caught_up(fetch, copy, copy.after, there, limit)
    made = made or _fetched(fetch, copy, on_bytes)
    return made.outcome if made.outcome.copy == copy else _written(path, url, copy, made)


def _own(path: Path, url: str, known: Kept | None, there: bytes | None) -> Copy | None:
    """Return the version that a file holds, None where there is no file; raises MirrorError for a file of others."""
    if known is not None and known.url != url:
        raise MirrorError(f"{path}: 是别的网址的镜像 is a copy of {known.url}: take another file")
    if there is None:
        return None
    copy = known.copy_with(_sha256(there)) if known else None
    if copy is None:
        what = "被改动过 was changed since the mirror wrote it" if known else "不是镜像写的 was not written by a mirror"
        raise MirrorError(f"{path}: {what}: 不会覆盖，请移走或换个名字 it stays; move it away, or take another name")
    return copy


def _caught_up(fetch: Fetch, copy: Copy, after: int, there: bytes, limit: int | None) -> _Made | None:
    """Return the version after what changed; None where that does not lead to what the server publishes."""
    found = answers.changed(fetch, after, copy.revision, limit=limit)
    if not isinstance(found, Changed):
        return None
    if found.lines or found.head is not None:
        now = lines.read(there).with_changes(found.lines, found.head)
        data, says = now.dumps(), (now.revision, len(now.by_id))
    else:
        data, says = there, (copy.published, copy.stations)
    if says != (found.published, found.stations):
        return None
    made = Copy(
        sha256=_sha256(data),
        published=found.published,
        stations=found.stations,
        demo=found.demo,
        after=found.until,
        revision=found.revision,
    )
    put = sum(line is not None for line in found.lines.values())
    return _Made(Outcome(made, False, put, len(found.lines) - put, found.received, data != there), data)


def _fetched(fetch: Fetch, copy: Copy | None, on_bytes: OnBytes) -> _Made:
    """Return the version that the server publishes, which may be what the file holds."""
    found = answers.whole(fetch, copy.published if copy else "", on_bytes)
    if found.registry is None:
        assert copy is not None
        numbers = {"after": found.after, "revision": found.revision}
        return _Made(Outcome(copy.model_copy(update=numbers), False, 0, 0, found.received, False), None)
    data = dumps(found.registry)
    made = Copy(
        sha256=_sha256(data),
        published=found.registry.revision,
        stations=len(found.registry),
        demo=found.registry.demo,
        after=found.after,
        revision=found.revision,
    )
    is_changed = copy is None or copy.sha256 != made.sha256
    return _Made(Outcome(made, True, len(found.registry), 0, found.received, is_changed), data)


def _written(path: Path, url: str, before: Copy | None, made: _Made) -> Outcome:
    """Put a version in its place, unless another mirror was quicker; raises MirrorError for a file of others."""
    now = made.outcome.copy
    with files.turn_in(path.parent):
        found = _sha256(files.read(path, max_bytes=max_bytes())) if path.exists() else ""
        if found != (before.sha256 if before else ""):
            known = kept.read(path)
            other = known.copy_with(found) if known and known.url == url else None
            if other is None:
                raise MirrorError(f"{path}: 刚被别人改动 was changed by somebody meanwhile, and is left as it is")
            return made.outcome._replace(copy=other, whole=False, put=0, deleted=0, is_changed=False)
        both = (now, before) if before and before.sha256 != now.sha256 else (now,)
        kept.write(path, Kept(url=url, copies=both))
        if made.data is not None and found != now.sha256:
            files.write(path, made.data, replace=before is not None)
        if len(both) > 1:
            kept.write(path, Kept(url=url, copies=(now,)))
    return made.outcome


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
