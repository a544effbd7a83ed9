"""Work that is killed in the middle."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable


def killed_after(seconds: float, work: Callable[[], object]) -> bool:
    """Do `work` in a process of its own, a copy of this one, and send that SIGKILL; False where it was done before."""
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert status == 0
            return False
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True
