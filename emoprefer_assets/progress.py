"""How far long work has come, on stderr: bars for people at a terminal, elsewhere a plain line now and then."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, Task, TextColumn
from rich.table import Column

from emoprefer_assets.tally import Tally

# What ends sooner is not worth a line; what has just begun, not worth a bar.
LONG = 2.0
BAR_AFTER = 1.0
FIRST_LINE_AFTER = 10.0
BETWEEN_LINES = 30.0
LEAST_BAR = 4


@contextmanager
def judge_calls(judge: str) -> Iterator[Callable[[Tally, int], None]]:
    """A function that takes the calls so far, and how many there will be, and shows them."""
    with _watched(_Work(judge, "calls")) as work:

        def show(calls: Tally, expected: int) -> None:
            details = [f"{calls.failed:,} failed"] if calls.failed else []
            if tokens := calls.tokens_in + calls.tokens_out:
                details.append(f"{_short(tokens)} tokens")
            if calls.cost:
                details.append(f"cost {calls.cost:.4g}")
            work.details = details
            work.done, work.total = calls.all_calls, expected

        yield show


@contextmanager
def counted(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A function that takes (done, all) of something, files or bytes, and shows them."""
    with _watched(_Work(what, unit)) as work:

        def show(done: int, total: int) -> None:
            work.done, work.total = done, total

        yield show


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show that something goes on whose length nobody knows."""
    with _watched(_Work(what)):
        yield


@dataclass
class _Work:
    """Something that goes on.

    Attributes:
        what: in words.
        unit: of what is counted; "" where nothing is.
        total: 0 where nobody knows it yet.
        details: what else is worth knowing.
    """

    what: str
    unit: str = ""
    done: int = 0
    total: int = 0
    details: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def line(self) -> str:
        return ", ".join(self._parts(f"{_short(self.done)} of {_short(self.total)} {self.unit}"))

    def beside_bar(self) -> str:
        return "  ".join(self._parts(f"{_short(self.done)}/{_short(self.total)}"))

    def _parts(self, count: str) -> list[str]:
        """Done, rate, details and time left."""
        if not self.total:
            return [_duration(self.seconds)]
        if not self.done:
            return [count]
        rate = self.done / max(self.seconds, 1e-9)
        left = [f"{_duration((self.total - self.done) / rate)} left"] if self.done < self.total else []
        return [count, f"{_short(rate)}/s", *self.details, *left]

    def end(self) -> str:
        parts = [f"{_short(self.done)} {self.unit}"] if self.total else []
        return ", ".join([*parts, *self.details, f"took {_duration(self.seconds)}"])


@contextmanager
def _watched(work: _Work) -> Iterator[_Work]:
    shown = _bars.shown if sys.stderr.isatty() else _told
    try:
        with shown(work):
            yield work
    finally:
        # Without a total there was nothing to do, unless nothing is counted.
        if work.seconds >= LONG and (work.total or not work.unit):
            _say(f"{work.what}: {work.end()}")


@contextmanager
def _told(work: _Work) -> Iterator[None]:
    """Lines in between, from a thread of their own: what takes long may not come by here for minutes."""
    over = threading.Event()

    def tell() -> None:
        wait = FIRST_LINE_AFTER
        while not over.wait(wait):
            wait = BETWEEN_LINES
            _say(f"{work.what}: {work.line()}")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


class _Rows(Progress):
    def get_renderables(self) -> Iterable[RenderableType]:
        tasks = [task for task in self.tasks if _work_of(task).seconds >= BAR_AFTER]
        if not tasks:
            return
        states = [_work_of(task).beside_bar() for task in tasks]
        room = self.console.width - max(map(len, states)) - LEAST_BAR - 2
        for task, state in zip(tasks, states, strict=True):
            work = _work_of(task)
            task.completed, task.total = work.done, work.total or None
            task.description = work.what if len(work.what) <= room else f"{work.what[: max(room - 1, 0)]}…"
            task.fields["state"] = state
        yield self.make_tasks_table(tasks)


class _Bars:
    """The bars of all that goes on: one display for the process, because two would overwrite each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: _Rows | None = None

    @contextmanager
    def shown(self, work: _Work) -> Iterator[None]:
        with self._lock:
            if self._rows is None:
                self._rows = _Rows(
                    TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
                    BarColumn(bar_width=None, table_column=Column(min_width=LEAST_BAR, ratio=1)),
                    TextColumn("{task.fields[state]}", markup=False, table_column=Column(no_wrap=True)),
                    console=Console(stderr=True),
                    refresh_per_second=4,
                    transient=True,
                    expand=True,
                )
                self._rows.start()
            rows = self._rows
            task = rows.add_task(work.what, total=None, work=work, state="")
        try:
            yield
        finally:
            with self._lock:
                rows.remove_task(task)
                if not rows.tasks:
                    rows.stop()
                    self._rows = None


_bars = _Bars()


def _work_of(task: Task) -> _Work:
    work: _Work = task.fields["work"]
    return work


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _short(count: float) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e4)):
        if count >= size:
            return f"{count / (1e3 if unit == 'k' else size):.3g}{unit}"
    return f"{count:,.0f}" if count >= 10 or count == int(count) else f"{count:.1f}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
