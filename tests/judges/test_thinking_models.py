"""Models whose chat template begins a thought, tiny and with random weights: Qwen3.5, Kimi-VL-Thinking and kin."""

import shutil
from dataclasses import replace

import pytest
import torch

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.thoughts import taken_apart
from emoprefer_assets.judges.transformers import TransformersBackend
from emoprefer_assets.judges.transformers.loading import load_model
from tests.judges.tiny_families import build

OPTIONS = ("a1", "a2", "same")
SWITCH = (
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% else %}<think>\n{% endif %}"
)
# What the family's template puts where the answer begins, and what switches it off.
BEGINNINGS = {
    "Qwen3.5, Qwen3": (SWITCH, {"enable_thinking": False}),
    "Qwen3-VL-Thinking, GLM-4.1V-Thinking": ("<think>\n", {}),
    "Kimi-VL-Thinking": ("◁think▷", {}),
    "Nemotron, switched off": ("<think></think>", {}),
    "Gemma 4": ("", {}),
}


@pytest.fixture(scope="module", params=["text", "qwen3_vl"])
def folder(request, tmp_path_factory):
    return build(request.param, tmp_path_factory.mktemp("models") / request.param)


@pytest.fixture
def thinking(folder, tmp_path):
    """Loads the model with another beginning of its answers."""

    def load(beginning, **keys):
        copy = tmp_path / "model"
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        file = copy / "chat_template.jinja"
        before = file.read_text()
        file.write_text(before.replace("assistant\n{% endif %}", f"assistant\n{beginning}{{% endif %}}"))
        assert file.read_text() != before or not beginning
        judge = TransformersJudge(name="t", backend="transformers", model=str(copy), **keys)
        return TransformersBackend(load_model(judge, tmp_path), batch_size=2)

    return load


def ask(**keys):
    return ChatRequest("q", (ChatMessage("user", ("Is she glad?",)),), **keys)


@pytest.mark.parametrize("family", ["Qwen3.5, Qwen3", "Qwen3-VL-Thinking, GLM-4.1V-Thinking", "Kimi-VL-Thinking"])
def test_options_are_not_scored_inside_a_thought(thinking, family):
    beginning, off = BEGINNINGS[family]
    remedy = "Set `chat_template_kwargs: {enable_thinking: false}`, or `read: reply`" if off else "Set `read: reply`;"
    with pytest.raises(JudgeUnavailable, match="begins with a thought, in which no option can be scored") as caught:
        thinking(beginning)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("family", ["Qwen3.5, Qwen3", "Nemotron, switched off", "Gemma 4"])
def test_with_thinking_switched_off_options_are_scored_behind_the_templates_own_words(thinking, family):
    beginning, off = BEGINNINGS[family]
    backend = thinking(beginning, chat_template_kwargs=off)
    (reply,) = backend.answer([ask(options=OPTIONS)])
    empty = {"Qwen3.5, Qwen3": "<think>\n\n</think>\n\n", "Nemotron, switched off": "<think></think>"}.get(family, "")
    prompt = f"<|im_start|>user\nIs she glad?<|im_end|>\n<|im_start|>assistant\n{empty}"
    tokenizer = backend.loaded.tokenizer
    for option, score in zip(OPTIONS, reply.log_probabilities, strict=True):
        before, tokens = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (prompt, option))
        with torch.inference_mode():
            logits = backend.loaded.model(input_ids=torch.tensor([before + tokens])).logits[0].log_softmax(-1)
        slow = sum(logits[len(before) - 1 + place, token].item() for place, token in enumerate(tokens))
        assert score == pytest.approx(slow, abs=1e-4)


@pytest.mark.parametrize(("family", "closing"), [("Qwen3.5, Qwen3", "</think>"), ("Kimi-VL-Thinking", "◁/think▷")])
def test_a_text_is_scored_as_the_answer_and_not_as_a_thought(thinking, family, closing):
    backend = thinking(BEGINNINGS[family][0], read="reply")
    prompt = backend.loaded.template.prompt(ask(options=("She is glad.",)))
    assert prompt.endswith(f"\n\n{closing}\n\n")
    assert backend.loaded.template.prompt(ask()).rstrip().endswith(("<think>", "◁think▷"))


@pytest.mark.parametrize("family", ["Qwen3.5, Qwen3", "Kimi-VL-Thinking"])
def test_a_thought_that_does_not_end_is_no_answer(thinking, family):
    backend = thinking(BEGINNINGS[family][0], read="reply")
    backend.loaded.model.generation_config.eos_token_id = None
    (reply,) = backend.answer([ask(max_new_tokens=6)])
    apart = taken_apart(reply)
    assert (apart.text, apart.cut, apart.tokens_out) == ("", True, 6)
    assert apart.thoughts
    assert "Raise max_new_tokens" in apart.problem


def test_a_reply_that_ends_by_itself_is_not_cut(thinking):
    backend = thinking("")
    backend.loaded.model.generation_config.eos_token_id = list(range(len(backend.loaded.tokenizer)))
    (reply,) = backend.answer([ask(max_new_tokens=6)])
    assert (reply.cut, reply.tokens_out) == (False, 1)


def test_tags_that_are_control_tokens_are_seen(thinking):
    """As of Gemma 4 and Kimi, whose decoded texts lack them."""
    template = replace(thinking("").loaded.template)  # which has not looked at its tokenizer yet
    template.tokenizer.add_special_tokens({"additional_special_tokens": ["<|channel>", "<channel|>", "<turn|>"]})
    written = "<|channel>thought\nShe frowns: a1.<channel|>a2<turn|>"
    tokens = template.tokenizer(written, add_special_tokens=False)["input_ids"]
    decoded = template.tokenizer.decode(tokens, skip_special_tokens=True)
    assert "<" not in decoded
    assert template.generated(decoded, tokens, "") == "<|channel>thought\nShe frowns: a1.<channel|>a2"
    plain = template.tokenizer("a2<turn|>", add_special_tokens=False)["input_ids"]
    assert template.generated("a2", plain, "") == "a2"
