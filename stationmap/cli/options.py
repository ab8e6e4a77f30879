"""Options shared by commands: moments and the clock, settings, the registry."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES

if TYPE_CHECKING:
    from stationmap.hours.calendar import Calendar
    from stationmap.registry.registry import Registry
    from stationmap.settings import Settings
    from stationmap.storage import EditableRegistry


class FilePath(click.Path):
    """A path; a text without characters, as of a variable of a shell that is not set, is not the present folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert a text to a path."""
        if value == "":
            self.fail("路径是空的 the path is empty", param, ctx)
        return super().convert(value, param, ctx)


# A file is opened by the module that knows its format and how to reject a pipe or a folder.
FILE = FilePath(path_type=Path)
DATUM = click.Choice(["wgs84", "gcj02", "bd09"], case_sensitive=False)
MOMENT_HINT = "now|ISO"

registry_option = click.option(
    "--registry",
    type=FILE,
    help="登记册文件 Registry file [default: STATIONMAP_REGISTRY, or the demonstration registry].",
)
language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=DEFAULT_LANGUAGE,
    show_default=True,
    help="文件的语言 Language of files.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="输出 JSON Print JSON.")


class Finite(click.FloatRange):
    """A number within a range; unlike its base class it accepts neither NaN nor infinity."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Convert the number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"不是有限的数 {value} is not a finite number", param, ctx)
        return number


def system_clock() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


clock: Callable[[], datetime] = system_clock
"""The only clock of the command line; tests replace it."""


def now() -> datetime:
    """Return the current time in the stations' zone: "today" means the day there, wherever the machine is."""
    from stationmap.hours.opening_hours import ZONE

    return clock().astimezone(ZONE).replace(microsecond=0)


def moment(text: str | datetime) -> datetime:
    """Parse an ISO 8601 moment or `now`; without an offset it is Chinese time. Raises click.BadParameter."""
    from stationmap.errors import InvalidQueryError
    from stationmap.hours.opening_hours import ZONE, local

    if isinstance(text, datetime):
        return text
    if text == "now":
        return now()
    try:
        read = datetime.fromisoformat(text)
        read = read if read.utcoffset() is not None else read.replace(tzinfo=ZONE)
        local(read)
    except InvalidQueryError as error:
        raise click.BadParameter(str(error)) from error
    except ValueError as error:
        raise click.BadParameter("不是时间 not a moment such as 2026-10-06T10:00 or 2026-10-06T10:00+08:00") from error
    return read


def settings(**given: object) -> Settings:
    """Return the settings of the environment; values given on the command line take precedence."""
    from stationmap.settings import Settings

    if given.get("registry") is not None and _is_another(Path(str(given["registry"]))):
        given["shared_as"] = ""  # the name is that of the other one
    return Settings.from_environment(os.environ, **given)


def _is_another(registry: Path) -> bool:
    """Tell whether a registry is another one than that which the environment, or a file of settings, names."""
    from stationmap import settings_sources

    named = settings_sources.gather(os.environ).given.get("registry")
    return named is not None and os.path.realpath(named.path) != os.path.realpath(registry)


def follow_calendar() -> None:
    """Use the calendar named in the settings; its file is read when a command first needs a day."""
    from stationmap.hours import calendar

    calendar.adopt(_calendar)


def follow_city() -> None:
    """Let answers be about the city the settings name; its folder is read when a command first needs to know of it."""
    from stationmap import city

    city.adopt(lambda: city.load(city_folder()))


def follow_file_limit() -> None:
    """Read registry files as large as the settings allow, which are asked when the first is read."""
    from stationmap import file_limit

    file_limit.adopt(lambda: settings().max_registry_mb)


def city_folder() -> Path | None:
    """Return the folder the setting `city` names.

    Not by `settings()`: help texts name districts, and need not wait for pydantic.
    """
    from stationmap import settings_sources

    given = settings_sources.gather(os.environ).given.get("city")
    return given.path if given else None


def _calendar() -> Calendar:
    from stationmap.hours import calendar, calendar_file

    path = settings().holidays
    return calendar_file.load(path) if path else calendar.packaged()


def open_registry(path: Path | None) -> Registry:
    """Load the registry at a path, or the one named in the settings."""
    from stationmap.registry.store import load

    return load(settings(registry=path).registry)


def open_editable(path: Path | None) -> EditableRegistry:
    """Open the registry at a path, or the one named in the settings, for changes."""
    from stationmap import storage

    return storage.open_editable(settings(registry=path), clock=now)
