"""Progress bars for people at a terminal; silent where stderr is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager


def judge_calls(judge: str, strategy: str) -> AbstractContextManager[Callable[[int, int], None]]:
    """A function that takes (answered, all) calls and shows them."""
    return _bar(f"{judge} {strategy}", "calls")


def file_bar(what: str) -> AbstractContextManager[Callable[[int, int], None]]:
    """A function that takes (done, all) files and shows them."""
    return _bar(what, "files")


@contextmanager
def _bar(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None, visible=False)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=total > 0)

        yield show
