"""Content-blind rules: the floors that a judge has to beat."""

from __future__ import annotations

import hashlib
from itertools import product
from typing import get_args

import numpy as np
import pandas as pd

from emoprefer_assets.judges.registry import RulesJudge
from emoprefer_assets.offline.emotion_words import count_emotion_words
from emoprefer_assets.offline.word_counts import WordCounts
from emoprefer_assets.stats.labels import SWAPPED

CLASSIFIER_FOLDS = 10
RULES = get_args(RulesJudge.model_fields["rule"].annotation)
# Rules that learn from the labels of other pairs.
LEARNING_RULES = ("system_prior", "text_classifier")
# Rules whose answer depends on the order and the round; that of all others is worked out once.
ASKED_EACH_TIME = ("always_a1", "always_a2", "random")


def apply_rule(judge: RulesJudge, pairs: pd.DataFrame, rounds: int) -> pd.DataFrame:
    """The rule's verdicts on `pairs` in both orders and every round.

    Args:
        pairs: pair_id, clip_id, system1, a1, system2, a2, preference.

    Returns:
        round, swapped, pair_id, verdict (in the pair's own frame).
    """
    runs = list(product(range(rounds), (False, True)))
    if judge.rule in ASKED_EACH_TIME:
        verdicts = [rule_verdicts(judge, pairs, *run) for run in runs]
    else:
        verdicts = [rule_verdicts(judge, pairs)] * len(runs)
    return pd.DataFrame(
        {
            "round": np.repeat([round_ for round_, _ in runs], len(pairs)),
            "swapped": np.repeat([swapped for _, swapped in runs], len(pairs)),
            "pair_id": pd.concat([pairs["pair_id"]] * len(runs), ignore_index=True),
            "verdict": pd.Series(np.concatenate(verdicts), dtype="str"),
        }
    )


def rule_verdicts(judge: RulesJudge, pairs: pd.DataFrame, round_: int = 0, swapped: bool = False) -> np.ndarray:
    """The rule's verdicts in one round and order, in the pairs' own frame, shape (n_pairs,); arguments as above."""
    match judge.rule:
        case "always_a1" | "always_a2":
            position = judge.rule.removeprefix("always_")
            return np.full(len(pairs), SWAPPED[position] if swapped else position)
        case "random":
            return np.array([_coin(judge.seed, round_, swapped, pair_id) for pair_id in pairs["pair_id"]], dtype=str)
        case "longer":
            return _larger(pairs["a1"].str.len(), pairs["a2"].str.len())
        case "shorter":
            return _larger(-pairs["a1"].str.len(), -pairs["a2"].str.len())
        case "system_prior":
            return _system_prior(pairs)
        case "emotion_words":
            return _larger(*(pairs[side].map(count_emotion_words) for side in ("a1", "a2")))
        case "text_classifier":
            return _text_classifier(pairs)


def _larger(first: pd.Series, second: pd.Series) -> np.ndarray:
    return np.select([first > second, second > first], ["a1", "a2"], "same")


def _coin(*parts: object) -> str:
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=1).digest()
    return "a1" if digest[0] % 2 else "a2"


def _system_prior(pairs: pd.DataFrame) -> np.ndarray:
    """Prefer the system with the higher win rate over all other labelled pairs (leave-one-out, ties as half)."""
    sides = pd.concat(
        [
            pd.DataFrame({"system": pairs["system1"], "win": pairs["preference"].map({"a1": 1, "same": 0.5, "a2": 0})}),
            pd.DataFrame({"system": pairs["system2"], "win": pairs["preference"].map({"a2": 1, "same": 0.5, "a1": 0})}),
        ],
        keys=["first", "second"],
    )
    by_system = sides.groupby("system", dropna=False)["win"]
    # A null label leaves both its sides out of the counts.
    others = by_system.transform("count") - sides["win"].notna()
    wins = by_system.transform("sum") - sides["win"].fillna(0)
    rate = (wins / others.where(others > 0)).fillna(0.5)
    rate = rate.where(sides["system"].notna(), 0.5)
    return _larger(rate.loc["first"], rate.loc["second"])


def _text_classifier(pairs: pd.DataFrame) -> np.ndarray:
    """Predict the label from the texts' TF-IDF difference, fitted on the other folds' clips (logistic regression)."""
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    verdicts = np.full(len(pairs), "same", dtype="<U4")
    labelled = pairs["preference"].isin(["a1", "a2"]).to_numpy()
    if pairs["clip_id"].nunique() < CLASSIFIER_FOLDS:
        return verdicts
    # Sorting numbers is many times faster than sorting names, which every split and fit does anew.
    clips, _ = pd.factorize(pairs["clip_id"], sort=True)
    words, wins = WordCounts(pd.concat([pairs["a1"], pairs["a2"]])), (pairs["preference"] == "a1").to_numpy()
    for train, test in GroupKFold(CLASSIFIER_FOLDS).split(pairs, groups=clips):
        known = train[labelled[train]]
        if len(known) < 2:
            continue
        weighted = words.tf_idf(np.concatenate([known, len(pairs) + known]))
        difference = weighted[: len(pairs)] - weighted[len(pairs) :]
        # Each pair is learned in both orders, so that no side is favoured.
        model = LogisticRegression(fit_intercept=False, max_iter=1000).fit(
            vstack([difference[known], -difference[known]]), np.concatenate([wins[known], ~wins[known]])
        )
        margin = model.decision_function(difference[test])
        verdicts[test] = np.select([margin > 0, margin < 0], ["a1", "a2"], "same")
    return verdicts
