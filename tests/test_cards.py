"""`emoprefer card` writes what a judge is and how it did; `emoprefer gate` holds it to limits by its exit code."""

import json

import pytest
from click.testing import CliRunner

from emoprefer_assets.cards import Card, card_of, read_card
from emoprefer_assets.cli import main
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.store.published import read_rows


def emoprefer(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def card(evaluated_four_pairs, tmp_path):
    file = tmp_path / "longer.json"
    assert emoprefer("card", "longer", "--into", file).exit_code == 0
    return file


def test_a_card_has_the_board_and_what_it_rests_on(card, evaluated_four_pairs):
    found = read_card(card)
    (row,) = read_rows(evaluated_four_pairs.database, "from judge_board where judge = 'longer'")
    assert found.figures == {name: value for name, value in row.items() if name != "judge"}
    assert found.entry == {"backend": "rules", "rule": "longer"}
    versions = read_rows(evaluated_four_pairs.database, "from lineage where judge in ('longer', '')")
    versions = {part["table_name"]: part["version"] for part in versions}
    assert {"judge_board", "consensus_pairs", "s1_predictions"} <= found.evidence.keys()
    assert all(part.version == versions[table] for table, part in found.evidence.items())


def test_a_judge_that_no_board_has_is_refused_with_those_that_are_there(evaluated_four_pairs):
    with pytest.raises(EmopreferError, match=r'No board has a judge "longre"\. Those that have a card: .*longer'):
        card_of("longre", evaluated_four_pairs)


@pytest.mark.parametrize(
    ("limits", "code", "said"),
    [
        (
            ["--at-least", "acc_2class=0", "--at-most", "failed_rate=0"],
            0,
            "ok      failed_rate is 0 and has to be at most 0",
        ),
        (["--at-least", "acc_2class=101"], 1, "FAILED  acc_2class is"),
        (["--at-most", "failed_rate=-1"], 1, "FAILED  failed_rate is 0 and has to be at most -1"),
        (["--at-least", "p_options=0"], 1, "FAILED  p_options is not known"),
        (["--at-least", "waf=1"], 1, 'no number "waf". It has'),
        (["--at-least", "kind=1"], 1, 'no number "kind"'),
        (["--at-least", "waf_2class"], 2, "is not a figure and a number"),
        (["--data-set", "MER2026"], 1, 'and not on "MER2026"'),
    ],
)
def test_the_exit_code_says_whether_every_limit_is_kept(card, limits, code, said):
    result = emoprefer("gate", card, *limits)
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_card_that_was_changed_is_refused(card):
    changed = json.loads(card.read_text())
    changed["figures"]["waf_2class"] = 100.0
    card.write_text(json.dumps(changed))
    result = emoprefer("gate", card)
    assert result.exit_code == 1 and "was changed after it was made" in result.output


@pytest.mark.parametrize("content", ["", "{}", '{"card": 1, "judge": "x"}', "\x00"])
def test_what_is_no_card_is_refused(tmp_path, content):
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(EmopreferError, match=r"card.json is no judge card. Write one by `emoprefer card JUDGE`."):
        read_card(tmp_path / "card.json")


def test_a_card_of_a_later_layout_is_refused(card):
    later = Card.model_validate_json(card.read_bytes()).model_copy(update={"card": 2}).signed()
    card.write_text(later.model_dump_json())
    with pytest.raises(EmopreferError, match="layout 2, which this version does not know"):
        read_card(card)
