"""The judge board says how what judges said became verdicts."""

import pandas as pd
import pytest

from emoprefer_assets.store.schema import run_step


def test_the_board_tells_mass_thoughts_cuts_and_other_readings():
    said = [
        # verdict, p_options, strict_verdict, thoughts, cut, read_by
        ("thinker", "a1", None, "a1", "the face", False, "reply"),
        ("thinker", "unparsed", None, "unparsed", None, True, "reply"),
        ("thinker", "a1", None, "a2", None, False, "reply"),
        ("thinker", "a2", None, "a2", None, False, "reply"),
        ("scored", "a1", 0.2, None, None, False, "options"),
        ("scored", "a2", 0.4, None, None, False, "options"),
        ("scored", "failed", 0.0, None, None, False, "options"),
        ("rule", "a1", None, None, None, None, "rule"),
    ]
    columns = ["judge", "verdict", "p_options", "strict_verdict", "thoughts", "cut", "read_by"]
    predictions = pd.DataFrame(said, columns=columns).assign(strategy="s1", round=0, swapped=False)
    judges = pd.DataFrame({"judge": ["thinker", "scored", "rule"]})
    counts = dict.fromkeys(("rounds", "pairs", "pairs_2class", "same", "unparsed", "failed"), 1)
    tables = {
        "predictions": predictions.assign(pair_id=[f"p{place}" for place in range(len(said))]),
        "board_strategies": judges.assign(strategy="s1", kind="judge", check_failed=False),
        "judge_scores": judges.assign(strategy="s1", verdicts=4, refused=False, **counts),
        "judges": judges.assign(
            backend="openai", content_blind=False, inputs=[[]] * 3, live=True, strategies=[["s1"]] * 3
        ),
    }
    board = run_step("judge_board", {"injection_limit": "10"}, **tables).set_index("judge")
    found = board[["p_options", "thinking_rate", "cut_rate", "read_otherwise_rate"]].T.to_dict("list")
    assert found["thinker"] == pytest.approx([float("nan"), 25.0, 25.0, 25.0], nan_ok=True)
    assert found["scored"] == pytest.approx([0.2, *[float("nan")] * 3], nan_ok=True)
    assert found["rule"] == pytest.approx([float("nan")] * 4, nan_ok=True)
