"""A bar on the terminal for work that takes long; nothing where there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stationmap.cli.terminal import console


@contextmanager
def shares_bar(what: str) -> Iterator[Callable[[float, str], None]]:
    """Yield what takes the share done, 0 to 1, and the phase."""
    from rich.progress import Progress

    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda done, phase: None  # noqa: ARG005
        return
    with Progress(console=screen, transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda done, phase: bar.update(task, completed=done, description=f"{what} {phase}")


@contextmanager
def parts_bar(what: str) -> Iterator[Callable[[int], None]]:
    """Yield what takes how many parts are done, of nobody knows how many."""
    from rich.progress import Progress

    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda done: None  # noqa: ARG005
        return
    with Progress(console=screen, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done, description=f"{what} {done}")
