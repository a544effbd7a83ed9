"""What the call cache costs: opening it, and making answers durable, in one run on one machine.

Run: python -m benchmarks.call_cache [opening] [durable] [--calls 1000 1000000] [--folder FOLDER]   (both by default)

- opening: milliseconds and memory of opening a cache of so many calls, of asking it for 1,000 answers, its version, and
  what was spent; each in a process of its own, whose memory before is taken off.
- durable: answers a second that are on disk, when they come faster than that: by the call cache, which commits what has
  piled up at once; by one transaction an answer, in the same file; and by one line and one fsync an answer.

FOLDER is on the disk that is to be measured: in memory, an fsync costs nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from emoprefer_assets.settings import PROJECT
from emoprefer_assets.store import CallCache

PARTS = ("opening", "durable")
CALLS = (1_000, 1_000_000)
SECONDS, REPEATS = 2.0, 5
# Of a judge's reply and of what it was asked, in characters: s1 on the sample.
REPLY, REQUEST = 300, 1_000
OPENING = """
import json, sys, time
from pathlib import Path
import psutil
from emoprefer_assets.store import CallCache
file, keys = Path(sys.argv[1]), json.loads(sys.stdin.read())
def memory():
    return psutil.Process().memory_info().rss / 1e6
memory()
before, started = memory(), time.perf_counter()
with CallCache(file.parent, file.stem).open() as cache:
    opened, own = time.perf_counter() - started, memory() - before
    started = time.perf_counter()
    found = len(cache.answers(keys))
    answers = time.perf_counter() - started
    started = time.perf_counter()
    cache.version()
    cache.spent_since(time.time() - 86400)
    rest = time.perf_counter() - started
print(json.dumps([opened, own, answers, found, rest, memory() - before]))
"""


def key_of(number: int) -> str:
    return hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()


def call(number: int) -> dict[str, Any]:
    return {
        "key": key_of(number),
        "answered": True,
        "failure": "",
        "text": "a" * REPLY,
        "log_probabilities": (),
        "tokens_in": 700,
        "tokens_out": 60,
        "tokens_cached": 0,
        "tokens_reasoning": 0,
        "seconds": 1.5,
        "step": "s1",
        "asked": "judge",
        "cost": 0.001,
        "request": {"messages": "q" * REQUEST},
    }


def opening(folder: Path, count: int) -> dict[str, float]:
    """Seconds and MB of one process, on a cache that was not read before in it."""
    cache = CallCache(folder, f"of_{count}")
    if not cache.file.exists():
        with cache.open():
            cache.take_over(call(number) for number in range(count))
    keys = json.dumps([key_of(number) for number in range(0, count, count // 1000)])
    done = subprocess.run(
        [sys.executable, "-c", OPENING, cache.file], cwd=PROJECT, input=keys, capture_output=True, text=True, check=True
    )
    opened, own, answers, found, rest, memory = json.loads(done.stdout)
    assert found == 1000
    return {
        "opened, ms": 1000 * opened,
        "opened, MB": own,
        "1,000 answers, ms": 1000 * answers,
        "version and spent, ms": 1000 * rest,
        "all of it, MB": memory,
    }


def endless() -> Iterator[dict[str, Any]]:
    """Answers for a while."""
    end, number = time.perf_counter() + SECONDS, time.time_ns()
    while time.perf_counter() < end:
        number += 1
        yield call(number)


def in_groups(folder: Path) -> int:
    with CallCache(folder, "in_groups").open() as cache:
        return sum(len(batch) for batch in cache.keep(endless(), lambda entry: entry))


def one_transaction_each(folder: Path) -> int:
    with CallCache(folder, "one_each").open() as cache:
        return sum(cache.take_over([entry]) for entry in endless())


def one_fsync_each(folder: Path) -> int:
    written = 0
    with (folder / "lines.jsonl").open("ab") as lines:
        for entry in endless():
            lines.write(json.dumps(entry).encode() + b"\n")
            lines.flush()
            os.fsync(lines.fileno())
            written += 1
    return written


def durable(folder: Path) -> None:
    ways: dict[str, Callable[[Path], int]] = {
        "call cache": in_groups,
        "one transaction each": one_transaction_each,
        "one fsync each": one_fsync_each,
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPEATS):
        for name, way in ways.items():
            started = time.perf_counter()
            answers = way(folder)
            rates[name].append(answers / (time.perf_counter() - started))
    for name, found in rates.items():
        print(f"{name:>26}  {median(found):8,.0f} durable answers a second  ({min(found):,.0f} to {max(found):,.0f})")
    for name in list(ways)[1:]:
        ratios = [ours / theirs for ours, theirs in zip(rates["call cache"], rates[name], strict=True)]
        print(f"{f'over {name}':>26}  {median(ratios):6.1f} times  ({min(ratios):.1f} to {max(ratios):.1f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part")
    parser.add_argument("--calls", nargs="*", type=int, default=CALLS)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {min(unknown)}; the parts are {', '.join(PARTS)}")
    parts = options.parts or PARTS
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        if "opening" in parts:
            for count in options.calls:
                found = [opening(folder, count) for _ in range(REPEATS)]
                print(f"a cache of {count:,} calls, {(folder / f'of_{count}.sqlite').stat().st_size / 1e6:,.0f} MB")
                for what in found[0]:
                    values = [one[what] for one in found]
                    print(f"{what:>26}  {median(values):8.1f}  ({min(values):.1f} to {max(values):.1f})", flush=True)
        if "durable" in parts:
            durable(folder)


if __name__ == "__main__":
    main()
