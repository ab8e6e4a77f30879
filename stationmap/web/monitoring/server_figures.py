"""How busy the server is: connections, answers that wait to be read, requests that wait for a thread, refusals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import Metric

from stationmap import __version__
from stationmap.web.guard.connections import Server
from stationmap.web.guard.rejections import RejectionCounter
from stationmap.web.monitoring.families import counters, gauge, gauges


def program_figures() -> Iterator[Metric]:
    """Yield which program this is."""
    yield gauges("build_info", "1, with the version of the program.", ["version"], {(__version__,): 1})


def connection_figures(servers: Sequence[Server]) -> Iterator[Metric]:
    """Yield the figures of the sockets and threads of the servers, which share threads and limits."""
    connections = [each for server in servers for each in list(server.active_channels.values())]
    yield gauge("connections", "Connections that are open.", len(connections))
    limit = servers[0].adj.connection_limit if servers else 0
    yield gauge("connections_max", "Connections that may be open at a time.", limit)
    unread = sum(each.total_outbufs_len for each in connections)
    yield gauge("unread_bytes", "Bytes of answers that their readers have not taken yet.", unread)
    waiting = {(name,): count for name, count in servers[0].threads.waiting().items()} if servers else {}
    yield gauges("requests_waiting", "Requests that wait for a thread, by the kind of thread.", ["threads"], waiting)


def refusal_figures(rejections: RejectionCounter) -> Iterator[Metric]:
    """Yield what was refused or given up."""
    counts = {(reason,): count for reason, count in rejections.counts().items()}
    yield counters("refused", "Requests and connections refused or given up, by reason.", ["reason"], counts)
