"""The application for a WSGI server, with settings from the environment: `gunicorn --workers 2 wsgi:app`."""

from stationmap.web import create_app

app = create_app()
