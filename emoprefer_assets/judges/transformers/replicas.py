"""One model on several GPUs, which share what is asked."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import SimpleQueue

from emoprefer_assets.judges.chat import Backend, ChatReply, ChatRequest

Found = ChatReply | BaseException | None


class Replicas:
    """Backends with the same weights; each takes the next questions when it is done with its own.

    Args:
        divide: into what one of them answers at a time.
    """

    def __init__(
        self, backends: Sequence[Backend], divide: Callable[[Sequence[ChatRequest]], Iterable[list[ChatRequest]]]
    ) -> None:
        self._backends, self._divide = backends, divide

    def answer(self, requests: Sequence[ChatRequest]) -> Iterator[ChatReply]:
        """Replies as they come. Closing the iterator waits for what is under way and begins nothing else.

        Raises:
            Exception: what one of the backends raises; the others begin nothing else.
        """
        waiting = deque(self._divide(requests))
        found: SimpleQueue[Found] = SimpleQueue()
        threads = [
            threading.Thread(target=self._work, args=(backend, waiting, found), name="replica", daemon=True)
            for backend in self._backends
        ]
        for thread in threads:
            thread.start()
        try:
            at_work = len(threads)
            while at_work:
                match found.get():
                    case None:
                        at_work -= 1
                    case BaseException() as error:
                        raise error
                    case reply:
                        yield reply
        finally:
            waiting.clear()
            for thread in threads:
                thread.join()

    @staticmethod
    def _work(backend: Backend, waiting: deque[list[ChatRequest]], found: SimpleQueue[Found]) -> None:
        """Put replies into `found`, and in the end None, or what went wrong."""
        while True:
            try:
                part = waiting.popleft()
            except IndexError:
                return found.put(None)
            try:
                for reply in backend.answer(part):
                    found.put(reply)
            except BaseException as error:
                return found.put(error)
