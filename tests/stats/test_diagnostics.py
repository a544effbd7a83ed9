import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.settings import CROWD_DIAGNOSTICS
from emoprefer_assets.stats import diagnostics
from emoprefer_assets.stats.crowds import top_k_majority
from emoprefer_assets.stats.dawid_skene import dawid_skene
from emoprefer_assets.stats.diagnostics import model_of_votes
from emoprefer_assets.stats.labels import FAILED, UNPARSED
from emoprefer_assets.stats.metrics import recognition
from tests.stats.simulation import simulate


@pytest.mark.parametrize("name", CROWD_DIAGNOSTICS)
@pytest.mark.slow
def test_a_model_of_votes_finds_out_the_good_judges_without_labels(name):
    drawn = simulate(np.random.default_rng(0), skill=(0.55, 0.55, 0.55, 0.9, 0.9), clips=300)
    ballots = drawn.verdicts[:, None]
    found = recognition(drawn.labels, model_of_votes(name, ballots)).acc_2class
    assert found > recognition(drawn.labels, top_k_majority(ballots)[-1]).acc_2class + 5


@pytest.mark.parametrize("name", CROWD_DIAGNOSTICS)
def test_unparsed_and_failed_are_no_votes(name):
    ballots = np.array([[[0, 1, UNPARSED, 0]], [[0, 1, FAILED, FAILED]], [[0, 1, FAILED, 0]]])
    assert model_of_votes(name, ballots).tolist() == [0, 1, UNPARSED, 0]


def test_our_dawid_skene_labels_as_crowd_kits():
    from crowdkit.aggregation import DawidSkene

    drawn = simulate(np.random.default_rng(1), skill=(0.8, 0.7, 0.6, 0.6), clips=300)
    voter, pair = np.indices(drawn.verdicts.shape).reshape(2, -1)
    cast = pd.DataFrame({"task": pair, "worker": voter, "label": drawn.verdicts.ravel()})
    theirs = DawidSkene(n_iter=100).fit_predict(cast).loc[range(300)].to_numpy()
    assert np.mean(dawid_skene(drawn.verdicts).labels == theirs) > 0.98


def test_without_crowd_kit_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(diagnostics.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmopreferError, match=r'"glad" needs crowd-kit. Run pip install'):
        model_of_votes("glad", np.zeros((2, 1, 3), dtype=int))
