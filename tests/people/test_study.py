import pandas as pd
import pytest
from ruamel.yaml import YAML

from emoprefer_assets.datasets import QUALIFICATION_ITEMS
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people import invite, invited, read_plan, read_study, write_study
from emoprefer_assets.people.assignment import ATTENTION, PAIR, QUALIFICATION, REPEAT
from emoprefer_assets.settings import PROJECT
from tests.hostile.attacks import ATTACKS, would_act_in_a_terminal
from tests.people.conftest import checks, write_data
from tests.people.conftest import write_study as write

SAMPLE = PROJECT / "data" / "sample"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_study_that_was_just_written_can_be_voted_on(tmp_path, language):
    folder = tmp_path / "my study"
    assert write_study(folder, SAMPLE, 6, 3, language) == (QUALIFICATION_ITEMS, 3)
    plan = read_plan(folder)
    assert plan.study.name == "my-study"
    assert plan.study.language == language
    assert plan.study.qualification.needed == 9
    assert len(plan.qualification("a01")) == 12
    kinds = [showing.item.kind for showing in plan.pairs("a01")]
    assert [kinds.count(kind) for kind in (PAIR, REPEAT, ATTENTION)] == [99, 10, 3]
    assert all(file.is_file() for file in plan.files.values())


def test_a_study_that_is_there_is_not_written_over(tmp_path):
    write_study(tmp_path, SAMPLE, 2, 2, "en")
    with pytest.raises(EmopreferError, match="is there already"):
        write_study(tmp_path, SAMPLE, 2, 2, "en")


def test_without_known_answers_a_study_has_no_qualification(tmp_path):
    assert write_study(tmp_path / "study", write_data(tmp_path / "data"), 4, 2, "en") == (0, 0)
    assert read_plan(tmp_path / "study").qualification("a01") == []


def test_published_labels_are_known_answers(tmp_path):
    data = write_data(tmp_path / "data")
    rows = [f"c{n},Glad {n}.,Sad {n}.,{'a1' if n % 2 else 'same'}" for n in range(30)]
    (data / "pairs.csv").unlink()
    (data / "preference_x.csv").write_text("name,a1,a2,preference\n" + "\n".join(rows))
    assert write_study(tmp_path / "study", data, 4, 2, "en") == (12, 3)
    correct = [item.correct for item in read_study(tmp_path / "study").qualification.items]
    assert set(correct) == {"a1"}


def test_a_pair_whose_answer_is_known_from_the_qualification_is_not_asked(study):
    known = checks(12, "practice")
    known[0] = {"clip": "sample_002", "a1": "Sad, number 1.", "a2": "Glad, number 1.", "correct": "a2"}
    plan = study(qualification={"items": known})
    assert (PAIR, "p1") not in plan.items
    assert (PAIR, "p2") in plan.items


def test_one_beyond_the_plan_takes_the_place_of_one_in_it(study):
    plan = study()
    keys = [
        {showing.item.key for showing in plan.pairs(annotator) if showing.item.kind == PAIR}
        for annotator in ("a01", "a05", "a02")
    ]
    assert keys[0] == keys[1] != keys[2]


def test_items_have_names_of_their_own_that_say_nothing(study):
    plan = study()
    names = [item.id for item in plan.items.values()]
    assert len(set(names)) == len(names) == 12 + 12 + 12 + 2
    assert {kind for kind, _ in plan.items} == {PAIR, REPEAT, QUALIFICATION, ATTENTION}
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, r'study.yaml line \d+: unknown key "colour"'),
        ({"title": None}, 'key "title" is missing'),
        ({"title": " "}, r'line \d+: key "title": it is empty'),
        ({"name": "a/b"}, 'key "name": String should match'),
        ({"votes_per_pair": 5}, "5 votes a pair need as many annotators; there are 4"),
        ({"assignment": "fixed"}, "set votes_per_pair to annotators"),
        ({"assignment": "some"}, "key \"assignment\": Input should be 'balanced' or 'fixed'"),
        ({"repeats": 0.5}, 'key "repeats": Input should be less than or equal to 0.3'),
        ({"qualification": {"items": checks(3, "x")}}, '"qualification": 3 items; write 12 or more, or none'),
        ({"qualification": {"pass_mark": 75}}, 'key "qualification.pass_mark"'),
        ({"attention": [{"clip": "x", "a1": "y", "a2": "z"}]}, 'key "attention.0.correct" is missing'),
        ({"pairs": ["p1", "p99"]}, "pair p99 is not in "),
        ({"pairs": ["p1", "p1"]}, "a pair is named twice"),
        ({"pairs": []}, "no pair is left to vote on"),
        ({"attention": [dict(checks(1, "x")[0], clip="gone")]}, "clip gone has no file in "),
        ({"data": "../nowhere"}, "nowhere is not a folder"),
    ],
)
def test_what_is_wrong_in_a_study_is_said_with_its_line_and_key(study, changes, message):
    with pytest.raises(EmopreferError, match=message):
        study(**changes)


@pytest.mark.parametrize("text", ["", "- a\n", "just text", "a: *b", "\x00"])
def test_what_is_no_study_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(EmopreferError, match=r"study\.yaml"):
        read_study(tmp_path)


def test_no_study_says_how_to_make_one(tmp_path):
    with pytest.raises(EmopreferError, match="Make one by `emoprefer study init"):
        read_study(tmp_path)


@pytest.mark.parametrize(
    ("key", "read"), [("name", read_study), ("zzz", read_study), ("data", read_plan), ("pairs", read_plan)]
)
def test_no_attack_in_a_study_gets_further_than_its_refusal(tmp_path, key, read):
    write_data(tmp_path / "data")
    for attack in ATTACKS:
        folder = write(tmp_path / "study", **{"qualification": None, "attention": None, key: attack})
        try:
            read(folder)
        except EmopreferError as error:
            assert not would_act_in_a_terminal(str(error))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data", "study"]


def test_texts_of_a_data_set_that_try_to_be_more_survive_in_a_study(tmp_path):
    data = write_data(tmp_path / "data")
    attacks = [attack for attack in ATTACKS if "\x00" not in attack][:40]
    rows = [(f"sample_00{n % 3 + 1}", attack, f"{attack} other", "a1") for n, attack in enumerate(attacks)]
    edits = pd.DataFrame(rows, columns=["name", "a1", "a2", "preference"]).assign(error_type="x")
    # Items are of different clips: each attack once.
    edits["name"] = [f"c{n}" for n in range(len(edits))]
    edits.to_csv(data / "robustness.csv", index=False)
    write_study(tmp_path / "study", data, 4, 2, "en")
    items = read_study(tmp_path / "study").qualification.items
    assert [item.a1 for item in items] == [attack.replace("\r", "\n") for attack in attacks[:12]]


def test_invited_people_get_tokens_and_names_stay_apart(study):
    folder = study().folder
    first = invite(folder, 2)
    second = invite(folder, 2, ["Ann", "李雪"])
    assert [one.annotator for one in invited(folder)] == ["a01", "a02", "a03", "a04"]
    assert invited(folder) == [*first, *second]
    assert len({one.token for one in invited(folder)}) == 4
    assert min(len(one.token) for one in first) >= 22
    assert (folder / "names.csv").read_text() == "annotator,name\na03,Ann\na04,李雪\n"
    assert "Ann" not in (folder / "tokens.csv").read_text()
    assert {(folder / name).stat().st_mode & 0o777 for name in ("tokens.csv", "names.csv")} == {0o600}


def test_a_file_of_tokens_that_was_changed_is_refused(study):
    folder = study().folder
    invite(folder, 1)
    (folder / "tokens.csv").write_text("annotator,token\na07,short\n")
    with pytest.raises(EmopreferError, match=r"tokens\.csv row 1"):
        invited(folder)


def test_a_study_is_plain_yaml_with_comments(tmp_path):
    write_study(tmp_path, SAMPLE, 6, 3, "en")
    text = (tmp_path / "study.yaml").read_text()
    content = YAML(typ="safe").load(text)
    for key in content:
        before, _, _ = text.partition(f"\n{key}:")
        assert before.splitlines()[-1].startswith("# ") or text.startswith("# "), key
