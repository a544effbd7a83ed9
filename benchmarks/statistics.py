"""How fast many judges are scored with intervals, beside scikit-learn in a Python loop.

Run: python -m benchmarks.statistics [--judges N] [--pairs N]

The loop computes the same four metrics of the same resamples with f1_score and accuracy_score. It is timed on a few
resamples of one judge and strategy, and scaled up: said so in the output.
"""

from __future__ import annotations

import argparse
import inspect
import resource
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score

from emoprefer_assets.assets import TABLE_ASSETS
from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.stats.labels import VERDICTS
from emoprefer_assets.stats.resampling import RESAMPLES, clip_bootstrap
from emoprefer_assets.store import TABLES, run_step, step_relations

NAMES = np.array(VERDICTS)
STRATEGIES = ("s1", "s2", "s3", "s4")
LOOPED_RESAMPLES = 5
STAGE = (
    "baseline_verdicts",
    "shortcut_audit",
    "shortcut_summary",
    "judge_scores",
    "judge_audit",
    "baseline_agreement",
    "board_strategies",
    "judge_differences",
    "judge_ranks",
    "judge_heterogeneity",
    "judge_nested",
    "judge_position",
    "judge_calibration",
    "reliability_curve",
    "judge_board",
    "recognition_and_consistency",
    "ensemble_predictions",
    "ensemble_scores",
    "crowd",
)


def made_up(judges: int, pairs: int) -> dict[str, pd.DataFrame]:
    """Random labels, and judges of random skill, both orders, one round, two pairs a clip."""
    dice = np.random.default_rng(0)
    ids = pd.Series([f"p{i}" for i in range(pairs)])
    clips = pd.Series(np.arange(pairs) // 2).astype(str)
    labels = dice.choice(3, pairs, p=[0.48, 0.48, 0.04])
    runs = []
    for judge in range(judges):
        for strategy in STRATEGIES:
            skill = dice.uniform(0.5, 0.8)
            for swapped in (False, True):
                said = np.where(dice.random(pairs) < skill, labels, dice.integers(0, 3, pairs))
                runs.append(
                    pd.DataFrame(
                        {
                            "pair_id": ids,
                            "judge": f"j{judge}",
                            "strategy": strategy,
                            "round": 0,
                            "swapped": swapped,
                            "verdict": NAMES[said],
                            "p_a1": np.nan,
                            "p_a2": np.nan,
                        }
                    )
                )
    first = dice.random(pairs) < 0.5
    words = np.array(["glad", "sad", "calm", "tense", "open", "closed", "slow", "quick"])
    texts = [" ".join(words[dice.integers(0, 8, 20)]) for _ in range(2 * pairs)]
    return {
        "predictions": Answers.of(pd.concat(runs, ignore_index=True)),
        "consensus_pairs": pd.DataFrame(
            {"pair_id": ids, "clip_id": clips, "preference": NAMES[labels], "position": range(pairs)}
        ),
        "raw_pairs": pd.DataFrame(
            {
                "pair_id": ids,
                "clip_id": clips,
                "position": range(pairs),
                "published_preference": None,
                "system1": np.where(first, "x", "y"),
                "a1": texts[:pairs],
                "system2": np.where(first, "y", "x"),
                "a2": texts[pairs:],
            }
        ),
        "judges": TABLES["judges"].frame(
            [(f"j{n}", "replay", None, False, False, list(STRATEGIES), None, None) for n in range(judges)]
        ),
        "published_scores": TABLES["published_scores"].frame(),
        "crowd_diagnostics": (),
    }


def made(name: str, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    make = TABLE_ASSETS[name].make
    if make is None:
        relations = {relation: tables[relation] for relation in step_relations(name) if relation in tables}
        return run_step(name, {"injection_limit": "20"}, **relations)
    return make(**{parameter: tables[parameter] for parameter in inspect.signature(make).parameters})


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def loop_seconds(tables: dict[str, pd.DataFrame]) -> float:
    """Seconds of the loop for one judge, strategy and resample."""
    labels = tables["consensus_pairs"]["preference"].to_numpy(dtype=str)
    baselines = tables["baseline_verdicts"]
    verdicts = baselines.loc[baselines["baseline"] == "random", "verdict"].to_numpy(dtype=str)
    bootstrap = clip_bootstrap(tables["consensus_pairs"]["clip_id"].to_numpy(dtype=str), LOOPED_RESAMPLES)

    def loop() -> None:
        for weights in bootstrap.weights:
            places = np.repeat(np.arange(len(labels)), weights[bootstrap.clips].astype(int))
            truth, said = labels[places], verdicts[places]
            decided = truth != "same"
            two = np.where(said[decided] == "same", "a1", said[decided])
            f1_score(truth[decided], two, average="weighted")
            accuracy_score(truth[decided], two)
            f1_score(truth, said, average="weighted")
            accuracy_score(truth, said)

    return seconds(loop) / LOOPED_RESAMPLES


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--judges", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=10_000)
    chosen = parser.parse_args()
    tables = made_up(chosen.judges, chosen.pairs)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = {name: seconds(lambda name=name: tables.update({name: made(name, tables)})) for name in STAGE}
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    alone = loop_seconds(tables)
    runs = len(tables["judge_scores"]) + len(tables["ensemble_scores"])
    looped = alone * RESAMPLES * runs
    print(f"{chosen.judges} judges x {len(STRATEGIES)} strategies x {chosen.pairs} pairs, {RESAMPLES} resamples")
    for name, spent in took.items():
        print(f"  {name:28} {spent:8.1f} s")
    print(f"  the whole stage              {sum(took.values()):8.1f} s, peak memory {after / 2**20:.2f} GiB")
    print(f"  (memory before it            {before / 2**20:8.2f} GiB)")
    print(f"  scikit-learn in a loop       {looped:8.0f} s: intervals of judge_scores and ensemble_scores alone,")
    print(f"                               {runs} rows, scaled up from {LOOPED_RESAMPLES} resamples of {alone:.3f} s")
    print(f"  ratio                        {looped / sum(took.values()):8.0f}")


if __name__ == "__main__":
    main()
