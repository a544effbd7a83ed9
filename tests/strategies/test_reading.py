import pytest

from emoprefer_assets.strategies import read_information, read_options, read_reply

LONG = "The person looks tense, speaks fast and avoids the camera. " * 30

# The reply, the paper's verdict (the first option in it) and the strict one.
REPLIES = [
    ("a1", "a1", "a1"),
    ("A2.", "a2", "a2"),
    ("Same", "same", "same"),
    (" a1\n", "a1", "a1"),
    ('"a2"', "a2", "a2"),
    ("“a1”", "a1", "a1"),
    ("**a2**", "a2", "a2"),
    ("`same`", "same", "same"),
    ("Ａ１", "unparsed", "a1"),
    ("a 1", "unparsed", "a1"),
    ("Answer: a2", "a2", "a2"),
    ("The answer is **a1**.", "a1", "a1"),
    ("$\\boxed{a2}$", "a2", "a2"),
    ("答案：a2", "a2", "a2"),
    ("我选择a1。", "a1", "a1"),
    ("a1更好", "a1", "a1"),
    ("两者相同", "unparsed", "same"),
    ("两个描述一样准确", "unparsed", "same"),
    ("抱歉，我无法判断。", "unparsed", "unparsed"),
    ("", "unparsed", "unparsed"),
    ("Neither.", "unparsed", "same"),
    ("Neither a1 nor a2 fits.", "a1", "same"),
    ("They are equally good.", "unparsed", "same"),
    ("It's a tie.", "unparsed", "same"),
    ("Both descriptions are equally accurate.", "unparsed", "same"),
    ("There is no clear difference.", "unparsed", "same"),
    ("I'm sorry, but I cannot watch videos.", "unparsed", "unparsed"),
    ("As an AI I cannot say whether a1 or a2 is right.", "a1", "unparsed"),
    ("The output should be a1, a2, or same", "a1", "unparsed"),
    ("a1 if the first description is better, a2 if the second is better", "a1", "unparsed"),
    ("The better one is **a2**, not a1.", "a2", "a2"),
    ("a2 is better than a1.", "a2", "a2"),
    ("a1 is not as good; a2 fits better.", "a1", "a2"),
    ("I prefer a2 over a1", "a2", "a2"),
    ("Between a1 and a2, I choose a2.", "a1", "a2"),
    ("At the same time, the face is calm. Answer: a1", "same", "a1"),
    ("The same person smiles in the whole clip and seems glad about it.", "same", "unparsed"),
    ("<think>a1 names fear, which is wrong.</think>a2", "a2", "a2"),
    ("a1 looks right at first.</think>\n\na2", "a2", "a2"),
    ("<think>Perhaps a1, because", "unparsed", "unparsed"),
    ("<thinking>same?</thinking> **Answer:** a1", "a1", "a1"),
    ("◁think▷a1 or a2?◁/think▷a2", "a2", "a2"),
    (LONG + "Therefore my final answer is a2.", "a2", "a2"),
    (LONG + "a1 mentions this, a2 does not. Verdict: a1", "a1", "a1"),
    ("First I chose a1. On reflection my answer: a2", "a1", "a2"),
    ("Description a1 matches the clip more closely.", "a1", "a1"),
    ("# Verdict\n\n> a2", "a2", "a2"),
    ('{"answer": "a2"}', "a2", "a2"),
    ("[a1]", "a1", "a1"),
    ("The data1 and same-day notes are missing.", "a1", "unparsed"),
    ("3", "unparsed", "unparsed"),
]


@pytest.mark.parametrize(("reply", "paper", "strict"), REPLIES)
def test_a_reply_is_read_by_the_papers_rule_and_strictly(reply, paper, strict):
    reading = read_reply(reply)
    assert (reading.verdict, reading.strict_verdict) == (paper, strict)


def test_option_probabilities_are_normalised_over_the_three():
    reading = read_options([-1.0, -2.0, -3.0])
    assert reading.verdict == "a1"
    assert reading.p_a1 + reading.p_a2 + reading.p_same == pytest.approx(1)
    assert reading.p_a1 / reading.p_a2 == pytest.approx(2.718281828)


def test_equal_options_are_a_tie():
    assert read_options([-1.0, -1.0, -9.0]).verdict == "same"


def test_a_swapped_reading_comes_back_to_the_pairs_frame():
    reading = read_options([-1.0, -2.0, -3.0]).unswapped()
    assert reading.verdict == "a2"
    assert reading.p_a2 > reading.p_a1
    assert read_reply("a1").unswapped().strict_verdict == "a2"


@pytest.mark.parametrize(
    ("information", "verdict", "p_a1"),
    [((3.0, 1.0), "a1", 0.880797), ((-5.0, -4.0), "a2", 0.268941), ((2.0, 2.0), "same", 0.5), ((-900, 900), "a2", 0)],
)
def test_the_description_that_tells_more_about_the_clip_wins(information, verdict, p_a1):
    reading = read_information(*information)
    assert reading.verdict == verdict
    assert reading.p_a1 == pytest.approx(p_a1, abs=1e-6)
    assert reading.p_a1 + reading.p_a2 == pytest.approx(1)
