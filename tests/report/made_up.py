"""A published database that nobody has evaluated: as many pairs and judges as asked for, with any texts and names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from emoprefer_assets.store import RELATIONS, TABLES, views
from tests.report.made_up_boards import ERRORS, RULES, made_up_boards

EDITS = 6
WORDS = [
    "calm",
    "then",
    "raises",
    "both",
    "brows",
    "and",
    "speaks",
    "in",
    "a",
    "low",
    "voice",
    "while",
    "looking",
    "away",
]


def make_database(
    file: Path,
    pairs: int = 40,
    judges: int = 4,
    names: Sequence[str] = ("aurora", "basalt", "cobalt"),
    texts: Sequence[str] = (),
    words: int = 60,
    seed: int = 0,
) -> Path:
    """Write a database whose tables fit together; judges are right three times in four and flip one time in five.

    Args:
        names: systems; judges and annotators are named after them.
        texts: descriptions to use before made-up ones of `words` words.
    """
    random = np.random.default_rng(seed)
    judge_names = [f"judge_{number:02d} {names[number % len(names)]}" for number in range(judges)]
    tables = _pairs(random, pairs, list(names), list(texts), words)
    tables |= _verdicts(random, tables, judge_names)
    tables |= made_up_boards(random, judge_names, list(names))
    tables |= _about(tables, names) | _votes(tables, names, judge_names)
    with duckdb.connect(str(file)) as connection:
        for relation in RELATIONS.values():
            connection.execute(relation.ddl)
        for name, rows in tables.items():
            schema = TABLES[name]
            connection.register("incoming", rows.reindex(columns=schema.column_names))
            connection.execute(f"insert into {schema.relation} by name select * from incoming")
            connection.unregister("incoming")
        for statement in views().values():
            connection.execute(statement)
    return file


def _pairs(
    random: np.random.Generator, pairs: int, names: list[str], texts: list[str], words: int
) -> dict[str, pd.DataFrame]:
    made = [" ".join(random.choice(WORDS, words)) + f" {number}" for number in range(2 * pairs + 2 * EDITS)]
    made[: len(texts)] = texts
    number = np.arange(pairs)
    first = random.integers(0, len(names), pairs)
    raw = pd.DataFrame(
        {
            "pair_id": [f"{one:012x}" for one in number],
            "clip_id": [f"clip_{one // 2:04d} {names[0]}" for one in number],
            "system1": [names[one] for one in first],
            "a1": made[0 : 2 * pairs : 2],
            "system2": [names[(one + 1) % len(names)] for one in first],
            "a2": made[1 : 2 * pairs : 2],
            "position": number + 1,
        }
    )
    labels = random.choice(["a1", "a2", "same"], pairs, p=[0.5, 0.4, 0.1])
    consensus = raw[["pair_id", "clip_id", "position"]].assign(preference=labels, provenance="unanimous", votes=3)
    edits = pd.DataFrame(
        {
            "pair_id": [f"e{one:011x}" for one in range(EDITS)],
            "clip_id": raw["clip_id"].iloc[0],
            "a1": made[2 * pairs :: 2],
            "a2": made[2 * pairs + 1 :: 2],
            "preference": "a1",
            "error_type": [ERRORS[one % 2] for one in range(EDITS)],
            "position": np.arange(1, EDITS + 1),
        }
    )
    return {"raw_pairs": raw, "consensus_pairs": consensus, "robustness_pairs": edits}


def _verdicts(
    random: np.random.Generator, tables: dict[str, pd.DataFrame], judges: list[str]
) -> dict[str, pd.DataFrame]:
    consensus = tables["consensus_pairs"]
    labels = consensus["preference"].to_numpy()
    other = np.where(labels == "a1", "a2", "a1")
    rows = []
    for judge in judges:
        said = np.where(random.random(len(labels)) < 0.75, labels, other)
        flipped = np.where(random.random(len(labels)) < 0.2, np.where(said == "a1", "a2", "a1"), said)
        chance = np.where(said == "a1", 0.5 + random.random(len(labels)) / 2, random.random(len(labels)) / 2)
        rows += [
            pd.DataFrame(
                {
                    "pair_id": consensus["pair_id"],
                    "judge": judge,
                    "round": round_,
                    "swapped": swapped,
                    "verdict": verdict,
                    "p_a1": chance,
                    "p_a2": 1 - chance,
                }
            )
            for round_ in (0, 1)
            for swapped, verdict in ((False, said), (True, flipped))
        ]
    predictions = pd.concat(rows).assign(strategy="s1", read_by="options")
    edits = pd.concat(
        [
            pd.DataFrame({"pair_id": tables["robustness_pairs"]["pair_id"], "judge": judge, "verdict": "a1"})
            for judge in judges
        ]
    ).assign(strategy="s1", read_by="options", round=0, swapped=False)
    baselines = pd.concat(
        [
            pd.DataFrame(
                {
                    "baseline": rule,
                    "pair_id": consensus["pair_id"],
                    "verdict": random.choice(["a1", "a2"], len(consensus)),
                }
            )
            for rule in RULES
        ]
    )
    crowd = pd.DataFrame(
        {
            "ensemble": "majority",
            "k": 3,
            "orders": "normal",
            "sample": "held-out",
            "round": 0,
            "pair_id": consensus["pair_id"],
            "verdict": labels,
        }
    )
    return {
        "s1_predictions": predictions,
        "robustness_predictions": edits,
        "baseline_verdicts": baselines,
        "ensemble_predictions": crowd,
    }


def _votes(tables: dict[str, pd.DataFrame], names: Sequence[str], judges: list[str]) -> dict[str, pd.DataFrame]:
    """Everybody votes on every pair and on two battles, and the first judge may decide some pairs alone."""
    pairs = tables["raw_pairs"]
    battles = pairs.head(2).assign(battle_id=["b1", "b2"], probability=[0.25, 0.5])
    cast = {"vote": "a1", "seconds": 20.0, "voted_at": datetime(2026, 1, 2, 3, 4)}
    selective = {"judge": judges[:1], "strategy": "s1", "clips": 0, "coverage": 0.0, "accepted": 0}
    reached = {"threshold": 0.7, "coverage": 61.1, "accepted": 24, "error": 4.2}
    return {
        "annotations": pd.concat([pairs[["pair_id"]].assign(annotator=name, **cast) for name in names]),
        "human_battle_votes": pd.concat([battles.assign(annotator=name, **cast) for name in names]),
        "selective_verdicts": pd.concat(
            [
                pd.DataFrame(selective | {"alpha": 0.05, "not_reached": "too few labelled clips"}),
                pd.DataFrame(selective | {"alpha": 0.2} | reached),
            ]
        ),
        "people_with_crowd": pd.DataFrame(
            {"source": ["people with crowd"], "voted": 42, "battles": 200, "worth": 63.0, "power": 0.4}
        ),
    }


def _about(tables: dict[str, pd.DataFrame], names: Sequence[str]) -> dict[str, pd.DataFrame]:
    clips = tables["raw_pairs"]["clip_id"].drop_duplicates()
    return {
        "data_set": pd.DataFrame(
            {
                "name": [f"made up {names[0]}"],
                "synthetic": [True],
                "note": [f"Nobody said this. {names[-1]}"],
                "pairs": [len(tables["raw_pairs"])],
                "clips": [len(clips)],
            }
        ),
        "clips": pd.DataFrame({"clip_id": clips, "seconds": 2.0, "audio_problem": "no sound"}),
        "human_agreement": pd.DataFrame(
            {
                "annotator": ["all", *names],
                "two_class": 89.0,
                "two_class_low": 85.0,
                "two_class_high": 92.0,
                "source": "votes of this data set",
            }
        ),
        "human_agreement_by_group": pd.DataFrame(
            {
                "grouping_by": "emotion",
                "subgroup": [names[0], names[-1]],
                "pairs": 20,
                "clips": 20,
                "comparisons": 60,
                "three_class": 70.0,
                "two_class": [89.0, 71.0],
                "all_low": [80.0, 60.0],
                "all_high": [95.0, 82.0],
                "worst": [False, True],
            }
        ),
        "annotators": pd.DataFrame({"annotator": list(names), "qualified": True, "votes": 40}),
        "lineage": pd.DataFrame(
            {
                "table_name": ["leaderboard"],
                "judge": [""],
                "version": ["0123456789abcdef"],
                "code_version": ["0"],
                "inputs": ["{}"],
                "rows": [3],
                "unanswered": [0],
                "made_at": [datetime(2026, 1, 2, 3, 4)],
            }
        ),
    }
