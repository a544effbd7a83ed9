"""All five strategies asked of a tiny model with eyes and ears, and of a text model for it, on real clips."""

import duckdb
import numpy as np
import pytest

from emoprefer_assets.asking import answer
from emoprefer_assets.assets.judge_tables import parts_of
from emoprefer_assets.evaluation import dry_run, evaluate
from emoprefer_assets.judges import read_registry
from emoprefer_assets.judges.loading import Models
from emoprefer_assets.media import _reader
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import CallCache, Warehouse
from tests.judges.tiny_families import build
from tests.media.files import write_clip

pytestmark = pytest.mark.usefixtures("no_boards", "random_weights")

JUDGES = """\
judges:
  - {{name: longer, backend: rules, rule: longer}}
  - {{name: reader, backend: transformers, model: {reader}, max_new_tokens: 8, read: {read}}}
  - {{name: omni, backend: transformers, model: {omni}, inputs: [video, audio], frames: 4, external: reader,
     max_new_tokens: 8, batch_size: 2, temperature: {temperature}}}
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {"reader": build("text", folder / "reader"), "omni": build("qwen2_5_omni", folder / "omni")}


@pytest.fixture
def omni(settings, data_folder, models):
    """Three labelled pairs on the clips clip1 and clip2."""
    write_clip(data_folder / "video" / "clip1.mp4", shade=10)
    write_clip(data_folder / "video" / "clip2.mp4", shade=120, tone=900.0)

    def register(read="options", temperature=0.0):
        settings.judges_file.write_text(JUDGES.format(**models, read=read, temperature=temperature))
        return current_settings()

    return register


def rows(settings, query):
    with duckdb.connect(str(settings.database), read_only=True) as published:
        return published.sql(query).fetchall()


def test_all_strategies_in_one_run(omni, monkeypatch):
    """Each model is loaded once, each clip is decoded once and described once, and nothing is asked twice."""
    settings, loaded, decoded = omni(), [], []
    monkeypatch.setattr("emoprefer_assets.asking.interview.models", Models())
    load, read_frames = Models.load, _reader.read_frames
    monkeypatch.setattr(
        Models, "load", lambda self, judge, *args: loaded.append(judge.name) or load(self, judge, *args)
    )
    monkeypatch.setattr(_reader, "read_frames", lambda *args: decoded.append(args[0].name) or read_frames(*args))
    planned = dry_run(Run(settings), ["omni"])["omni"]
    assert loaded == decoded == []
    report = evaluate(Run(settings), ["omni"])
    assert not report.failures
    assert loaded == ["omni", "reader"]
    assert sorted(decoded) == ["clip1.mp4", "clip2.mp4"]
    # Three pairs on two clips in two orders; six texts with and without their clip.
    assert planned.calls == {"describe": 2, "s1": 6, "s2": 6, "s5": 12, "s3": 6, "s4_reasoning": 6, "s4_answer": 6}
    costs = rows(settings, "select step, asked, calls from judge_costs order by all")
    assert {step: calls for step, _, calls in costs} == planned.calls
    assert {step for step, asked, _ in costs if asked == "reader"} == {"s3", "s4_reasoning", "s4_answer"}
    found = rows(
        settings,
        "select strategy, count(*), count(distinct verdict) from predictions "
        "where judge = 'omni' group by all order by all",
    )
    assert [(strategy, count) for strategy, count, _ in found] == [(f"s{number}", 12) for number in range(1, 6)]
    assert rows(settings, "select count(*) from predictions where failure is not null") == [(0,)]
    assert rows(settings, "select round, clip_id, description is not null from descriptions order by all") == [
        (round_, clip, True) for round_ in (0, 1) for clip in ("clip1", "clip2")
    ]
    assert evaluate(Run(settings), ["omni"]).tables == []


def test_strategy_5_does_not_know_the_order_and_reads_nothing(omni):
    settings = omni()
    evaluate(Run(settings), ["omni"], ["s5"])
    orders = rows(
        settings,
        "select pair_id, round, count(distinct verdict), count(distinct round(p_a1, 9)), any_value(raw_text) "
        "from s5_predictions group by all",
    )
    assert len(orders) == 6
    assert all(found[2:] == (1, 1, None) for found in orders)
    assert rows(settings, "select distinct read_by, p_same from s5_predictions") == [("information", 0.0)]


def test_a_strategy_alone_takes_its_description_from_the_table(omni):
    settings = omni()
    evaluate(Run(settings), ["omni"], ["s1", "s2"])
    assert evaluate(Run(settings), ["omni"], ["s3"]).calls == {"omni": 6}


@pytest.mark.slow
def test_generated_answers_are_read_and_sampled_ones_kept_by_round(omni):
    settings = omni(read="reply", temperature=0.7)
    report = evaluate(Run(settings), ["omni"], ["s2", "s3"])
    assert not report.failures
    costs = dict(rows(settings, "select step, calls from judge_costs"))
    # Both rounds describe anew. The judge scores options, the external model generates, greedily.
    assert costs["describe"] == 4
    said = rows(settings, "select round, clip_id, description from descriptions order by clip_id, round")
    assert said[0][2] != said[1][2] and said[2][2] != said[3][2]
    assert {read for (read,) in rows(settings, "select distinct read_by from s3_predictions where judge = 'omni'")} == {
        "reply"
    }


def test_pairs_of_a_clip_that_cannot_be_read_fail_with_the_reason_and_the_others_are_judged(omni, data_folder):
    settings = omni()
    video = data_folder / "video" / "clip2.mp4"
    video.write_bytes(video.read_bytes()[:2000])
    report = evaluate(Run(settings), ["omni"], ["s1", "s2", "s5"])
    assert not report.failures
    for strategy in ("s1", "s2", "s5"):
        failed = rows(
            settings,
            f"select clip_id, failure from {strategy}_predictions join raw_pairs using (pair_id) "
            "where verdict = 'failed' group by all",
        )
        ((clip, reason),) = failed
        assert clip == "clip2" and reason.startswith("clip clip2: ")
    # Asking again would not help: nothing is stale until the file changes.
    assert evaluate(Run(settings), ["omni"], ["s1", "s2", "s5"]).tables == []
    write_clip(video, shade=120, tone=900.0)
    report = evaluate(Run(settings), ["omni"], ["s1"])
    assert report.calls == {"omni": 2}
    assert rows(settings, "select count(*) from s1_predictions where verdict = 'failed'") == [(0,)]


def test_without_any_clip_the_judge_says_what_it_needs_and_the_others_go_on(omni, data_folder):
    settings = omni()
    for video in (data_folder / "video").iterdir():
        video.unlink()
    report = evaluate(Run(settings))
    assert "it takes video, and no clip of the data set has any that can be read" in report.failures["omni"]
    assert report.calls["reader"] == 6


def test_without_its_external_model_a_judge_still_answers_the_other_strategies(omni, models):
    settings = omni()
    settings.judges_file.write_text(settings.judges_file.read_text().replace(str(models["reader"]), "lab/Nowhere"))
    report = evaluate(Run(settings), ["omni"])
    assert "no weights for lab/Nowhere" in report.failures["omni"]
    found = rows(settings, "select strategy, count(*) from predictions where judge = 'omni' group by all order by all")
    assert found == [("s1", 12), ("s2", 12), ("s5", 12)]


def test_an_external_model_has_to_be_one_that_reads_texts(omni):
    settings = omni()
    settings.judges_file.write_text(settings.judges_file.read_text().replace("external: reader", "external: longer"))
    with pytest.raises(Exception, match='"longer" is not a language model without inputs'):
        evaluate(Run(settings), ["omni"])


@pytest.mark.slow
def test_a_clip_that_changes_is_asked_about_again_and_no_other(omni, data_folder):
    settings = omni()
    evaluate(Run(settings), ["omni"], ["s1"])
    write_clip(data_folder / "video" / "clip2.mp4", shade=60, tone=900.0)
    assert evaluate(Run(settings), ["omni"], ["s1"]).calls == {"omni": 2}


@pytest.mark.slow
def test_the_same_answers_whatever_is_asked_together(omni):
    settings = omni()
    evaluate(Run(settings), ["longer"])
    names = ["s1_predictions", "s2_predictions", "s5_predictions"]
    with Warehouse(settings.warehouse).reading() as reading:
        parts, clips = parts_of(names, reading), reading.frame("clips")
    judge = read_registry(settings.judges_file)["omni"]
    (alone,) = answer(judge, parts[:1], clips, Run(settings))
    CallCache(settings.calls_folder, "omni").file.unlink()
    together, *_ = answer(judge, parts, clips, Run(settings))
    assert (alone.rows["verdict"] == together.rows["verdict"]).all()
    assert np.abs(alone.rows["p_a1"].to_numpy() - together.rows["p_a1"].to_numpy()).max() < 1e-4
