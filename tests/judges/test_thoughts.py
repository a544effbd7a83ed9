"""Thoughts are told from answers, in the tags of every family, before anything is read."""

import pytest

from emoprefer_assets.judges import ChatReply
from emoprefer_assets.judges.thoughts import open_tag, taken_apart, without_thoughts
from emoprefer_assets.strategies import read_answer

# What was generated, the thoughts and the answer in it.
TEXTS = [
    ("a1", "", "a1"),
    ("  a1\n", "", "  a1\n"),
    ("<think>a1 says happy; the face is sad</think> a2", "a1 says happy; the face is sad", "a2"),
    ("<think>\n\n</think>\n\na2", "", "a2"),
    ("Not a1, then.\n</think>\n\na2", "Not a1, then.", "a2"),
    ("<THINK>a1?</THINK>a2", "a1?", "a2"),
    ("<think>a1 because", "a1 because", ""),
    ("<thinking>a1</thinking>a2", "a1", "a2"),
    ("<think>a1</think>Hm.<think>same?</think>a2", "a1\nsame?", "Hm.a2"),
    ("<|channel>thought\nShe frowns: a1.<channel|>a2", "She frowns: a1.", "a2"),
    ("◁think▷a1?◁/think▷a2", "a1?", "a2"),
    ("[THINK]a1?[/THINK]a2", "a1?", "a2"),
    (
        "<|channel|>analysis<|message|>a1?<|end|><|start|>assistant<|channel|>final<|message|>a2",
        "a1?",
        "a2",
    ),
    *((f"<{name}>a1?</{name}>a2", "a1?", "a2") for name in ("reasoning", "Thought", "seed:think", "longcat_think")),
    ("<|START_THINKING|>a1?<|END_THINKING|>a2", "a1?", "a2"),
    ("<|begin_of_thought|>a1?<|end_of_thought|>a2", "a1?", "a2"),
    ("<unused94>thought\na1?<unused95>a2", "a1?", "a2"),
    (
        "<|start|>assistant<|channel|>analysis<|message|>a1?<|end|><|start|>assistant<|channel|>commentary<|message|>a1!"
        "<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>a2<|return|>",
        "a1?\na1!",
        "a2",
    ),
    ("<|channel|>final<|message|>a2<|return|>", "", "a2"),
    # As it arrives from a server that leaves out control tokens.
    (
        "analysisWe compare a1 with the face.assistantfinala2",
        "analysisWe compare a1 with the face.assistantfinal",
        "a2",
    ),
    ("analysis of a1: she smiles", "", "analysis of a1: she smiles"),
    # It ends answers, too.
    ("a1<|end|>", "", "a1<|end|>"),
    ("<answer>a1</answer>", "", "<answer>a1</answer>"),
]


@pytest.mark.parametrize(("text", "thoughts", "answer"), TEXTS)
def test_thoughts_are_told_from_the_answer(text, thoughts, answer):
    assert without_thoughts(text) == (thoughts, answer)


def test_thoughts_that_came_apart_are_joined_by_those_in_the_text():
    reply = taken_apart(ChatReply("k", "<think>second</think>a1", thoughts="first"))
    assert (reply.text, reply.thoughts) == ("a1", "first\nsecond")


@pytest.mark.parametrize(
    ("prompt", "closing"),
    [
        ("<|im_start|>assistant\n<think>\n", "</think>"),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", None),
        ("<|turn>model\n<|channel>thought\n", "<channel|>"),
        ("<|im_assistant|>assistant<|im_middle|>◁think▷", "◁/think▷"),
        ("[|assistant|]<thought>\n", "</thought>"),
        ("<|CHATBOT_TOKEN|><|START_THINKING|>", "<|END_THINKING|>"),
        ("<|im_start|>assistant\n", None),
    ],
)
def test_a_prompt_may_begin_the_thought(prompt, closing):
    tag = open_tag(prompt)
    assert (tag and tag[1]) == closing


@pytest.mark.parametrize("text", ["a1", "a1 looks right, but", "The answer is a2"])
def test_what_was_cut_is_no_verdict(text):
    reading = read_answer([ChatReply("k", text, cut=True)])
    assert (reading.verdict, reading.strict_verdict) == ("unparsed", "unparsed")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("<context>a1 says happy</context><think>Hm.</think><answer>a2</answer>", "a2"),
        ("<SUMMARY>a1 or a2</SUMMARY><REASONING>Hm.</REASONING><CONCLUSION>\na2\n</CONCLUSION>", "a2"),
        ("<think>Hm.</think><answer>The second.</answer> a1", "unparsed"),
        # Without thoughts it is a structured answer, as the paper's rule has it.
        ("<context>a1 says happy</context><answer>a2</answer>", "a1"),
    ],
)
def test_beside_thoughts_a_marked_answer_alone_is_read(text, verdict):
    assert read_answer([taken_apart(ChatReply("k", text))]).verdict == verdict


def test_a_thought_that_uses_up_the_limit_is_a_failure_with_a_remedy():
    reply = taken_apart(ChatReply("k", "<think>a1 or", cut=True))
    assert reply.problem == "empty reply (max_new_tokens was used up before an answer began). Raise max_new_tokens"


def test_options_that_hold_next_to_nothing_are_a_failure_with_a_remedy():
    reply = ChatReply("k", log_probabilities=(-9.0, -9.5, -12.0))
    assert reply.p_options == pytest.approx(0.000204, abs=1e-6)
    assert reply.problem.startswith("the options hold 2.0e-04 of the probability, less than 0.001")
    assert "`read: reply`" in reply.problem
    assert ChatReply("k", log_probabilities=(-3.0, -9.5, -12.0)).problem == ""


def test_the_likelihood_of_a_text_is_not_the_mass_of_options():
    reply = ChatReply("k", log_probabilities=(-310.0,))
    assert (reply.p_options, reply.problem) == (None, "")
