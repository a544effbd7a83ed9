"""What of the vLLM backend needs no vLLM; tests/vllm_engine runs the engine."""

import importlib.util

import pytest

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.judges import vllm
from emoprefer_assets.judges.registry import VllmJudge
from emoprefer_assets.run import Run

without_vllm = pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed")


def test_options_with_a_common_beginning_take_one_prompt_for_each_beginning():
    a, one, two, same, blank, ends = range(6)
    steps = vllm._steps([(a, one), (a, two), (same,)])
    assert [(step.behind, step.wanted) for step in steps] == [((), (a, same)), ((a,), (one, two))]
    text = (a, one, two, same, blank, ends)
    assert [(step.behind, step.wanted) for step in vllm._steps([text])] == [(text, ())]


@without_vllm
def test_without_vllm_the_error_says_what_to_install(tiny_model, tmp_path):
    judge = VllmJudge(name="fast", backend="vllm", model=str(tiny_model))
    with pytest.raises(
        JudgeUnavailable, match=r'judge "fast": vllm is not installed, .*pip install "emoprefer-assets\[vllm\]"'
    ):
        vllm.load(judge, tmp_path)


@without_vllm
@pytest.mark.usefixtures("no_boards")
def test_without_vllm_the_other_judges_go_on(evaluated_four_pairs, tiny_model):
    evaluated_four_pairs.judges_file.write_text(
        "judges:\n  - {name: shorter, backend: rules, rule: shorter}\n"
        f"  - {{name: fast, backend: vllm, model: '{tiny_model}'}}\n"
    )
    evaluation = evaluate(Run(evaluated_four_pairs))
    assert "s1_predictions" in evaluation.tables
    assert list(evaluation.failures) == ["fast"]
    assert 'pip install "emoprefer-assets[vllm]"' in evaluation.failures["fast"]
