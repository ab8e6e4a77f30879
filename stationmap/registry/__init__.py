"""The registry of stations: its model, its file, and what makes a file one."""

from stationmap.registry.registry import Registry, check, dumps, parse
from stationmap.registry.store import load

__all__ = ["Registry", "check", "dumps", "load", "parse"]
