"""Where settings are written: options of the command line, the environment, a TOML file, and files of one secret each.

An option goes before the environment, the environment before the file. Each setting keeps the place it was read from,
by which whatever is wrong with it is named.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stationmap import files, toml_file
from stationmap.errors import FileError, StationmapError

PREFIX = "STATIONMAP_"
CONFIG = f"{PREFIX}CONFIG"
USUAL_FILE = Path("/etc/stationmap/stationmap.toml")
SECRETS = frozenset({"database_url", "oidc_client_secret", "wechat_app_secret"})
"""Settings that are never shown, and may stand in a file of their own."""
SECRET_FILE = "_file"
"""Ends the name of a setting that says where a secret stands."""
OPTION = "命令行 command line"

MAX_FILE_BYTES = 65_536
MAX_SECRET_BYTES = 4_096


class InvalidSettingsError(StationmapError):
    """A setting is unknown or has a value that cannot be; the message has a line for each."""


class Given(NamedTuple):
    """What was written for a setting, where (`STATIONMAP_PORT`, `/etc/stationmap/stationmap.toml: port`)."""

    value: Any
    place: str
    folder: Path = Path()
    """From which a relative path in it leads: that of the file it stands in, or of the process."""
    secret_file: Path | None = None
    """The file that holds the value alone."""

    @property
    def path(self) -> Path:
        """The value as a path."""
        return self.folder / str(self.value)


def config_file(environment: Mapping[str, str]) -> Path | None:
    """Return the file of settings: the one the environment names, else the usual one where there is one.

    `STATIONMAP_CONFIG=/dev/null` means none.
    """
    if named := environment.get(CONFIG):
        return None if named == os.devnull else Path(named)
    try:
        return USUAL_FILE if USUAL_FILE.exists() else None
    except OSError:  # in a folder that may not be looked into: whoever reads the file says so
        return USUAL_FILE


class Sources(NamedTuple):
    """All that is given, by the name of the setting, and what is wrong with the files it was looked for in."""

    given: Mapping[str, Given]
    """Names that are no setting's are among them."""
    problems: Sequence[str] = ()


def gather(environment: Mapping[str, str], **options: object) -> Sources:
    """Return what is given; what is set to nothing counts as not given, as do options that are None."""
    problems: list[str] = []
    path = config_file(environment)
    found = dict(_of_file(path, problems)) if path else {}
    found |= _with_secrets(dict(_of_environment(environment)), problems)
    found |= {name: Given(value, OPTION) for name, value in options.items() if value is not None}
    return Sources(found, problems)


def _of_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, Given]]:
    for variable, value in environment.items():
        if variable.startswith(PREFIX) and variable != CONFIG and value:
            yield variable.removeprefix(PREFIX).lower(), Given(value, variable)


def _of_file(path: Path, problems: list[str]) -> dict[str, Given]:
    """Return what a TOML file gives, and add to `problems` what is wrong with the file."""
    try:
        data, status = files.read_with_status(path, max_bytes=MAX_FILE_BYTES)
        document = toml_file.parse(data)
    except FileError as error:
        problems.append(f"{CONFIG}: {error}")
        return {}
    except toml_file.InvalidTomlError as error:
        problems.append(f"{path}: {error}")
        return {}
    if SECRETS & document.keys() and toml_file.is_open_to_others(status):
        problems.append(f"{path}: {toml_file.CLOSE_IT} 640")
    folder = path.absolute().parent
    given = {name: Given(value, f"{path}: {name}", folder) for name, value in document.items() if value != ""}
    return _with_secrets(given, problems)


def _with_secrets(given: dict[str, Given], problems: list[str]) -> dict[str, Given]:
    """Read the secrets that stand in files of their own; what is wrong with them is added to `problems`."""
    for name in sorted(SECRETS):
        pointer = given.pop(name + SECRET_FILE, None)
        if pointer is None:
            continue
        if name in given:
            problems.append(f"{pointer.place}: 与 {given[name].place} 只能有一个 only one of the two may be given")
            continue
        try:
            given[name] = Given(_secret(pointer.path), pointer.place, secret_file=pointer.path)
        except FileError as error:
            problems.append(f"{pointer.place}: {error}")
    return given


def _secret(path: Path) -> str:
    """Return the secret a file holds, without the end of its line; raises FileError."""
    try:
        secret = files.read(path, max_bytes=MAX_SECRET_BYTES).decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise FileError(f"{path}: 不是 UTF-8 文字 is no text in UTF-8") from None
    if not secret or "\n" in secret:
        raise FileError(f"{path}: 应只有一行密钥 should hold one line, the secret")
    return secret
