"""Opening hours: texts of OpenStreetMap syntax or Chinese words, the calendar, and what they say of a moment."""

from stationmap.hours.opening_hours import ZONE, OpeningHours, parse

__all__ = ["ZONE", "OpeningHours", "parse"]
