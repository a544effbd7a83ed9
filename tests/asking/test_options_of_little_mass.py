"""A model to which a1, a2 and same are next to nothing gives no verdict, and says what to do."""

import pytest

from emoprefer_assets.asking import Part, answer
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.judges import read_registry
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import TABLES, CallCache
from emoprefer_assets.strategies import ALL

pytestmark = pytest.mark.usefixtures("no_boards")


def test_they_are_failures_with_a_remedy_and_are_not_asked_again(settings, data_folder, tiny_model):
    settings.judges_file.write_text(f"judges:\n  - {{name: tiny, backend: transformers, model: {tiny_model}}}\n")
    pairs = read_data_set(data_folder).pairs.head(3)
    for calls, failed in ((6, 6), (0, 0)):
        judge = read_registry(settings.judges_file)["tiny"]
        part = Part("s1_predictions", ALL["s1"], pairs)
        (answered,) = answer(judge, [part], TABLES["clips"].frame(), Run(current_settings()))
        assert (answered.tally.all_calls, answered.tally.failed, answered.unanswered) == (calls, failed, 0)
        assert set(answered.rows["verdict"]) == {"failed"}
        assert answered.rows["failure"].str.contains(r"the options hold .* Set `read: reply`").all()
        assert answered.rows["p_options"].between(0, 1e-3).all()
    calls_on_record = list(CallCache(current_settings().calls_folder, "tiny").calls())
    assert len(calls_on_record) == 6 and all(call["log_probabilities"] for call in calls_on_record)
