"""Group commit: whatever has piled up while one commit was under way is made durable by the next."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from threading import Condition, Thread
from typing import Generic, TypeVar

# So much is held in memory at most before the source has to wait.
MOST_WAITING = 1000

T = TypeVar("T")


def group_commit(items: Iterator[T], write: Callable[[list[T]], None]) -> Generator[list[T], None, None]:
    """Pull `items` in this thread, write them in another, and yield those that are written, in order.

    What was pulled is written even if `items` raises, or the caller stops: only then does the error go on.

    Args:
        write: returns when the items are durable.

    Raises:
        Exception: whatever `items` or `write` raised, after all that is durable was yielded.
    """
    pile = _Pile(write)
    end: Exception | None = None
    try:
        for item in items:
            pile.add(item)
            if written := pile.written():
                yield written
    except Exception as error:
        end = error
    finally:
        pile.close()
    if written := pile.written():
        yield written
    if pile.failure:
        raise pile.failure from end
    if end:
        raise end


class _Pile(Generic[T]):
    def __init__(self, write: Callable[[list[T]], None]) -> None:
        self.failure: BaseException | None = None
        self._write = write
        self._waiting: list[T] = []
        self._under_way = 0
        self._written: list[T] = []
        self._closed = False
        self._changed = Condition()
        self._thread = Thread(target=self._write_all, name="call cache", daemon=True)
        self._thread.start()

    def add(self, item: T) -> None:
        """Raises what the writer met; the item is lost then."""
        with self._changed:
            self._changed.wait_for(lambda: self.failure or len(self._waiting) + self._under_way < MOST_WAITING)
            if self.failure:
                raise self.failure
            self._waiting.append(item)
            self._changed.notify_all()

    def written(self) -> list[T]:
        """What was written since this was last asked."""
        with self._changed:
            written, self._written = self._written, []
            return written

    def close(self) -> None:
        """Return when all is written, or cannot be."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _write_all(self) -> None:
        while items := self._next():
            try:
                self._write(items)
            except BaseException as error:
                with self._changed:
                    self.failure = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._written += items
                self._under_way = 0
                self._changed.notify_all()

    def _next(self) -> list[T]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            items, self._waiting = self._waiting, []
            self._under_way = len(items)
            return items
