import math

import pytest

from emoprefer_assets.judges.openai._option_tokens import Position, next_tokens, score_options

OPTIONS = ("a1", "a2", "same")


def dist(**probabilities):
    return tuple((token.replace("_", " "), math.log(value)) for token, value in probabilities.items())


def probabilities(after, options=OPTIONS):
    scores = score_options(options, after)
    assert scores.failure == ""
    return [math.exp(value) for value in scores.log_probabilities]


def test_whole_options_count_as_they_stand():
    assert probabilities({"": dist(a1=0.5, a2=0.3, same=0.1, The=0.05)}) == pytest.approx([0.5, 0.3, 0.1])


def test_a_shared_beginning_is_split_by_what_follows_it():
    after = {"": dist(a=0.6, same=0.3), "a": dist(**{"1": 0.5, "2": 0.25, "_b": 0.2})}
    assert probabilities(after) == pytest.approx([0.3, 0.15, 0.3])


def test_spellings_case_and_leading_blanks_are_one():
    after = {"": dist(a=0.2, A=0.1, _a=0.1, Same=0.2, sam=0.05, s=0.05), "a": dist(**{"1": 0.9, "2": 0.1})}
    assert probabilities(after) == pytest.approx([0.36, 0.04, 0.3])


def test_a_beginning_on_the_path_counts_only_as_far_as_it_leads_to_the_option():
    after = {"": dist(s=0.6, a1=0.2, a2=0.1), "s": dist(ame=0.4, orry=0.6)}
    assert probabilities(after) == pytest.approx([0.2, 0.1, 0.24])


def test_an_unsplit_beginning_is_named_and_never_guessed():
    scores = score_options(OPTIONS, {"": dist(same=0.6, a=0.3)})
    assert scores.unsplit == ("a",)
    assert scores.log_probabilities == ()
    assert scores.failure == "no log-probabilities for a1 and a2: what follows 'a' was not shown"


def test_an_unsplit_beginning_that_holds_next_to_nothing_does_no_harm():
    assert probabilities({"": dist(same=0.6, a1=0.2, a2=0.1, a=0.0001)}) == pytest.approx([0.2, 0.1, 0.6])


def test_a_verdict_that_hangs_on_a_mere_beginning_is_a_failure():
    scores = score_options(OPTIONS, {"": dist(a1=0.3, a2=0.2, s=0.4)})
    assert scores.failure == 'whether "same" is likeliest hangs on tokens that only begin it'


def test_an_option_that_is_not_shown_gets_an_upper_bound():
    assert probabilities({"": dist(a1=0.9, same=0.05, x=0.01)}) == pytest.approx([0.9, 0.01, 0.05])
    after = {"": dist(a=0.9, same=0.08), "a": dist(**{"1": 0.99999})}
    assert probabilities(after) == pytest.approx([0.9 * 0.99999, 0.9e-5, 0.08], rel=1e-3)


def test_options_in_the_tail_of_another_answer_are_a_failure():
    after = {"": (("<think>", math.log(0.9999)), ("a1", math.log(1e-5)), ("same", math.log(1e-6)))}
    assert "likeliest, with '<think>'. Set `read: reply`" in score_options(OPTIONS, after).failure


def test_forbidden_tokens_count_as_nothing():
    after = {"": (("a1", math.log(0.7)), ("a2", math.log(0.2)), ("same", math.log(0.1)), ("a", -9999.0))}
    assert probabilities(after) == pytest.approx([0.7, 0.2, 0.1])


def test_numbers_that_are_no_log_probabilities_are_a_failure():
    assert "more than 1" in score_options(OPTIONS, {"": (("a1", 0.0), ("a2", 0.0))}).failure
    assert "no numbers" in score_options(OPTIONS, {"": (("a1", math.nan), ("a2", -2.5))}).failure


def test_blanks_may_follow_each_other():
    path = [Position(" ", dist(_=0.7, a1=0.2)), Position("\n", dist(_=0.5, same=0.4)), Position("a1", dist(a1=0.9))]
    p_a1, _, p_same = probabilities(next_tokens(path))
    assert p_a1 == pytest.approx(0.2)
    assert p_same > 0.7 * 0.4
