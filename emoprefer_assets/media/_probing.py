"""Probing files: several at once, each in a process that may crash or hang without harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from emoprefer_assets.media._examining import Probe

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
# A file may take this long, and a second more for each megabyte.
PATIENCE_SECONDS = 120.0


def probe(file: Path) -> Probe:
    """Decode all of `file` and say what it holds, or what is wrong with it.

    Found: missing, empty, cut or foreign files, lost headers, missing streams, streams shorter or longer than their
    headers say, damage that the decoder notices, files that crash it or never end. Not found: a change of the payload
    that is itself valid (of 80 mp4 files with 3 payload bytes changed 2 passed, with 1 byte 25), a file cut and given
    headers that agree, and wrong content. Against changes after probing there is `Probe.content`.
    """
    return next(probe_files([file]))[1]


def probe_files(files: Iterable[Path]) -> Iterator[tuple[Path, Probe]]:
    """Probe `files` side by side, and yield each as it is done."""
    files = list(files)
    examiners: list[_Examiner] = [_Examiner() for _ in range(min(os.cpu_count() or 1, len(files)))]
    free: SimpleQueue[_Examiner] = SimpleQueue()
    for examiner in examiners:
        free.put(examiner)

    def examine(file: Path) -> tuple[Path, Probe]:
        examiner = free.get()
        try:
            return file, examiner.examine(file)
        finally:
            free.put(examiner)

    if not files:
        return
    pool = ThreadPoolExecutor(len(examiners))
    try:
        for done in as_completed([pool.submit(examine, file) for file in files]):
            yield done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for examiner in examiners:
            examiner.end()


class _Examiner:
    """A process that examines one file after another; started when needed, and again after a crash."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def examine(self, file: Path) -> Probe:
        if not file.is_file():
            return Probe.without_any("no such file")
        process = self._process = self._process or _start()
        patience = PATIENCE_SECONDS + file.stat().st_size / 1e6
        alarm = threading.Timer(patience, process.kill)
        alarm.start()
        try:
            answer = _answer(process, json.dumps(str(file)))
        except OSError:
            answer = ""
        finally:
            late = not alarm.is_alive()
            alarm.cancel()
        if answer:
            return Probe(**json.loads(answer))
        self.end()
        if late:
            return Probe.without_any(f"decoding does not end within {patience:.0f} s")
        return Probe.without_any(f"the decoder crashes (exit {process.returncode})")

    def end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _answer(process: subprocess.Popen[str], question: str) -> str:
    assert process.stdin and process.stdout, "started with pipes"
    process.stdin.write(question + "\n")
    process.stdin.flush()
    return process.stdout.readline()


def _start() -> subprocess.Popen[str]:
    path = os.pathsep.join(filter(None, [str(PACKAGE_PARENT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-c", "from emoprefer_assets.media._examining import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        # Ctrl-C is for this process, which then ends that one.
        start_new_session=True,
    )
