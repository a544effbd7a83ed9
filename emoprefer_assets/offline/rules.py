"""The package's own content-blind baselines."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pandas as pd

from emoprefer_assets.offline.baselines import NOTHING, SYSTEMS, Baseline, baseline, larger
from emoprefer_assets.offline.emotion_words import count_emotion_words
from emoprefer_assets.offline.word_counts import WordCounts
from emoprefer_assets.plugins import BASELINES
from emoprefer_assets.stats.labels import SWAPPED

CLASSIFIER_FOLDS = 10
_SENTENCE = re.compile(r"[^.!?。！？…\s][^.!?。！？…]*")


@baseline(sees=NOTHING, each_time=True)
def always_a1(pairs: pd.DataFrame, seed: int, round_: int, swapped: bool) -> np.ndarray:
    return _always("a1", pairs, swapped)


@baseline(sees=NOTHING, each_time=True)
def always_a2(pairs: pd.DataFrame, seed: int, round_: int, swapped: bool) -> np.ndarray:
    return _always("a2", pairs, swapped)


def _always(position: str, pairs: pd.DataFrame, swapped: bool) -> np.ndarray:
    return np.full(len(pairs), SWAPPED[position] if swapped else position)


@baseline(sees=NOTHING, each_time=True)
def random(pairs: pd.DataFrame, seed: int, round_: int, swapped: bool) -> np.ndarray:
    texts = (repr((seed, round_, swapped, pair_id)) for pair_id in pairs["pair_id"])
    coins = (hashlib.blake2b(text.encode(), digest_size=1).digest()[0] for text in texts)
    return np.array(["a1" if coin % 2 else "a2" for coin in coins], dtype=str)


# In the audit the two are one, `length`.
@baseline(audited=False)
def longer(pairs: pd.DataFrame) -> np.ndarray:
    return larger(pairs["a1"].str.len(), pairs["a2"].str.len())


@baseline(audited=False)
def shorter(pairs: pd.DataFrame) -> np.ndarray:
    return larger(-pairs["a1"].str.len(), -pairs["a2"].str.len())


def count_sentences(text: str) -> int:
    """Stretches of text between full stops, question and exclamation marks, European or Chinese."""
    return len(_SENTENCE.findall(text))


BASELINES.add("length", Baseline(None, measure=len, directions=("longer", "shorter")))
BASELINES.add("sentences", Baseline(None, measure=count_sentences, directions=("more sentences", "fewer sentences")))


@baseline(measure=count_emotion_words, directions=("more emotion words", "fewer emotion words"))
def emotion_words(pairs: pd.DataFrame) -> np.ndarray:
    return larger(pairs["a1"].map(count_emotion_words), pairs["a2"].map(count_emotion_words))


@baseline(learns=True)
def text_classifier(pairs: pd.DataFrame) -> np.ndarray:
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


@baseline(sees=SYSTEMS, learns=True)
def system_prior(pairs: pd.DataFrame) -> np.ndarray:
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
