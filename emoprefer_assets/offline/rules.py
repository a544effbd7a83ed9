"""Content-blind rules, as judges that the registry can name."""

from __future__ import annotations

import hashlib
from itertools import product

import numpy as np
import pandas as pd

from emoprefer_assets.judges.registry import RulesJudge
from emoprefer_assets.offline.emotion_words import count_emotion_words
from emoprefer_assets.offline.word_counts import WordCounts
from emoprefer_assets.stats.labels import SWAPPED

CLASSIFIER_FOLDS = 10
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


def lead_of_others(support: np.ndarray, clips: pd.Series) -> np.ndarray:
    """The sum of `support`, shape (n_pairs,), over the pairs of all other clips; 0 where this clip could turn it.

    Each pair supports one side with 1, the other with -1, or neither with 0. A sum that leaves a pair out leans against
    that pair: of 50 wins on each side, every single one would be foretold wrongly. So a lead counts only where it is
    larger than what this clip's own pairs add up to.
    """
    by_clip = pd.Series(support).groupby(clips.to_numpy(), dropna=False)
    others = support.sum() - by_clip.transform("sum").to_numpy()
    own = pd.Series(np.abs(support)).groupby(clips.to_numpy(), dropna=False).transform("sum").to_numpy()
    return np.where(np.abs(others) > own, others, 0)


def _system_prior(pairs: pd.DataFrame) -> np.ndarray:
    """Prefer the system with the higher win rate over all other clips' labelled pairs, ties as half.

    It has nothing to say where this clip's own pairs could turn who leads (see `lead_of_others`).
    """
    sides = pd.concat(
        [
            pd.DataFrame({"system": pairs["system1"], "win": pairs["preference"].map({"a1": 1, "same": 0.5, "a2": 0})}),
            pd.DataFrame({"system": pairs["system2"], "win": pairs["preference"].map({"a2": 1, "same": 0.5, "a1": 0})}),
        ],
        keys=["first", "second"],
    )
    sides["clip"] = np.tile(pairs["clip_id"].to_numpy(), 2)
    # A null label leaves both its sides out of the counts.
    everywhere = sides.groupby("system", dropna=False)["win"]
    here = sides.groupby(["system", "clip"], dropna=False)["win"]
    others = everywhere.transform("count") - here.transform("count")
    known = (others > 0) & sides["system"].notna()
    rate = ((everywhere.transform("sum") - here.transform("sum")) / others.where(known)).fillna(0.5)
    reach = (here.transform("count") / others.where(known)).fillna(0)
    lead = (rate.loc["first"] - rate.loc["second"]).to_numpy()
    # A hair more, for leads and reaches that are equal but for rounding.
    turned = np.abs(lead) <= 1e-9 + (reach.loc["first"] + reach.loc["second"]).to_numpy() / 2
    return np.select([turned, lead > 0, lead < 0], ["same", "a1", "a2"], "same")


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
        if not weighted.shape[1]:
            continue
        difference = weighted[: len(pairs)] - weighted[len(pairs) :]
        # Each pair is learned in both orders, so that no side is favoured.
        model = LogisticRegression(fit_intercept=False, max_iter=1000).fit(
            vstack([difference[known], -difference[known]]), np.concatenate([wins[known], ~wins[known]])
        )
        margin = model.decision_function(difference[test])
        verdicts[test] = np.select([margin > 0, margin < 0], ["a1", "a2"], "same")
    return verdicts
