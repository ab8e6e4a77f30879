"""What the audit commands put out: progress bars, and results as tables, JSON or a file, always with their basis."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.audit_tables import print_sheets
from stationmap.cli.targets import Target, write_bytes
from stationmap.cli.terminal import console, plain, print_demo_label
from stationmap.errors import EnoughError, ProgressCallback

if TYPE_CHECKING:
    from stationmap.audit.output.tables import Sheet


def write_results(
    sheets: tuple[Sheet, ...], stated: dict[str, Any], *, as_json: bool, out: Target | None, language: str
) -> None:
    """Write sheets to a file, or print them as JSON or as tables; always print what they are based on."""
    from stationmap.audit.output.export import basis, file_of, json_of

    if out is not None:
        write_bytes(out, file_of(out.path.suffix, sheets, stated, language))
    elif as_json:
        click.echo(json_of(sheets, stated).decode(), nl=False)
    else:
        print_sheets(sheets)
    print_demo_label(demo=stated["registry"]["demo"])
    if not as_json:
        click.echo(plain(basis(stated)), err=True)


@contextmanager
def fraction_bar(what: str) -> Iterator[Callable[[float, str], None]]:
    """Show a bar on a terminal; yield a callback that takes the fraction done, 0 to 1, and the phase."""
    from rich.progress import Progress

    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda done, phase: None  # noqa: ARG005
        return
    with Progress(console=screen, transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda done, phase: bar.update(task, completed=done, description=f"{what} {phase}")


@contextmanager
def until_enough(progress: ProgressCallback, said: str) -> Iterator[ProgressCallback]:
    """Yield a callback that ends work with the best so far after the first Ctrl-C; a second one ends the program.

    `said` is printed when it comes. Only the main thread hears of it; another one goes on as it would.
    """
    if current_thread() is not main_thread():
        yield progress
        return
    asked = Event()

    def on_interrupt(_number: int, _frame: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)
        click.echo(said, err=True)

    def tell(done: float, phase: str) -> None:
        progress(done, phase)
        if asked.is_set():
            raise EnoughError

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield tell
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def count_bar(what: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal; yield a callback that takes the number of parts done, of an unknown total."""
    from rich.progress import Progress

    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda done: None  # noqa: ARG005
        return
    with Progress(console=screen, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done, description=f"{what} {done}")
