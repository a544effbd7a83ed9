"""What an annotator is asked next, what is kept, and what is not."""

from itertools import pairwise

import pytest

from emoprefer_assets.people.voting import Given, Named, NotNext
from tests.people.conftest import write_data


def say(voting, who, choice="first", seconds=2.5, **more):
    """Answer what is asked next."""
    item = voting.state(who)["item"]
    given = Given(item=item["item"], attempt=item["attempt"], choice=choice, seconds=seconds, replays=0, **more)
    return voting.answer(who, given)


def say_right(voting, who, right=True):
    """Answer a qualification item, which has its known answer as its text."""
    item = voting.state(who)["item"]
    showing = next(one for one in voting.plan.qualification(who) if one.item.id == item["item"])
    is_left = showing.left == showing.item.correct
    say(voting, who, "first" if is_left is right else "second")


def qualify(voting, who, right=12):
    voting.consent(who)
    for number in range(12):
        say_right(voting, who, number < right)


def finish(voting, who):
    while voting.state(who)["stage"] == "pairs":
        say(voting, who)


def test_consent_then_qualification_then_pairs_then_the_end(study, opened):
    voting = opened(study())
    stages = [voting.state("a01")["stage"]]
    voting.consent("a01")
    stages.append(voting.state("a01")["stage"])
    assert voting.state("a01")["total"] == 12
    qualify(voting, "a01", 9)
    stages.append(voting.state("a01")["stage"])
    finish(voting, "a01")
    stages.append(voting.state("a01")["stage"])
    assert stages == ["consent", "qualification", "pairs", "done"]
    assert voting.state("a02")["stage"] == "consent"


def test_before_consent_and_qualification_no_pair_is_shown_or_taken(study, opened):
    voting = opened(study())
    assert voting.state("a01")["item"] is None
    pair = voting.plan.pairs("a01")[0].item.id
    given = Given(item=pair, attempt=1, choice="first", seconds=1, replays=0)
    with pytest.raises(NotNext):
        voting.answer("a01", given)
    voting.consent("a01")
    with pytest.raises(NotNext):
        voting.answer("a01", given)


def test_a_failed_qualification_is_kept_and_may_be_tried_once_more(study, opened):
    voting = opened(study())
    qualify(voting, "a01", 8)
    state = voting.state("a01")
    assert (state["stage"], state["done"], state["qualification"]["right"]) == ("qualification", 0, [8])
    # What was marked stays: otherwise the mark would tell the answers.
    assert state["last"] is None
    qualify(voting, "a01", 12)
    assert voting.state("a01")["stage"] == "pairs"
    assert voting.state("a01")["qualification"]["right"] == [8, 12]
    assert len(voting._votes.of("a01")) == 24


def test_after_the_last_try_the_study_is_over(study, opened):
    voting = opened(study())
    qualify(voting, "a01", 8)
    qualify(voting, "a01", 0)
    state = voting.state("a01")
    assert (state["stage"], state["item"]) == ("refused", None)


def test_the_page_is_not_told_kinds_systems_or_answers(study, opened):
    voting = opened(study())
    qualify(voting, "a01")
    while (state := voting.state("a01"))["stage"] == "pairs":
        assert set(state["item"]) == {"item", "attempt", "clip", "first", "second"}
        assert not {"north", "south"} & set(str(state).split())
        say(voting, "a01")


def test_a_vote_is_kept_as_of_the_description_that_was_shown(study, opened):
    voting = opened(study())
    qualify(voting, "a01")
    sides = {showing.item.id: showing.left for showing in voting.plan.pairs("a01")}
    finish(voting, "a01")
    answers = [answer for answer in voting._votes.of("a01") if answer.kind != "qualification"]
    assert len(answers) == len(sides)
    assert all(answer.choice == answer.left == sides[answer.item] for answer in answers)
    assert {answer.correct for answer in answers if answer.kind == "attention"} == {"a1", "a2"}


def test_a_vote_that_is_sent_again_is_kept_once(study, opened):
    voting = opened(study(consent="", qualification=None))
    item = voting.state("a01")["item"]
    given = Given(item=item["item"], attempt=1, choice="same", seconds=1, replays=3)
    assert [voting.answer("a01", given) for _ in range(3)] == [True] * 3
    assert len(voting._votes.of("a01")) == 1
    assert voting.state("a01")["done"] == 1


def test_of_two_windows_the_first_vote_stays_and_the_second_is_told(study, opened):
    voting = opened(study(consent="", qualification=None))
    item = voting.state("a01")["item"]
    one, two = (
        Given(item=item["item"], attempt=1, choice=choice, seconds=1, replays=0) for choice in ("first", "second")
    )
    assert voting.answer("a01", one) is True
    assert voting.answer("a01", two) is False
    (kept,) = voting._votes.of("a01")
    assert kept.choice == kept.left
    # The second window is behind: what it shows is not asked any more.
    say(voting, "a01")
    with pytest.raises(NotNext):
        voting.answer("a01", one.model_copy(update={"attempt": 2}))


def test_the_last_vote_can_be_taken_back_and_stays_on_record(study, opened):
    voting = opened(study(consent="", qualification=None))
    assert voting.state("a01")["last"] is None
    say(voting, "a01", "first")
    say(voting, "a01", "first")
    before = voting.state("a01")
    last = Named(**before["last"])
    voting.undo("a01", last)
    state = voting.state("a01")
    assert state["item"]["item"] == last.item
    assert state["item"]["attempt"] == 2
    # Sent again, it does not take back the one before.
    voting.undo("a01", last)
    assert voting.state("a01") == state
    say(voting, "a01", "same")
    record = voting._votes.of("a01")
    assert [(answer.attempt, answer.withdrawn is None) for answer in record] == [(1, True), (1, False), (2, True)]
    assert voting.state("a01")["item"]["item"] == before["item"]["item"]


def test_every_vote_can_be_taken_back_one_by_one_to_the_first(study, opened):
    voting = opened(study(consent="", qualification=None))
    finish(voting, "a01")
    total = voting.state("a01")["total"]
    for done in range(total - 1, -1, -1):
        voting.undo("a01", Named(**voting.state("a01")["last"]))
        assert voting.state("a01")["done"] == done
    assert voting.state("a01")["last"] is None


def test_within_an_open_qualification_the_last_answer_can_be_taken_back(study, opened):
    voting = opened(study())
    voting.consent("a01")
    say_right(voting, "a01", False)
    voting.undo("a01", Named(**voting.state("a01")["last"]))
    for _ in range(12):
        say_right(voting, "a01")
    assert voting.state("a01")["qualification"]["right"] == [12]
    assert voting.state("a01")["last"] is None


def test_confidence_and_reason_are_kept_where_the_study_asks_for_them(study, opened):
    asked = opened(study(consent="", qualification=None, confidence=True, reason=True))
    say(asked, "a01", confidence=2, reason=" clear voice ")
    assert [(one.confidence, one.reason) for one in asked._votes.of("a01")] == [(2, "clear voice")]
    not_asked = opened(study(consent="", qualification=None))
    say(not_asked, "a02", confidence=2, reason="clear voice")
    say(not_asked, "a02", "skip", reason="clip does not play")
    assert [(one.confidence, one.reason) for one in not_asked._votes.of("a02")] == [
        (None, ""),
        (None, "clip does not play"),
    ]


def test_the_time_left_is_the_usual_time_of_what_is_left(study, opened):
    voting = opened(study(consent="", qualification=None))
    say(voting, "a01")
    say(voting, "a01")
    assert voting.state("a01")["seconds"] is None
    say(voting, "a01")
    state = voting.state("a01")
    assert state["seconds"] == 2.5 * (state["total"] - 3)


def test_it_goes_on_where_it_was_after_a_restart(study, opened):
    plan = study()
    voting = opened(plan)
    qualify(voting, "a01")
    say(voting, "a01")
    state = voting.state("a01")
    assert opened(plan).state("a01") == state


def test_another_consent_text_is_asked_for_anew(study, opened):
    opened(study(consent="One.")).consent("a01")
    assert opened(study(consent="One.")).state("a01")["stage"] == "qualification"
    assert opened(study(consent="Two.")).state("a01")["stage"] == "consent"


def test_what_nobody_would_see_in_a_text_is_shown_as_what_it_is(tmp_path, study, opened):
    write_data(tmp_path / "data", text="\u202egnp.exe ")
    voting = opened(study(consent="", qualification=None))
    item = voting.state("a01")["item"]
    assert all(item[side].startswith("[U+202E]gnp.exe") for side in ("first", "second"))


def test_each_annotator_goes_their_own_way(study, opened):
    voting = opened(study(consent="", qualification=None))
    for who in ("a01", "a02", "a03", "a04"):
        finish(voting, who)
    answers = voting._votes.all()
    times = {who: [one.at for one in answers if one.annotator == who] for who in ("a01", "a02", "a03", "a04")}
    assert all(early <= late for own in times.values() for early, late in pairwise(own))
    votes = [answer.key for answer in answers if answer.kind == "pair"]
    assert all(votes.count(f"p{number}") == 2 for number in range(1, 13))
