"""Check which files a command may write: never one that it reads nor a registry, and an existing one only with --force.

A parameter of type `Output` makes its command run these checks before anything else: the command gains `--force` and
receives a Target instead of a path; nothing is written without one. The files a command reads are known from its
parameters of type FILE and from the settings; a command that learns of more calls `targets` itself.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

import click

from stationmap import file_limit, files
from stationmap.errors import FileError, StationmapError, reason_of

force_option = click.option(
    "--force", is_flag=True, help="覆盖已有文件 Replace a file that is there; never one that is read, nor a registry."
)


_HEAD_BYTES = 65_536


class Target(NamedTuple):
    """A file that may be written; `replace` tells whether it may exist already."""

    path: Path
    replace: bool

    @property
    def stays(self) -> bool:
        """Whether it is a file and not a pipe to a program."""
        return self.path.is_file() or not self.path.exists()


class Output(click.Path):
    """A file to be written. With `registry` the command creates a registry, or with --replace replaces one."""

    def __init__(self, *, registry: bool = False) -> None:
        super().__init__(path_type=Path)
        self.registry = registry


def _is_read(param: click.Parameter) -> bool:
    """Tell whether a parameter names a file to be read, by whatever type of path."""
    return isinstance(param.type, click.Path) and not isinstance(param.type, Output)


class Command(click.Command):
    """A command that checks before it starts whether it may write its output."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        if any(isinstance(each.type, Output) and not each.type.registry for each in self.params):
            force_option(self)

    def invoke(self, ctx: click.Context) -> Any:
        """Check the outputs, then run the command."""
        outputs = {str(each.name): each.type for each in self.params if isinstance(each.type, Output)}
        read = list(_files_of(ctx.params[str(each.name)] for each in self.params if _is_read(each)))
        for registry in {each.registry for each in outputs.values()}:
            force = ctx.params.pop("replace" if registry else "force")
            names = [name for name, each in outputs.items() if each.registry == registry and ctx.params[name]]
            found = targets([ctx.params[name] for name in names], read, force=force, registry=registry)
            ctx.params.update(zip(names, found, strict=True))
        return super().invoke(ctx)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command


def command(name: str) -> Callable[[Callable[..., Any]], Command]:
    """Turn a function into a command."""
    return click.command(name, cls=Command)


def targets(paths: Sequence[Path], read: Iterable[Path], *, force: bool, registry: bool = False) -> list[Target]:
    """Return targets for the paths; raises StationmapError naming every path that may not be written, and why.

    With `registry` the registry named in the settings may be replaced: that is how a new version is created.
    """
    named = [*read, *_named_by_settings(registry=not registry)]
    if problems := [problem for path in paths for problem in _problems(path, named, force=force, registry=registry)]:
        raise StationmapError("; ".join(problems))
    return [Target(path, replace=force) for path in paths]


@contextmanager
def written(target: Target | None) -> Iterator[IO[str]]:
    """Yield a UTF-8 text file that replaces the target on success; standard output without a target."""
    if target is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    with files.written(target.path, replace=target.replace) as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        try:
            yield text
            text.flush()
        finally:
            with suppress(OSError):
                text.detach()


def write_bytes(target: Target, data: bytes) -> None:
    """Write a file atomically."""
    files.write(target.path, data, replace=target.replace)


def _files_of(values: Iterable[Any]) -> Iterator[Path]:
    for value in values:
        yield from value if isinstance(value, tuple) else [value] if value is not None else []


def _named_by_settings(*, registry: bool) -> Iterator[Path]:
    """Yield the files named in the settings, with or without the registry."""
    from stationmap import settings_sources
    from stationmap.cli.options import settings
    from stationmap.resources import demo_registry

    if registry:
        yield demo_registry()
    if config := settings_sources.config_file(os.environ):
        yield config
    given = settings_sources.gather(os.environ).given.values()
    yield from (each.secret_file for each in given if each.secret_file)
    with suppress(StationmapError):  # a command that needs the settings reports what is wrong with them
        named = ((name, value) for name, value in settings() if isinstance(value, Path))
        yield from (value for name, value in named if registry or name != "registry")


def _problems(path: Path, read: Sequence[Path], *, force: bool, registry: bool) -> Iterator[str]:
    if _is_of_database(path):
        yield f"{path}: 是数据库，不会改写 is of the database, which keeps the history: write to another file"
        return
    try:
        status = path.stat()
    except FileNotFoundError:
        if not path.absolute().parent.is_dir():
            yield f"没有这个文件夹 No such file or directory: {path}"
        return
    except OSError as error:
        yield f"{reason_of(error)}: {path}"
        return
    if stat.S_ISDIR(status.st_mode):
        yield f"{path}: 是文件夹 is a directory"
    elif stat.S_ISREG(status.st_mode):
        yield from _problems_of_replacing(path, read, force=force, registry=registry)


def _problems_of_replacing(path: Path, read: Sequence[Path], *, force: bool, registry: bool) -> Iterator[str]:
    if same := next((each for each in read if _is_same(each, path)), None):
        yield f"{path}: 是本命令读取的文件，不会改写 is a file that is read here ({same}): write to another one"
    elif not registry and _is_registry(path):
        yield f"{path}: 是登记册，不会改写 is a registry, which this command never replaces: write to another file"
    elif registry and not _was_registry(path):
        yield f"{path}: 不是登记册，不会改写 is no registry, and only one is replaced: write to another file"
    elif not force:
        flag = "--replace" if registry else "--force"
        yield f"{path}: 已存在：换个名字，或加 {flag} 覆盖 is there already: take another name, or {flag} to replace it"


def _is_same(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to the same file, links included."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _is_of_database(path: Path) -> bool:
    """Tell whether a path is the database, or a file that belongs to it; whether or not it is there yet."""
    from stationmap.cli.options import settings

    with suppress(StationmapError):  # a command that needs the settings reports what is wrong with them
        database = settings().database_file
        target = Path(os.path.realpath(path))
        return target.name.startswith(database.name) and target.parent == Path(os.path.realpath(database.parent))
    return False


def _was_registry(path: Path) -> bool:
    """Tell whether a file is a registry, however damaged, or empty: a new registry may replace it."""
    try:
        data = files.read(path, max_bytes=file_limit.max_bytes()).removeprefix(b"\xef\xbb\xbf").lstrip()
    except FileError:
        return False
    return not data or (data[:1] == b"{" and b'"FeatureCollection"' in data[:_HEAD_BYTES])


def _is_registry(path: Path) -> bool:
    """Tell whether a file declares itself a registry, or could be served as one."""
    from stationmap import strict_json
    from stationmap.registry import registry

    try:
        data = files.read(path, max_bytes=file_limit.max_bytes())
    except FileError:
        return False
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{":
        return False
    found, _ = registry.check(data)
    if found is not None and found.stations:
        return True
    document = strict_json.read(data).value
    header: object = document.get("stationmap") if isinstance(document, Mapping) else None
    return isinstance(header, Mapping)
