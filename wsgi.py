"""The application for a WSGI server behind a proxy, with settings from the environment: `gunicorn wsgi:app`."""

from stationmap.web import create_app

app = create_app(writable=True)
