"""The application for a WSGI server behind a proxy, with settings from the environment: `gunicorn wsgi:app`."""

import logging
import os

from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.server import OWN_SETTINGS

_settings = Settings.from_environment(os.environ)
app = create_app(_settings, writable=True)

if _without_effect := sorted(OWN_SETTINGS & _settings.model_fields_set):
    log = logging.getLogger("stationmap.server")
    log.warning("settings that only `stationmap serve` follows, without effect here: %s", ", ".join(_without_effect))
