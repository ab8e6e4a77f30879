"""`GET /api/v1/registry`: all that is published, as one registry file of one revision; described in `docs/api.md`."""

from __future__ import annotations

from flask import Blueprint, Response, request

from stationmap.errors import StorageError
from stationmap.registry.registry import Registry
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.changes.operations import REGISTRY
from stationmap.web.changes.publication import publication
from stationmap.web.compression import takes_gzip
from stationmap.web.openapi.operation import GEOJSON, described
from stationmap.web.parameters.reading import refuse_parameters
from stationmap.web.state import current_snapshot, staff_deadline, state

blueprint = Blueprint("registry_copy", __name__)

REVISION, SEQUENCE, PUBLISHED = "Stationmap-Revision", "Stationmap-Sequence", "Stationmap-Published"
"""Headers: the revision of the registry, its number in the journal, the revision of what is published of it."""


@blueprint.get("/api/v1/registry")
@described(REGISTRY)
def whole_registry() -> Response:
    """Return the registry as a file, members of the format only, with where to ask for changes from then on."""
    refuse_parameters(request.query_string.decode("latin-1"))
    registry, kept, check = current_snapshot().registry, publication(), staff_deadline()
    with kept.slot(registry, check):
        published = kept.revision(registry, check)
        if request.if_none_match.contains_weak(published):
            return _described(Response(status=304), registry, published)
        packed = kept.packed(registry, check)
    if takes_gzip():
        response = Response(packed.gzip, content_type=GEOJSON)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(packed.pieces(), content_type=GEOJSON)
        response.headers["Content-Length"] = str(packed.length)
    response.headers["Vary"] = "Accept-Encoding"
    return _described(response, registry, published)


def _described(response: Response, registry: Registry, published: str) -> Response:
    response.set_etag(published, weak=True)  # the same content packed has other bytes
    response.headers.set(*REVALIDATE)
    response.headers[REVISION], response.headers[PUBLISHED] = registry.revision, published
    if seq := _seq_of(registry):
        response.headers[SEQUENCE] = str(seq)
    return response


def _seq_of(registry: Registry) -> int | None:
    """Return the number of a revision, None where no journal has it: a copy has nothing to go on from then."""
    if state().keeper is None:
        return None
    from stationmap.storage.history import change_feed

    try:
        latest = state().journal_head()
        with state().database().reading() as connection:
            mark = change_feed.latest_with(connection, latest, registry.revision)
    except StorageError:
        return None
    return mark and mark.seq
