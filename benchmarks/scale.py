"""How the whole evaluation grows: seconds, seconds of CPU and peak memory of each part, through the assets.

Run: python -m benchmarks.scale [scratch] [boards] [judge] [battles] [--judges N] [--pairs N] ...   (all by default)

- scratch: `emoprefer run` in an empty home, judges whose answers are recorded, s1 to s4 in both orders and two rounds.
- boards: `emoprefer run` where the judges' answers are in the warehouse and nothing else is.
- judge: `emoprefer run` after one more recorded judge was registered.
- battles: assets battle_counts and leaderboard (1,000 replicates), from verdicts on battles that are in the warehouse.

Every part is a process of its own. Elapsed seconds depend on what else the machine does: its load is printed beside.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from emoprefer_assets.settings import PROJECT

PARTS = ("scratch", "boards", "judge", "battles")
STEPS = ("normal", "cot-answer", "cot-answer2", "cot-answer3")
ROUNDS = 2
WORDS = 70
LABELS = np.array(["a1", "a2", "same"])
SWAPPED = np.array(["a2", "a1", "same"])
RUN = "import sys; sys.argv = ['emoprefer', 'run']; from emoprefer_assets.cli import main; main()"
MAKE_BOARDS = """
import dagster as dg
from emoprefer_assets.definitions import defs
assets = [dg.AssetKey("battle_counts"), dg.AssetKey("leaderboard")]
with dg.DagsterInstance.ephemeral() as instance:
    job = defs.resolve_implicit_global_asset_job_def()
    assert job.execute_in_process(instance=instance, asset_selection=assets).success
"""
# Ten thousand names of battles a thousand times: no text is as long as a description, as in the table itself.
BATTLES = """
insert into battles
select
    'battle' || i, 'pair' || md5(i::text), 'clip' || (i % {clips}) as clip_id, 'system' || one, 'A.', 'system' || other,
    'B.', 'uniform', 1
from (
    select i, hash(i) % {systems} as one, (one + 1 + hash(i + 1e9::bigint) % ({systems} - 1)) % {systems} as other
    from range({battles}) as rows(i)
);
insert into raw_pairs select pair_id, clip_id, 'system0', 'A.', 'system1', 'B.', null, 0 from battles limit 1;
insert into consensus_pairs select pair_id, clip_id, null, 'unlabelled', null, 0 from raw_pairs;
insert into judges by name
select
    'judge' || i as judge, 'openai' as backend, false as content_blind, [] as inputs, true as live,
    ['s1'] as strategies
from range({judges}) as rows(i);
insert into battle_verdicts by name
select
    judge, 's1' as strategy, 0 as round, swapped, pair_id, 'reply' as read_by, 'a1' as raw_text,
    ['a1', 'a2', 'same'][1 + (hash(pair_id || judge) % 20 * 3 // 22)::integer] as verdict
from judges, battles, (values (false), (true)) as orders(swapped);
insert into entries
select 'system' || s, 'clip' || c, 'Text.', null, 'open' from range({systems}) as a(s), range({clips}) as b(c);
"""


class Home:
    """A home of its own in `folder`, with a data set and recorded judges."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "home").mkdir()
        (folder / "data").mkdir()
        (folder / "dagster").mkdir()
        shutil.copy(PROJECT / "dagster.yaml", folder / "dagster")
        (folder / "outputs").mkdir()
        (folder / "judges.yaml").write_text("judges:\n  - {name: longer, backend: rules, rule: longer}\n")
        own = {"HOME": "home", "DB": "published.duckdb", "JUDGES": "judges.yaml", "DATA_DIR": "data"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EMOPREFER_")}
        self.environment = kept | {f"EMOPREFER_{name}": str(folder / path) for name, path in own.items()}
        self.environment |= {"DAGSTER_HOME": str(folder / "dagster"), "OMP_NUM_THREADS": "1"}

    @property
    def warehouse(self) -> Path:
        return self.folder / "home" / "warehouse.duckdb"

    def write_pairs(self, count: int, of_systems: int) -> None:
        """Two descriptions of a clip each, in words of the embedded data set as often as they stand there."""
        rng = np.random.default_rng(0)
        sample = pd.read_csv(PROJECT / "data" / "sample" / "pairs.csv")
        words = np.array(" ".join([*sample["a1"], *sample["a2"]]).split())
        systems = np.stack([rng.choice(of_systems, 2, replace=False) for _ in range(count)])
        texts = [
            [" ".join(rng.choice(words, length)) + "." for length in rng.integers(WORDS // 2, WORDS * 3 // 2, count)]
            for _ in range(2)
        ]
        pairs = pd.DataFrame(
            {
                "pair": [f"p{place}" for place in range(count)],
                "name": [f"clip{place}" for place in rng.integers(0, max(count // 2, 1), count)],
                "system1": [f"system{place}" for place in systems[:, 0]],
                "a1": texts[0],
                "system2": [f"system{place}" for place in systems[:, 1]],
                "a2": texts[1],
                "preference": LABELS[rng.choice(3, count, p=[0.48, 0.48, 0.04])],
            }
        )
        pairs.to_csv(self.folder / "data" / "pairs.csv", index=False)

    def record(self, judge: int, strategies: int) -> None:
        """Register a judge and write its answers as the paper's code does."""
        pairs = pd.read_csv(self.folder / "data" / "pairs.csv")
        gold = np.searchsorted(LABELS, pairs["preference"].to_numpy(dtype=str))
        rng = np.random.default_rng(judge)
        for step in STEPS[:strategies]:
            skill = rng.uniform(0.3, 0.7)
            for round_, order in np.ndindex(ROUNDS, 2):
                said = np.where(rng.random(len(gold)) < skill, gold, rng.integers(0, 3, len(gold)))
                names = SWAPPED if order else LABELS
                file = f"judge{judge}-av-{step}-emoprefer{'reverse' if order else ''}-round{round_}.npz"
                np.savez_compressed(self.folder / "outputs" / file, gt_labels=names[gold], pred_labels=names[said])
        with (self.folder / "judges.yaml").open("a") as registry:
            registry.write(f"  - {{name: judge{judge}, backend: replay, path: outputs, prefix: judge{judge}-av}}\n")

    def forget_boards(self) -> None:
        """Have nothing up to date but what the judges said."""
        with duckdb.connect(str(self.warehouse)) as warehouse:
            warehouse.execute("delete from lineage where judge = ''")

    def write_battles(self, systems: int, clips: int, judges: int, verdicts: int) -> None:
        """Verdicts of judges on battles, in both orders."""
        sizes = {"systems": systems, "clips": clips, "judges": judges, "battles": verdicts // (2 * judges)}
        self.python(
            "from emoprefer_assets.settings import current_settings\n"
            "from emoprefer_assets.store import TABLES, Origin, Warehouse\n"
            "with Warehouse(current_settings().warehouse).writing() as writing:\n"
            "    writing.replace('adversarial_probes', TABLES['adversarial_probes'].frame(), Origin('', {}))\n"
        )
        with duckdb.connect(str(self.warehouse)) as warehouse:
            warehouse.execute(BATTLES.format(**sizes))
            warehouse.execute(
                "insert or ignore into lineage select table_name, '', '1', '1', '{}', 0, 0, now()::timestamp "
                "from duckdb_tables() where table_name <> 'lineage'"
            )

    def python(self, code: str) -> tuple[float, float, float]:
        """Elapsed seconds, seconds of CPU and peak memory in GiB of a new process."""
        started, output = time.perf_counter(), self.folder / "output"
        with output.open("w") as said:
            process = subprocess.Popen(
                [sys.executable, "-c", code], cwd=PROJECT, env=self.environment, stdout=said, stderr=said
            )
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{code}\n{output.read_text()[-3000:]}")
        return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20

    def slowest(self, count: int) -> list[str]:
        """The tables that the last run took longest to come to, by when each was written."""
        with duckdb.connect(str(self.warehouse), read_only=True) as warehouse:
            found = warehouse.execute(
                "select epoch(made_at - lag(made_at) over (order by made_at)) as seconds, table_name, judge "
                "from lineage qualify seconds < 3600 order by seconds desc limit $count",
                {"count": count},
            ).fetchall()
        return [f"{name} {judge} {seconds:.1f} s".replace("  ", " ") for seconds, name, judge in found]


def show(name: str, found: tuple[float, float, float]) -> None:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    wall, busy, peak = found
    print(f"  {name:10} {wall:7.1f} s elapsed, {busy:7.1f} s of CPU, peak {peak:.2f} GiB   (load {load})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part")
    parser.add_argument("--judges", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--strategies", type=int, default=len(STEPS))
    parser.add_argument(
        "--pair-systems", type=int, default=6, metavar="N", help="systems whose descriptions are paired"
    )
    parser.add_argument("--systems", type=int, default=100)
    parser.add_argument("--clips", type=int, default=20_000)
    parser.add_argument("--verdicts", type=int, default=10_000_000)
    parser.add_argument("--slowest", type=int, default=0, metavar="N", help="show the N slowest tables of each run")
    parser.add_argument("--folder", type=Path, help="keep the home in this empty folder")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {min(unknown)}; the parts are {', '.join(PARTS)}")
    parts = options.parts or PARTS
    print(f"{os.cpu_count()} cores, load {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    with tempfile.TemporaryDirectory() as folder:
        if set(parts) - {"battles"}:
            evaluated(Home(options.folder or Path(folder)), parts, options)
    with tempfile.TemporaryDirectory() as folder:
        if "battles" in parts:
            print(f"{options.systems} systems, {options.clips} clips, {options.verdicts} verdicts of 5 judges")
            home = Home(Path(folder))
            home.write_battles(options.systems, options.clips, 5, options.verdicts)
            show("battles", home.python(MAKE_BOARDS))


def evaluated(home: Home, parts: list[str], options: argparse.Namespace) -> None:
    answers = f"{options.judges} judges x {options.strategies} strategies x 2 orders x {ROUNDS} rounds"
    print(f"{answers} x {options.pairs} pairs")
    home.write_pairs(options.pairs, options.pair_systems)
    for judge in range(options.judges):
        home.record(judge, options.strategies)
    for part in ("scratch", "boards", "judge"):
        if part != "scratch" and part not in parts:
            continue
        if part == "boards":
            home.forget_boards()
        if part == "judge":
            home.record(options.judges, options.strategies)
        show(part, home.python(RUN))
        print("".join(f"    {line}\n" for line in home.slowest(options.slowest)), end="")


if __name__ == "__main__":
    main()
