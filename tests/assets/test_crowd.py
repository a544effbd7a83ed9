import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.auditing import floor_verdicts
from emoprefer_assets.assets.crowd import crowd, ensemble_predictions, ensemble_scores
from emoprefer_assets.stats.labels import VERDICTS
from tests.stats.simulation import simulate


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """Three judges, best first, on 200 pairs."""
    drawn = simulate(np.random.default_rng(0), skill=(0.8, 0.75, 0.7), clips=200)
    names, judges = np.array(VERDICTS), ["j0", "j1", "j2"]
    pairs = pd.DataFrame({"pair_id": [f"p{i}" for i in range(200)], "clip_id": drawn.clips.astype(str)})
    raw = pairs.assign(system1="x", a1="Text.", system2="y", a2="Text.", position=range(200), published_preference=None)
    consensus = pairs.assign(preference=names[drawn.labels], position=range(200))
    predictions = [
        pairs[["pair_id"]].assign(
            judge=judge, strategy="s1", round=0, swapped=False, verdict=names[said], p_a1=None, p_a2=None
        )
        for judge, said in zip(judges, drawn.verdicts, strict=True)
    ]
    return {
        "predictions": Answers.of(pd.concat(predictions)),
        "judge_board": pd.DataFrame(
            {"judge": judges, "strategy": "s1", "kind": "judge", "rank": [1, 2, 3], "no_vote": None}
        ),
        "floor_verdicts": floor_verdicts.make(raw, consensus),
        "raw_pairs": raw,
        "consensus_pairs": consensus,
        "judges": pd.DataFrame({"judge": judges, "content_blind": False}),
    }


def scores(tables: dict[str, pd.DataFrame], diagnostics: tuple[str, ...] = ()) -> pd.DataFrame:
    asked = {name: tables[name] for name in ("predictions", "judge_board", "raw_pairs", "consensus_pairs", "judges")}
    said = ensemble_predictions.make(**asked, crowd_diagnostics=diagnostics)
    return ensemble_scores.make(said, **tables)


def test_the_best_judge_alone_gains_nothing_over_itself(tables):
    alone = scores(tables).set_index(["ensemble", "k", "orders", "sample"]).loc["majority", 1, "normal", "in-sample"]
    assert alone["gain_over_best_judge"] == alone["gain_over_best_judge_low"] == alone["gain_over_best_judge_high"] == 0


def test_diagnostics_are_off_by_default_and_never_chosen(tables):
    assert "diagnostic" not in set(scores(tables)["sample"])
    found = scores(tables, ("dawid_skene",))
    (diagnostic,) = found[found["sample"] == "diagnostic"].to_dict("records")
    assert diagnostic["ensemble"] == "dawid_skene" and diagnostic["k"] == 3
    # Even where it is by far the best.
    found.loc[found["sample"] == "diagnostic", ["balanced_low", "waf_2class"]] = 100.0
    asked = {name: tables[name] for name in ("predictions", "judge_board", "consensus_pairs", "judges")}
    assert crowd.make(found, **asked)["ensemble"].item() != "dawid_skene"
