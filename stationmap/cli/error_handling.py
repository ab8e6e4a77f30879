"""Behaviour common to all commands: an error is one line on stderr, and a negative number is not an option."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from stationmap.cli.targets import Command, Group
from stationmap.cli.terminal import plain
from stationmap.errors import InvalidFileError, StationmapError, reason_of

MAX_SHOWN = 20  # findings of an invalid registry that a command other than `check` prints
_NEGATIVE = re.compile(r"-\.?\d.*")


class OneLineErrors(Group):
    """A group whose commands end with a message and exit code 1 if the input or the machine is at fault."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command named in `ctx`."""
        with one_line_errors():
            return super().invoke(ctx)


class NegativeNumbers(Command):
    """A command for which -73.9 is a longitude and not five short options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line."""
        # Only if a negative number is present, so that a misspelt option is still reported otherwise.
        ctx.ignore_unknown_options = any(_NEGATIVE.fullmatch(arg) for arg in args)
        return super().parse_args(ctx, args)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors a person can fix into a message without a traceback."""
    try:
        yield
    except InvalidFileError as error:
        raise click.ClickException("\n".join(_folded(error))) from error
    except StationmapError as error:
        raise click.ClickException("\n".join(map(plain, _lines(error)))) from error
    except UnicodeError as error:
        raise click.ClickException(f"文字编码有误 text in another encoding than UTF-8: {plain(str(error))}") from error
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        named = f": {error.filename}" if error.filename is not None else ""
        raise click.ClickException(plain(f"{reason_of(error)}{named}")) from error
    except MemoryError as error:
        raise click.ClickException("内存不足 out of memory") from error


def _lines(error: StationmapError) -> list[str]:
    """Return the lines of a message: one for each wrong setting, otherwise one, since quoted text may forge lines."""
    from stationmap.settings_sources import InvalidSettingsError

    return str(error).splitlines() if isinstance(error, InvalidSettingsError) else [str(error)]


def _folded(error: InvalidFileError) -> Iterable[str]:
    lines = [plain(str(finding)) for finding in error.findings if finding.severity == "error"]
    chinese, english = error.subject
    yield f"{chinese}有 {len(lines)} 处错误 {english} has {len(lines)} errors"
    yield from lines[:MAX_SHOWN]
    if len(lines) > MAX_SHOWN:
        yield f"其余 {len(lines) - MAX_SHOWN} 处见 the others: stationmap {error.check_command}"
