"""Questions for the nearest stations that were asked before, but for the place and the moment.

Many riders ask with the same options, so those are read once, by the model that reads them for everybody
(`web/api/requests`); after that a question costs the reading of two numbers. Whatever has any fault is not kept, and is
read by the model again. No place is kept.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import NamedTuple

from stationmap.datum import Datum, to_wgs84
from stationmap.hours.opening_hours import local
from stationmap.registry.model import Position
from stationmap.settings import Settings
from stationmap.web.api.parameters import NearestBody, NearestOptions, NearestQuery
from stationmap.web.api.requests import NearestRequest, nearest_request
from stationmap.web.parameters.faults import InvalidParametersError
from stationmap.web.parameters.reading import json_members, read_members, read_query

MAX_KEPT = 512
"""Sets of options, some 2 kB each."""
MAX_OPTIONS_BYTES = 512
"""Of the text of options that is kept."""

# Narrower than `parameters.values.NUMBER`: what more there is, is read by the model.
_DEGREES = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{0,20})?")
_JSON_NUMBER = rb"-?(?:0|[1-9][0-9]{0,2})(?:\.[0-9]{1,20})?(?:[eE]-?[0-9]{1,2})?"
# Wherever the two members stand, another number in their place leaves the rest of a document what it is: within a
# string the quotation mark of "lon" would end it, and no document goes on like that.
_PLACE = re.compile(rb'"lon":[ ]?(%b),[ ]?"lat":[ ]?(%b)(?=[ ]?[,}])' % (_JSON_NUMBER, _JSON_NUMBER))
_ANYWHERE = b'"lon":0,"lat":0'

Options = str | bytes
"""The text of the options of a question: of an address, or of a body with `_ANYWHERE` in it."""


class Asked(NamedTuple):
    """A question taken apart: the text of its options, and where somebody is, in degrees of the datum it names."""

    options: Options
    lon: float
    lat: float


class KeptQuestion:
    """The options of a question by straight lines, made a request for any place and moment."""

    def __init__(self, model: NearestOptions, settings: Settings, travel: str | None, within_m: float | None) -> None:
        self._model, self._settings, self._travel, self._within_m = model, settings, travel, within_m
        self._datum = Datum(model.datum)
        self._made: tuple[date, NearestRequest] | None = None

    def at(self, asked: Asked, now: datetime) -> NearestRequest:
        """Return the request of somebody at a place who asks now."""
        day = local(now).date()
        made = self._made
        if made is None or made[0] != day:  # to be open day and night is asked from a day on
            made = self._made = day, self._request(now)
        request = made[1]
        lon, lat = asked.lon, asked.lat
        if self._datum is not Datum.WGS84:
            lon, lat = to_wgs84(lon, lat, self._datum)
        if isinstance(self._model.open, datetime):
            return request._replace(places=[Position(lon, lat)])
        query = request.query if request.query.open_at is None else request.query.moved_to(now)
        return request._replace(places=[Position(lon, lat)], at=now, query=query)

    def _request(self, now: datetime) -> NearestRequest:
        return nearest_request(
            self._model, [(0.0, 0.0)], now, self._settings, within_m=self._within_m, travel=self._travel
        )


class KeptQuestions:
    """The options that were asked for before; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: dict[Options, KeptQuestion] = {}

    def known(self, options: Options) -> KeptQuestion | None:
        """Return the question of some options if it was asked before."""
        return self._kept.get(options)

    def read(self, options: Options) -> KeptQuestion | None:
        """Return the question of some options, read now where it is new.

        None for what has a fault, asks for ways along streets or for many places, or is too long to be kept.
        """
        found = self._kept.get(options)
        if found is None and len(options) <= MAX_OPTIONS_BYTES:
            try:
                found = self._of_query(options) if isinstance(options, str) else self._of_body(options)
            except InvalidParametersError:
                return None
            if found is not None:
                self._keep(options, found)
        return found

    def _keep(self, options: Options, found: KeptQuestion) -> None:
        kept = self._kept
        if len(kept) >= MAX_KEPT:
            kept.pop(next(iter(list(kept))), None)  # the oldest; another thread may have been first
        kept[options] = found

    def _of_query(self, options: str) -> KeptQuestion:
        model = read_query(NearestQuery, f"{options}&lon=0&lat=0")
        return KeptQuestion(model, self._settings, None, model.within_m)

    def _of_body(self, options: bytes) -> KeptQuestion | None:
        model = read_members(NearestBody, json_members(options))
        if model.points is not None or model.by != "straight" or model.lon is None or model.lat is None:
            return None
        return KeptQuestion(model, self._settings, model.travel, model.within_m)


def asked_by_query(query: str) -> Asked | None:
    """Take a query string apart; None where its place is not two plain numbers, each given once."""
    lon = lat = None
    options = []
    for part in query.split("&"):
        if part.startswith("lon=") and lon is None:
            lon = part[4:]
        elif part.startswith("lat=") and lat is None:
            lat = part[4:]
        else:
            options.append(part)
    if lon is None or lat is None or not (_DEGREES.fullmatch(lon) and _DEGREES.fullmatch(lat)):
        return None
    return _within("&".join(options), float(lon), float(lat))


def asked_by_body(body: bytes) -> Asked | None:
    """Take a JSON body apart; None where it does not hold a longitude and, next to it, a latitude."""
    found = _PLACE.search(body)
    if found is None:
        return None
    options = body[: found.start()] + _ANYWHERE + body[found.end() :]
    return _within(options, float(found[1]), float(found[2]))


def _within(options: Options, lon: float, lat: float) -> Asked | None:
    return Asked(options, lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None
