"""What a user would rank a table of verdicts with instead; run by `benchmarks.leaderboard` under their interpreter.

Run: python leaderboard_rivals.py arenakit|arena_rank|scikit_learn TABLE VERDICTS ROUNDS

Imports nothing of the project. Loading and rounds are timed at two sizes; both grow with a line, which is read off at
VERDICTS; but arena_rank's rounds, which count equal verdicts together, are taken not to grow beyond the larger size.
Printed: one JSON object.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import time

import duckdb
import numpy as np

SIZES = {"arenakit": (100_000, 400_000), "arena_rank": (50_000, 400_000), "scikit_learn": (50_000, 200_000)}
TIMED_ROUNDS = {"arenakit": 10, "arena_rank": 4, "scikit_learn": 2}


def now() -> np.ndarray:
    """Wall seconds, and processor seconds with those of workers that ended."""
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return np.array([time.perf_counter(), time.process_time() + workers.ru_utime + workers.ru_stime])


def verdicts(table: str, size: int):
    with duckdb.connect(table, read_only=True) as connection:
        return connection.execute(
            "select clip_id as item_id, system1 as model_a, system2 as model_b, "
            "case verdict when 'a1' then 'model_a' when 'a2' then 'model_b' else 'tie' end as winner "
            f"from verdicts limit {size}"
        ).df()


def arenakit(rows, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Clip-clustered, as its audit does by default; its own loader validates each battle."""
    from arenakit import Arena, Battle, bootstrap

    started = now()
    arena = Arena([Battle.model_validate(record) for record in rows.to_dict("records")])
    loaded = now()
    bootstrap(arena, n_resamples=rounds, cluster="item")
    return loaded - started, (now() - loaded) / rounds


def arena_rank(rows, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Resamples verdicts, not clips. Its workers are spawned: forked ones hang in JAX."""
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    started = now()
    data = PairDataset.from_pandas(rows)
    loaded = now()
    model = BradleyTerry(n_competitors=len(data.competitors))
    model.fit(data)
    # Starting the workers is not a round's cost: what more rounds cost more is.
    few = now()
    model.compute_ratings_and_cis(data, ci_method="bootstrap", num_bootstrap=2, n_jobs=2)
    more = now()
    model.compute_ratings_and_cis(data, ci_method="bootstrap", num_bootstrap=2 + rounds, n_jobs=2)
    return loaded - started, np.maximum((now() - more) - (more - few), 0.0) / rounds


def scikit_learn(rows, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """A row a verdict, ties as two half rows, clips drawn with replacement as weights."""
    from scipy.sparse import coo_matrix
    from sklearn.linear_model import LogisticRegression

    started = now()
    names = np.unique(rows[["model_a", "model_b"]].to_numpy(dtype=str))
    first, second = (np.searchsorted(names, rows[side].to_numpy(dtype=str)) for side in ("model_a", "model_b"))
    clip = np.unique(rows["item_id"].to_numpy(dtype=str), return_inverse=True)[1]
    tied = (rows["winner"] == "tie").to_numpy()
    place = np.concatenate([np.arange(len(rows)), np.flatnonzero(tied)])
    won = np.concatenate([(rows["winner"] != "model_b").to_numpy(), np.zeros(tied.sum(), dtype=bool)])
    weight = np.where(tied, 0.5, 1.0)[place]
    ones, line = np.ones(len(place)), np.arange(len(place))
    entries = np.concatenate([ones, -ones]), (np.tile(line, 2), np.concatenate([first[place], second[place]]))
    design = coo_matrix(entries, shape=(len(place), len(names))).tocsr()
    loaded = now()
    dice = np.random.default_rng(0)
    for _ in range(rounds):
        drawn = np.bincount(dice.integers(0, clip.max() + 1, clip.max() + 1), minlength=clip.max() + 1)
        LogisticRegression(C=1e6, fit_intercept=False).fit(design, won, sample_weight=weight * drawn[clip[place]])
    return loaded - started, (now() - loaded) / rounds


def main() -> None:
    name, table, size, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if name == "arena_rank":
        multiprocessing.set_start_method("spawn")
    rival = {"arenakit": arenakit, "arena_rank": arena_rank, "scikit_learn": scikit_learn}[name]
    sizes = [min(each, size) for each in SIZES[name]]
    timed = np.array([rival(verdicts(table, each), TIMED_ROUNDS[name]) for each in sizes])
    # A line through both sizes; where noise makes it fall, the larger size stands.
    slope = np.maximum((timed[1] - timed[0]) / max(sizes[1] - sizes[0], 1), 0)
    if name == "arena_rank":
        slope[1] = 0
    load, one_round = timed[1] + slope * (size - sizes[1])
    how = (
        f"loading {timed[0, 0, 1]:.1f} and {timed[1, 0, 1]:.1f} s, "
        f"a round {timed[0, 1, 1]:.3f} and {timed[1, 1, 1]:.3f} s "
        f"of processor at {sizes[0]} and {sizes[1]} verdicts, {TIMED_ROUNDS[name]} rounds timed; "
        f"{'rounds as at the larger, loading by ' if name == 'arena_rank' else ''}a line to {size}, "
        f"times {rounds} rounds"
    )
    wall, busy = load + one_round * rounds
    print(json.dumps({"wall": wall, "processor": busy, "rounds": one_round[1] * rounds, "how": how}))


if __name__ == "__main__":
    main()
