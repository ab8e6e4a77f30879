"""How far a build of a city is, a bar for each step on a terminal; what ends it by a signal leaves nothing behind."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from stationmap.cli.terminal import console

if TYPE_CHECKING:
    from rich.progress import TaskID

STEPS = {
    "reading": "读取提取文件 reading the extract",
    "cutting": "截取范围 cutting the box",
    "ground": "地图 ground",
    "places": "地名 places",
    "streets": "道路 streets",
    "checking": "检查 checking",
}


@contextmanager
def build_steps() -> Iterator[Callable[[float, str], None]]:
    """Show a bar for each step on a terminal, and let a signal that ends the process clear up as Ctrl-C does."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    screen = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    before = signal.signal(signal.SIGTERM, _end)
    try:
        with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
            tasks: dict[str, TaskID] = {}

            def progress(done: float, step: str) -> None:
                if step not in tasks:
                    for task in tasks.values():  # what began earlier is done
                        bar.update(task, completed=1.0)
                    tasks[step] = bar.add_task(STEPS.get(step, step), total=1.0)
                bar.update(tasks[step], completed=done)

            yield progress
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
