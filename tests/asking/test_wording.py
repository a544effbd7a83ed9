"""The registry keys `prompts` and `system` choose the words of a judge's questions, not of other judges'."""

import json

import pandas as pd
import pytest

from emoprefer_assets.asking import judge_version
from emoprefer_assets.asking.questions import Prompter
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import read_registry
from emoprefer_assets.media import MediaReader
from emoprefer_assets.strategies import ALL, DESCRIBE, REASON, Pair
from tests.pinned.test_request_keys import CLIP, KEYS, PAIR, SERVED

STEPS = (DESCRIBE, REASON, *(ALL[name].step for name in ("s1", "s2", "s3", "s4")))
TEXT = {"name": "reader", **SERVED}
SEES = {"name": "seer", "external": "reader", "inputs": ["video"], **SERVED}


@pytest.fixture
def registered(settings):
    def register(**keys):
        settings.judges_file.write_text(json.dumps({"judges": [TEXT, SEES | keys]}))
        return read_registry(settings.judges_file)

    return register


@pytest.fixture
def requests_of(settings):
    """The question of each step about one pair, by the step's name."""

    def make(registry):
        found = {}
        for step in STEPS:
            asked = registry["reader" if step.by_external else "seer"]
            prompter = Prompter(asked, pd.DataFrame([CLIP]), settings, MediaReader(), registry["seer"])
            pair = Pair(0, False, PAIR["pair_id"], PAIR["clip_id"], PAIR["a1"], PAIR["a2"])
            (found[step.name],) = step.requests(prompter, pair, dict.fromkeys(step.needs, "It fits."))
        return found

    return make


def test_the_papers_words_reach_every_step_and_have_keys_of_their_own(registered, requests_of):
    ours, papers = requests_of(registered()), requests_of(registered(prompts="paper"))
    for name in ours:
        assert ours[name].key != papers[name].key
        assert ("ground truth" in papers[name].messages[0].parts[-1]) is (name not in {"describe", "s1"})


def test_without_the_key_calls_keep_theirs(registered, requests_of):
    assert requests_of(registered())["s1"].key == json.loads(KEYS.read_text())["openai, s1, video"]


def test_a_judges_version_changes_with_its_words_alone(registered, settings):
    plain, worded = registered(), registered(prompts="paper")
    for strategy in plain["seer"].strategies:
        versions = [judge_version(registry["seer"], settings, strategy) for registry in (plain, worded)]
        assert len(set(versions)) == 2
    assert plain["reader"].entry_version() == worded["reader"].entry_version()


def test_an_unknown_set_is_refused_by_name(registered):
    with pytest.raises(EmopreferError, match=r'judge "seer": key "prompts": .*paper.*papre'):
        registered(prompts="papre")


def test_a_system_message_stands_before_every_question_to_the_judge_that_has_it(registered, requests_of):
    plain, told = registered(), registered(system="You know faces.\nBe brief.")
    before, after = requests_of(plain), requests_of(told)
    for step in STEPS:
        request = after[step.name]
        if step.by_external:
            assert request == before[step.name]
        else:
            assert request.key != before[step.name].key
            assert [message.role for message in request.messages] == ["system", "user"]
            assert request.messages[0].parts == ("You know faces.\nBe brief.",)
            assert request.messages[1:] == before[step.name].messages
    assert plain["seer"].entry_version() != told["seer"].entry_version()


def test_a_system_message_of_nothing_is_refused(registered):
    with pytest.raises(EmopreferError, match=r'judge "seer": key "system": '):
        registered(system="")
