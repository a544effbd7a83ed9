"""The last lines of a run, and the estimate before it."""

import pytest

from emoprefer_assets.asking.interview import DryRun
from emoprefer_assets.asking.questions import Question
from emoprefer_assets.cli._evaluating import _tell
from emoprefer_assets.evaluation import Report
from emoprefer_assets.judges import ChatMessage, ChatReply, ChatRequest
from emoprefer_assets.judges.registry import OpenaiJudge
from emoprefer_assets.spending import Spending
from emoprefer_assets.store import CallCache
from emoprefer_assets.tally import Tally


def told(capsys, report):
    _tell(report)
    return capsys.readouterr()


def test_calls_that_all_failed_are_told_with_the_most_common_reason(capsys):
    tally = Tally()
    tally.add("s1", 3, 30, 0, 4.14)
    for reason in ("no answer within 2 s", "HTTP 400: no.", "HTTP 400: no."):
        tally.fail(reason)
    said = told(capsys, Report({"j": tally}, {"j": "j: 3 calls in a row failed"}))
    assert said.out.splitlines() == [
        "3 judge calls were made (j 3); 0 answers came from the call cache.",
        "They cost 4.14, by the registry's prices.",
    ]
    assert said.err.splitlines() == [
        "All calls of j failed, most often: HTTP 400: no. The next run asks again.",
        "Not evaluated: j: 3 calls in a row failed",
    ]


def test_some_failed_calls_are_told_beside_all(capsys):
    tally = Tally()
    tally.add("s1", 3, 30, 0, 0.0)
    tally.fail("empty reply")
    assert "1 of the 3 calls of j failed, most often: empty reply." in told(capsys, Report({"j": tally})).err


def test_options_of_little_mass_are_not_said_to_be_asked_about_again(capsys):
    tally = Tally()
    tally.add("s1", 1, 30, 0, 0.0)
    tally.fail(ChatReply("k", log_probabilities=(-9.0, -9.5, -12.0)).problem)
    assert told(capsys, Report({"j": tally})).err.rstrip().endswith("`chat_template_kwargs: {enable_thinking: false}`.")


def test_a_judge_that_cannot_be_asked_is_not_nothing_missing(capsys):
    said = told(capsys, Report({}, {"j": "j: needs a key"}))
    assert said.out == "No judge call was made; 0 answers came from the call cache.\n"


def test_recorded_verdicts_are_no_answers_of_earlier_runs(capsys):
    said = told(capsys, Report({"j": Tally(recorded=12)}, tables=["s1_predictions"]))
    assert said.out == "No judge call was made; 0 answers came from the call cache; 12 recorded verdicts were read.\n"


def test_nothing_missing_is_told(capsys):
    assert told(capsys, Report()).out == "Nothing was missing: no judge call was made.\n"


@pytest.fixture
def planned(settings):
    """What a dry run counts for a question of a step."""
    judge = OpenaiJudge(name="j", backend="openai", model="m", base_url="http://localhost:1/v1", price_out=1000)
    cache = CallCache(settings.calls_folder, "j")

    def planned(step):
        interview = DryRun(cache, settings, Spending(None, None, settings.calls_folder), Tally())
        request = ChatRequest("k", (ChatMessage("user", ("Which?",)),), max_new_tokens=512)
        interview.put(judge, [Question(step, "k", request)])
        return interview.tally

    planned.cache = cache
    return planned


def test_a_verdict_is_not_estimated_as_long_as_a_reply_may_be(planned):
    assert (planned("s1").tokens_out, planned("s1").cost) == (32, 0.032)
    assert planned("describe").tokens_out == 512


def test_replies_on_record_say_how_long_the_next_ones_may_be(planned):
    entry = {"step": "s1", "asked": "j", "answered": True, "text": "a1", "tokens_in": 7, "failure": ""}
    entry |= {"log_probabilities": (), "seconds": 1.0, "cost": 0.0, "request": {}}
    lengths = {"one": 300, "two": 80}
    with planned.cache.open():
        for _ in planned.cache.keep(iter(lengths), lambda key: entry | {"key": key, "tokens_out": lengths[key]}):
            pass
    assert planned("s1").tokens_out == 300
