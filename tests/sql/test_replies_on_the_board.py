"""The judge board says how what judges said became verdicts."""

import pytest

from emoprefer_assets.store import TABLES
from emoprefer_assets.store.schema import RELATIONS, run_step


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
    predictions = RELATIONS["predictions"].frame().reindex(range(len(said)))
    for place, column in enumerate(columns):
        predictions[column] = [row[place] for row in said]
    predictions = predictions.assign(strategy="s1")
    names = ["thinker", "scored", "rule"]
    tables = {
        name: TABLES[name].frame().reindex(range(3)).assign(judge=names)
        for name in ("board_strategies", "judge_scores", "judges")
    }
    tables["board_strategies"] = tables["board_strategies"].assign(strategy="s1", kind="judge")
    tables["judge_scores"] = tables["judge_scores"].assign(strategy="s1", verdicts=4)
    tables["judges"] = tables["judges"].assign(backend="openai", content_blind=False, live=True)
    board = run_step("judge_board", {"injection_limit": "10"}, predictions=predictions, **tables).set_index("judge")
    found = board[["p_options", "thinking_rate", "cut_rate", "read_otherwise_rate"]].T.to_dict("list")
    assert found["thinker"] == pytest.approx([float("nan"), 25.0, 25.0, 25.0], nan_ok=True)
    assert found["scored"] == pytest.approx([0.2, *[float("nan")] * 3], nan_ok=True)
    assert found["rule"] == pytest.approx([float("nan")] * 4, nan_ok=True)
