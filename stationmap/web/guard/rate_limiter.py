"""How many requests a second a network may send: a token bucket for each network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Lock

PER_NETWORK_S = 100.0
"""Requests a second of one network: a carrier's gateway speaks for thousands of riders."""
BURST = 2_000.0
MAX_NETWORKS = 20_000


class RateLimiter:
    """Token buckets by network; the bucket of a network is known while it sends requests, and no longer."""

    def __init__(self, per_s: float = PER_NETWORK_S, burst: float = BURST) -> None:
        self._per_s, self._burst = per_s, burst
        self._tokens: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def allows(self, network: str, at_s: float) -> bool:
        """Take a token of a network and tell whether there was one; `at_s` is the time of a monotonic clock."""
        with self._lock:
            tokens, since_s = self._tokens.pop(network, (self._burst, at_s))
            tokens = min(self._burst, tokens + (at_s - since_s) * self._per_s)
            if len(self._tokens) >= MAX_NETWORKS:
                del self._tokens[next(iter(self._tokens))]  # the network that has been silent longest
            self._tokens[network] = (tokens - 1 if tokens >= 1 else tokens, at_s)
        return tokens >= 1


def network_of(address: str) -> str | None:
    """Return the /24 or /56 network of an address; None for this machine, where a proxy speaks for everybody."""
    known = _known(address)
    if known is None or known.is_loopback:
        return None
    return str(ip_network(f"{known}/{24 if known.version == 4 else 56}", strict=False))


def is_of_this_machine(address: str) -> bool:
    """Tell whether an address is one of this machine to itself, as that of a proxy before the server is."""
    known = _known(address)
    return known is not None and known.is_loopback


def _known(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address, that of IPv4 where it is written as one of IPv6; None for what is none."""
    try:
        known = ip_address(address)
    except ValueError:
        return None
    return getattr(known, "ipv4_mapped", None) or known
