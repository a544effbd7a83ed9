"""How fast and how large a board of ten million verdicts is, beside arenakit and arena-rank on the same table.

Run: python -m benchmarks.leaderboard [--systems N] [--clips N] [--verdicts N] [--rivals PYTHON] [--table FILE]

The table holds names and words, as verdicts do. Every part runs in a process of its own whose peak memory is its own.
The rivals run under PYTHON, an interpreter with duckdb, arenakit and arena-rank; without it, scikit-learn's logistic
regression refits resamples of verdicts, as the notebooks of Chatbot Arena do. Each is timed on a few rounds at sizes it
can hold and scaled up: said so in the output.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

from emoprefer_assets.stats.bradley_terry import ELO_PER_STRENGTH, fit_bradley_terry
from emoprefer_assets.stats.rating_draws import rating_draws

ROUNDS = 1000
THREADS = 2
TABLE = """
create table verdicts as
select
    'clip_' || lpad((hash(i) % {clips})::text, 6, '0') as clip_id,
    'system_' || lpad(one::text, 3, '0') as system1,
    'system_' || lpad(((one + 1 + hash(i + 2e9::bigint) % ({systems} - 1)) % {systems})::text, 3, '0') as system2,
    hash(i + 3e9::bigint) % 10000 / 10000.0 as luck,
    -- Systems differ by up to two in log-strength, one verdict in ten is a tie.
    1 / (1 + exp(2.0 * (one - (one + 1 + hash(i + 2e9::bigint) % ({systems} - 1)) % {systems}) / {systems})) as chance,
    if(luck < 0.1, 'same', if((luck - 0.1) / 0.9 < chance, 'a1', 'a2')) as verdict
from (select i, (hash(i + 1e9::bigint) % {systems})::bigint as one from range({verdicts}) as rows(i));
alter table verdicts drop luck;
alter table verdicts drop chance;
"""
COUNTS = """
create temp view battle_counts as
select
    clip_id, system1 as first_system, system2 as second_system, 1::utinyint as battles,
    (case verdict when 'a1' then 1 when 'same' then 0.5 else 0 end)::float as first_wins
from verdicts
"""


class Laps:
    """Wall and processor seconds since the last lap, by name."""

    def __init__(self) -> None:
        self.taken: dict[str, tuple[float, float]] = {}
        self.last = time.perf_counter(), time.process_time()

    def lap(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        self.taken[name] = now[0] - self.last[0], now[1] - self.last[1]
        self.last = time.perf_counter(), time.process_time()


def measure(table: str) -> dict:
    """The whole board from the table."""
    laps = Laps()
    with duckdb.connect(table, read_only=True) as connection:
        connection.execute(f"set threads = {THREADS}")
        connection.execute(COUNTS)
        coded = connection.execute((Path(__file__).parent / "coded_battles.sql").read_text()).fetchnumpy()
    laps.lap("codes, by SQL")
    rows = [coded[name] for name in ("first", "second", "first_wins", "battles", "clip")]
    systems = int(rows[0].max()) + 1
    fit = fit_bradley_terry(*rows, systems)
    laps.lap("wins, fit and clip scores")
    draws = rating_draws(fit, ROUNDS)
    laps.lap(f"{ROUNDS} rounds")
    ends = np.quantile(draws.strength, [0.025, 0.975], axis=0)
    board = np.column_stack([*ends, *draws.comparisons.rank_interval, draws.first_in_replicates])
    ties = sum(len(tied) for tied in draws.comparisons.tied_with) / systems
    laps.lap("intervals, ranks and ties")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {
        "laps": laps.taken,
        "peak": peak,
        "width": float(ELO_PER_STRENGTH * (board[:, 1] - board[:, 0]).mean()),
        "tied": ties,
    }


def in_process(python: str, *arguments: str, **environment: str) -> dict:
    done = subprocess.run([python, *arguments], capture_output=True, text=True, env=os.environ | environment)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def make_table(file: str, systems: int, clips: int, verdicts: int) -> None:
    with duckdb.connect(file) as connection:
        connection.execute(f"set threads = {THREADS}")
        connection.execute(TABLE.format(systems=systems, clips=clips, verdicts=verdicts))


def show_rivals(python: str | None, table: str, verdicts: int, ours: tuple[float, float]) -> None:
    """The rivals' seconds for the whole table, and how they were come by."""
    script = str(Path(__file__).with_name("leaderboard_rivals.py"))
    rivals = ("arenakit", "arena_rank") if python else ("scikit_learn",)
    for rival in rivals:
        found = in_process(python or sys.executable, script, rival, table, str(verdicts), str(ROUNDS))
        if "failed" in found:
            print(f"  {rival:14} did not run: {found['failed']}")
            continue
        print(
            f"  {rival:14} {found['wall']:8.0f} s wall, {found['wall'] / ours[0]:6.0f} times ours; processor "
            f"{found['processor']:8.0f} s, {found['processor'] / ours[1]:6.0f} times (rounds {found['rounds']:.0f} s)"
        )
        print(f"                 {found['how']}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--systems", type=int, default=100)
    parser.add_argument("--clips", type=int, default=20_000)
    parser.add_argument("--verdicts", type=int, default=10_000_000)
    parser.add_argument("--rivals", metavar="PYTHON")
    parser.add_argument("--table", metavar="FILE", help="keep the table here, or use the one that is here")
    parser.add_argument("--measure", metavar="FILE", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        table = chosen.table or str(Path(folder) / "verdicts.duckdb")
        if not Path(table).exists():
            make_table(table, chosen.systems, chosen.clips, chosen.verdicts)
        # On two cores that others use too, several threads of a product of matrices mostly wait for each other.
        alone = {"OPENBLAS_NUM_THREADS": "1"}
        found = in_process(sys.executable, "-m", "benchmarks.leaderboard", "--measure", table, **alone)
        if "failed" in found:
            raise SystemExit(found["failed"])
        print(f"{chosen.systems} systems, {chosen.clips} clips, {chosen.verdicts} verdicts")
        print(f"{THREADS} threads for SQL, one for matrices")
        print("                                 wall   processor")
        for name, (wall, busy) in found["laps"].items():
            print(f"  {name:28} {wall:6.2f} s {busy:6.2f} s")
        total = tuple(sum(clock) for clock in zip(*found["laps"].values(), strict=True))
        print(f"  {'in all':28} {total[0]:6.2f} s {total[1]:6.2f} s")
        print(f"  peak memory {found['peak']:.2f} GiB; intervals {found['width']:.1f} points, {found['tied']:.1f} ties")
        show_rivals(chosen.rivals, table, chosen.verdicts, total)


if __name__ == "__main__":
    main()
