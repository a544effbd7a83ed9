"""Strategy 3 answered by sentence embeddings: which description is nearer to the judge's own."""

import duckdb
import pytest

from emoprefer_assets.doctor import examine
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.evaluation import dry_run, evaluate
from emoprefer_assets.judges import ChatReply, read_registry
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.strategies import ALL, Pair
from tests.judges.tiny_encoder import build_encoder
from tests.judges.tiny_families import build
from tests.media.files import write_clip

pytestmark = pytest.mark.usefixtures("no_boards", "random_weights")

JUDGES = """\
judges:
  - {{name: seer, backend: transformers, model: {seer}, inputs: [video], frames: 2, external: near, max_new_tokens: 8}}
  - {{name: near, backend: embedding, model: {near}}}
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {"seer": build("qwen2_5_vl", folder / "seer"), "near": build_encoder(folder / "near")}


@pytest.fixture
def seer(settings, data_folder, models):
    """Three labelled pairs on the clips clip1 and clip2."""
    write_clip(data_folder / "video" / "clip1.mp4", shade=10)
    write_clip(data_folder / "video" / "clip2.mp4", shade=120, tone=900.0)
    settings.judges_file.write_text(JUDGES.format(**models))
    return current_settings()


def test_it_is_asked_about_each_text_once_and_both_orders_agree(seer):
    assert dry_run(Run(seer), ["seer"], ["s3"])["seer"].calls == {"describe": 2, "s3": 6}
    assert not evaluate(Run(seer), ["seer"], ["s3"]).failures
    with duckdb.connect(str(seer.database), read_only=True) as published:
        found = published.sql(
            "select pair_id, count(*), count(distinct (verdict, round(p_a1, 12))), min(verdict), min(p_a1), "
            "any_value(p_same), any_value(p_options), any_value(read_by) "
            "from s3_predictions where failure is null group by all"
        ).fetchall()
        (asked,) = published.sql("select asked, calls, cost from judge_costs where step = 's3'").fetchall()
    assert asked == ("near", 6, 0.0)
    assert len(found) == 3
    for _, rows, verdicts, verdict, p_a1, *alike in found:
        # Two orders, two rounds.
        assert (rows, verdicts, *alike) == (4, 1, 0.0, None, "similarity")
        assert verdict == ("a1" if p_a1 > 0.5 else "a2")
    assert evaluate(Run(seer), ["seer"], ["s3"]).tables == []


def test_the_nearer_description_wins_and_equal_ones_are_same():
    pair = Pair(0, False, "p", "clip1", "A smile.", "A frown.")

    def verdict(*scores):
        return ALL["s3"].read([ChatReply("", log_probabilities=(score,)) for score in scores], pair)

    assert verdict(-2.0, -4.0).verdict == "a1" and verdict(-2.0, -4.0).p_a1 == pytest.approx(0.880797)
    assert verdict(-4.0, -2.0).verdict == "a2"
    assert (verdict(-3.0, -3.0).verdict, verdict(-3.0, -3.0).p_a1) == ("same", 0.5)


def test_it_answers_s3_and_no_strategy_in_which_something_is_written(seer, models):
    registry = read_registry(seer.judges_file)
    assert registry["seer"].strategies == ("s1", "s2", "s3", "s5")
    assert registry["near"].strategies == ()
    assert [judge.name for judge in registry.taking_part(seer.data_dir)] == ["seer"]
    with pytest.raises(EmopreferError, match=r'judge "near": it is external only\. Name it as `external:` of a judge'):
        evaluate(Run(seer), ["near"])


def test_the_doctor_names_it_when_it_lacks_weights(seer, models):
    seer.judges_file.write_text(seer.judges_file.read_text().replace(str(models["near"]), "lab/None"))
    found = {finding.name: finding for finding in examine(current_settings())}
    assert "no weights for lab/None" in found["weights of near"].what
