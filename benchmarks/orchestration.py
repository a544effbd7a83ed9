"""What everything around the judges costs, and how it grows with the registry: seconds on one machine, in one run.

Run: python -m benchmarks.orchestration [location] [nothing] [recorded] [judge] [writers] [--judges 5 50 200]   (all by
default)

- location: a process that loads the code location with so many judges in the registry, as Dagster's code server does.
- nothing: `emoprefer run` where nothing is missing.
- recorded: `emoprefer run` after a judge was added whose answers to four pairs are recorded, s1 to s4 in both orders,
  through the boards and the published copy.
- judge: the same with a judge that is asked: it answers at once (a server on this machine), on four pairs, under
  s1 to s4, through the boards and the published copy. All is orchestration but the answers, whose time is given beside.
- writers: 16 processes that each replace one judge's predictions on the paper's 574 pairs (2 orders, 2 rounds), five
  times, as fast as they can: how long a writer waited for the others at most.

Elapsed seconds depend on what else the machine does, seconds of CPU hardly; both are printed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import duckdb
import pandas as pd

from emoprefer_assets.judges.recorded_files import STRATEGY_OF
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.store import TABLES, Origin, Warehouse
from tests.conftest import four_pairs
from tests.judges.chat_server import running_server
from tests.reproduction.outputs import write_outputs

PARTS = ("location", "nothing", "recorded", "judge", "writers")
JUDGES = (5, 50, 200)
WRITERS, WRITES = 16, 5
PAPER_PAIRS = 574
CLIPS = {"clip1": "sample_001", "clip2": "sample_002", "clip3": "sample_003"}
RECORDED = "  - {name: heard, backend: replay, path: outputs, prefix: heard-audiovideo}\n"
ASKED = """\
  - {{name: seer, backend: openai, model: m, base_url: '{url}', inputs: [video], frames: 2, max_side: 56,
      external: reader}}
  - {{name: reader, backend: openai, model: m, base_url: '{url}', retired: true}}
"""


class Home:
    """A home of its own over four pairs, with so many rule judges in the registry."""

    def __init__(self, folder: Path, judges: int) -> None:
        self.registry = folder / "judges.yaml"
        rules = [f"  - {{name: random_{seed}, backend: rules, rule: random, seed: {seed}}}\n" for seed in range(judges)]
        self.registry.write_text("judges:\n" + "".join(rules))
        data = folder / "data"
        four_pairs(data)
        (data / "video").mkdir()
        for clip, shipped in CLIPS.items():
            shutil.copy(PROJECT / "data" / "sample" / "video" / f"{shipped}.mp4", data / "video" / f"{clip}.mp4")
        (folder / "home").mkdir()
        own = {"EMOPREFER_HOME": "home", "EMOPREFER_DB": "published.duckdb", "EMOPREFER_JUDGES": "judges.yaml"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EMOPREFER_")}
        self.environment = kept | {name: str(folder / path) for name, path in own.items()}
        self.environment |= {"EMOPREFER_DATA_DIR": str(data), "DAGSTER_HOME": str(PROJECT), "OMP_NUM_THREADS": "1"}

    def python(self, code: str) -> tuple[float, float]:
        """Elapsed seconds and seconds of CPU of a new process."""
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=PROJECT, env=self.environment, capture_output=True, text=True
        )
        elapsed, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"{code}\n{done.stderr[-2000:]}")
        return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def record(self) -> None:
        """Write a judge's answers to the labelled pairs, as the paper's code does."""
        outputs = self.registry.parent / "outputs"
        outputs.mkdir()
        with duckdb.connect(self.environment["EMOPREFER_DB"], read_only=True) as published:
            labels = published.sql(
                "select preference from consensus_pairs where preference is not null order by position"
            )
            gold = labels.df()["preference"].to_numpy(dtype=str)
        for seed, step in enumerate(STRATEGY_OF):
            write_outputs(outputs, "heard", step, gold, seed)

    def evaluate(self) -> tuple[float, float]:
        return self.python("import sys; sys.argv = ['emoprefer', 'run']; from emoprefer_assets.cli import main; main()")


def of_judges(parts: Sequence[str], judges: int) -> dict[str, tuple[float, float]]:
    found = {}
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        home = Home(Path(folder), judges)
        if "location" in parts:
            tries = [
                home.python("import emoprefer_assets.definitions as d; d.defs.resolve_asset_graph()") for _ in "123"
            ]
            found["location"] = (median(wall for wall, _ in tries), median(cpu for _, cpu in tries))
        if {"nothing", "recorded", "judge"}.intersection(parts):
            found["all from scratch"] = home.evaluate()
        if "nothing" in parts:
            found["nothing"] = home.evaluate()
        if "recorded" in parts:
            home.record()
            home.registry.write_text(home.registry.read_text() + RECORDED)
            found["recorded"] = home.evaluate()
        if "judge" in parts:
            home.registry.write_text(home.registry.read_text() + ASKED.format(url=server.url))
            found["judge"] = home.evaluate()
            print(f"  the new judge was asked {len(server.questions)} questions")
    return found


def writing(file: Path, judge: str, begin: float, waits: multiprocessing.Queue[float]) -> None:
    rows = 4 * PAPER_PAIRS
    frame = pd.DataFrame(
        {
            "judge": judge,
            "strategy": "s1",
            "round": [row % 2 for row in range(rows)],
            "swapped": [row % 4 > 1 for row in range(rows)],
            "pair_id": [f"pair{row // 4}" for row in range(rows)],
            "verdict": "a1",
            "p_a1": 0.5,
            "p_a2": 0.3,
            "p_same": 0.2,
            "raw_text": "The first description fits: a1.",
            "read_by": "reply",
        }
    ).reindex(columns=TABLES["s1_predictions"].column_names)
    warehouse = Warehouse(file)
    time.sleep(max(begin - time.time(), 0))
    for number in range(WRITES):
        started = time.perf_counter()
        with warehouse.writing() as writing:
            writing.replace("s1_predictions", frame, Origin(str(number), {}, judge))
        waits.put(time.perf_counter() - started)


def writers() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "warehouse.duckdb"
        processes = multiprocessing.get_context("spawn")
        times = {}
        for count in (1, WRITERS):
            waits, begin = processes.Queue(), time.time() + 15
            started = [
                processes.Process(target=writing, args=(file, f"judge{number}", begin, waits))
                for number in range(count)
            ]
            for process in started:
                process.start()
            times[count] = [waits.get(timeout=600) for _ in range(count * WRITES)]
            for process in started:
                process.join()
    alone = median(times[1])
    print(f"writers: alone, a write takes {alone:.2f} s (median of {WRITES})")
    print(
        f"  {WRITERS} at once: median {median(times[WRITERS]):.2f} s, longest {max(times[WRITERS]):.2f} s with waiting;"
    )
    print(f"  the longest is {max(times[WRITERS]) / alone:.0f} times one write alone")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part")
    parser.add_argument("--judges", nargs="*", type=int, default=JUDGES)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {min(unknown)}; the parts are {', '.join(PARTS)}")
    options.parts = options.parts or PARTS
    measured = {}
    if set(options.parts) - {"writers"}:
        for judges in options.judges:
            print(f"{judges} judges")
            measured[judges] = of_judges(options.parts, judges)
            for name, (wall, cpu) in measured[judges].items():
                print(f"  {name}: {wall:.1f} s elapsed, {cpu:.1f} s of CPU", flush=True)
        least, most = min(measured), max(measured)
        for name in measured[least]:
            growth = measured[most][name][1] / measured[least][name][1]
            print(f"{name}: {growth:.2f} times the CPU with {most / least:.0f} times the judges")
    if "writers" in options.parts:
        writers()


if __name__ == "__main__":
    main()
