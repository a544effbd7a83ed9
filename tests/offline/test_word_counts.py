"""What is worked out once for all folds against the obvious way, which reads every text in every fold."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import vstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.judges.registry import RulesJudge
from emoprefer_assets.offline import count_emotion_words, rule_verdicts
from emoprefer_assets.offline.emotion_words import CHINESE, STEMS
from emoprefer_assets.offline.word_counts import WordCounts, terms
from emoprefer_assets.settings import PROJECT


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    """The embedded pairs, of which people prefer those in which more is said, mostly."""
    pairs = read_data_set(PROJECT / "data" / "sample").pairs
    longer = np.where(pairs["a1"].str.len() > pairs["a2"].str.len(), "a1", "a2")
    other = np.random.default_rng(0).choice(["a1", "a2", "same"], len(pairs))
    return pairs.assign(preference=np.where(np.arange(len(pairs)) % 3, longer, other))


def classified(pairs: pd.DataFrame) -> list[str]:
    verdicts = np.full(len(pairs), "same", dtype=object)
    labelled = pairs["preference"].isin(["a1", "a2"]).to_numpy()
    for train, test in GroupKFold(10).split(pairs, groups=pairs["clip_id"]):
        known = train[labelled[train]]
        first, second, label = (pairs[column].iloc[known] for column in ("a1", "a2", "preference"))
        words = TfidfVectorizer(sublinear_tf=True, analyzer=terms).fit(pd.concat([first, second]))
        difference = words.transform(first) - words.transform(second)
        wins = (label == "a1").to_numpy()
        model = LogisticRegression(fit_intercept=False, max_iter=1000).fit(
            vstack([difference, -difference]), np.concatenate([wins, ~wins])
        )
        margin = model.decision_function(
            words.transform(pairs["a1"].iloc[test]) - words.transform(pairs["a2"].iloc[test])
        )
        verdicts[test] = np.select([margin > 0, margin < 0], ["a1", "a2"], "same")
    return verdicts.tolist()


def judge(rule: str) -> RulesJudge:
    return RulesJudge(name=rule, backend="rules", rule=rule)


def test_the_text_classifier_reads_each_text_once_and_says_the_same(pairs):
    assert rule_verdicts(judge("text_classifier"), pairs).tolist() == classified(pairs)


def test_the_text_classifier_says_the_same_of_the_published_pairs(real_data):
    published = read_data_set(real_data).pairs
    published = published.assign(preference=published["published_preference"])
    assert rule_verdicts(judge("text_classifier"), published).tolist() == classified(published)


def test_weights_are_those_of_a_vectorizer_fitted_on_the_same_texts(pairs):
    texts = pairs["a1"]
    fitted = np.arange(0, len(texts), 3)
    ours = WordCounts(texts).tf_idf(fitted)
    theirs = TfidfVectorizer(sublinear_tf=True, analyzer=terms).fit(texts.iloc[fitted]).transform(texts)
    assert (ours != theirs).nnz == 0 and ours.shape == theirs.shape


def test_terms_are_words_or_where_these_are_not_spaced_characters_and_every_two():
    assert terms("He is 高兴极了, a Smile!") == ["he", "is", "高", "兴", "极", "了", "高兴", "兴极", "极了", "smile"]


def test_the_text_classifier_learns_from_chinese():
    said = {"a1": "他看起来很高兴嘴角上扬", "a2": "她皱着眉头显得十分担心"}
    pairs = pd.DataFrame({"clip_id": [f"c{n}" for n in range(40)], "preference": ["a1", "a2"] * 20})
    first = pairs["preference"] == "a1"
    pairs = pairs.assign(a1=np.where(first, said["a1"], said["a2"]), a2=np.where(first, said["a2"], said["a1"]))
    assert rule_verdicts(judge("text_classifier"), pairs).tolist() == pairs["preference"].tolist()


def test_the_text_classifier_has_nothing_to_say_of_texts_of_one_letter():
    pairs = pd.DataFrame(
        {"clip_id": [f"c{n}" for n in range(12)], "a1": "A", "a2": "B", "preference": ["a1", "a2", "a1"] * 4}
    )
    assert rule_verdicts(judge("text_classifier"), pairs).tolist() == ["same"] * 12


def test_emotion_words_are_counted_word_by_word_as_in_the_whole_text(pairs):
    at_once = re.compile(rf"\b(?:{'|'.join(STEMS.split())})\w*|{'|'.join(CHINESE.split())}", re.IGNORECASE)
    mixed = [
        "",
        "Happy-sad, HAPPY_sad unhappy",
        "他很高兴happy，happy高兴 sad悲伤难过",
        "joy's fear\nangrily angry1 1angry ſad",
    ]
    texts = [*pairs["a1"], *pairs["a2"], *mixed]
    assert [count_emotion_words(text) for text in texts] == [len(at_once.findall(text)) for text in texts]
