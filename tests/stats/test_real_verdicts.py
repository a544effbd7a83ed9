"""Published figures of judges and people on other tasks, by our metrics."""

import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.stats.agreement import MISSING, agreement
from emoprefer_assets.stats.labels import UNPARSED, codes
from emoprefer_assets.stats.metrics import recognition
from emoprefer_assets.stats.resampling import clip_bootstrap
from tests.conftest import REAL_VERDICTS

pytestmark = pytest.mark.skipif(not REAL_VERDICTS.is_dir(), reason="verdicts of real judges are not here")


def said(verdicts: pd.DataFrame, judge: str, swapped: int, pairs: pd.Series) -> np.ndarray:
    """Codes of a judge's verdicts in the order of `pairs`; an empty cell names no option."""
    of_order = verdicts[verdicts["swapped"] == swapped].set_index("pair")[judge].reindex(pairs)
    known = of_order.notna().to_numpy()
    found = np.full(len(of_order), UNPARSED, dtype=np.int8)
    found[known] = codes(of_order[known])
    return found


@pytest.mark.parametrize(("subset", "normal", "swapped"), [("Natural", 95.0, 96.0), ("Neighbor", 77.6, 79.9)])
def test_accuracy_of_gpt_4_on_llmbar(subset, normal, swapped):
    pairs = pd.read_csv(REAL_VERDICTS / "llmbar" / "pairs.csv", keep_default_na=False).query("subset == @subset")
    verdicts = pd.read_csv(REAL_VERDICTS / "llmbar" / "verdicts.csv")
    labels = codes(pairs["label"])
    found = [recognition(labels, said(verdicts, "GPT-4__Vanilla", order, pairs["pair"])).acc_2class for order in (0, 1)]
    assert found == pytest.approx([normal, swapped], abs=0.05)


def test_every_judge_of_llmbar_has_the_accuracy_that_counting_gives():
    pairs = pd.read_csv(REAL_VERDICTS / "llmbar" / "pairs.csv", keep_default_na=False)
    verdicts = pd.read_csv(REAL_VERDICTS / "llmbar" / "verdicts.csv")
    labels = codes(pairs["label"])
    judges = [column for column in verdicts if column not in ("pair", "swapped")]
    assert len(judges) == 65
    for judge in judges:
        counted = verdicts.loc[verdicts["swapped"] == 0].set_index("pair")[judge].reindex(pairs["pair"])
        # Without an option, a1 is read.
        counted = 100 * (counted.fillna("a1").to_numpy() == pairs["label"].to_numpy()).mean()
        assert recognition(labels, said(verdicts, judge, 0, pairs["pair"])).acc_2class == pytest.approx(
            counted, abs=1e-9
        )


@pytest.mark.parametrize(("one", "other", "kappa"), [(0, 1, 0.85), (1, 2, 0.86), (0, 2, 0.88)])
def test_annotators_of_pandalm_agree_as_published(one, other, kappa):
    ballots = pd.read_csv(REAL_VERDICTS / "pandalm" / "votes.csv").pivot(
        index="annotator", columns="pair", values="vote"
    )
    assert ballots.notna().all(axis=None)
    votes = codes(ballots.to_numpy().ravel()).reshape(ballots.shape)[[one, other]]
    assert (votes != MISSING).all()
    each, _ = agreement(votes, clip_bootstrap(np.arange(votes.shape[1]), resamples=2))
    assert [found.cohen_kappa.value for found in each] == pytest.approx([kappa, kappa], abs=0.005)
