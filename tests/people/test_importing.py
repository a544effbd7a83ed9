"""Votes from other tools, in files of the shape that these write; that of Label Studio is one that 1.23.2 exported."""

import json

import pandas as pd
import pytest

from emoprefer_assets.cli._votes import TOOLS
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.people import IMPORTERS, Names, import_votes
from emoprefer_assets.planning import make_plan
from emoprefer_assets.run import Run
from emoprefer_assets.store import WHOLE, Warehouse
from tests.conftest import write_csv
from tests.people.test_export import emoprefer


@pytest.fixture
def data(tmp_path):
    """Three pairs on two clips; the texts of p2 have what tools change."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [
        ["p1", "clip1", "north", "Glad.", "south", "Sad."],
        ["p2", "clip1", "north", "Calm,\nand <b>quiet</b>.", "south", "Wild."],
        ["p3", "clip2", "north", "Afraid.", "south", "Angry."],
    ]
    write_csv(folder / "pairs.csv", ["pair", "name", "system1", "a1", "system2", "a2"], rows)
    return folder


def write(file, content):
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def stored(folder):
    """What votes.csv says: pair, annotator, vote and side of each row."""
    votes = pd.read_csv(folder / "votes.csv", dtype=str, keep_default_na=False)
    read_data_set(folder)
    return [tuple(row) for row in votes.reindex(columns=["pair", "annotator", "vote", "left"]).fillna("").to_numpy()]


def result(kind, key, value, name):
    return {"value": {key: value}, "id": "x", "from_name": name, "to_name": "clip", "type": kind, "origin": "manual"}


def pairwise(side):
    return result("pairwise", "selected", side, "pw")


def choice(*words, name="vote"):
    return result("choices", "choices", list(words), name)


def annotation(*results, by=1, **changes):
    return {
        "id": 7,
        "completed_by": by,
        "result": list(results),
        "was_cancelled": False,
        "created_at": "2026-11-27T13:32:29.403783Z",
        "lead_time": 12.469000000000001,
    } | changes


def task(number, left, right, *annotations, **more):
    return {"id": number, "annotations": list(annotations), "data": {"left": left, "right": right} | more}


def label_studio(tmp_path, *tasks):
    return write(tmp_path / "project.json", list(tasks))


def test_label_studio_gives_sides_ties_and_details(data, tmp_path):
    why, sure = result("textarea", "text", ["=because\nso"], "reason"), result("rating", "rating", 2, "confidence")
    file = label_studio(
        tmp_path,
        task(1, "Sad.", "Glad.", annotation(pairwise("left"), why, sure), annotation(choice("tie"), by={"id": 2})),
        task(2, "Calm, and <b>quiet</b>.", "Wild.", annotation(choice("left")), pair="p2"),
    )
    done = import_votes(file, "label-studio", Names(), data)
    assert (done.new, done.known) == (3, 0)
    assert stored(data) == [("p1", "1", "a2", "a2"), ("p1", "2", "same", "a2"), ("p2", "1", "a1", "a1")]
    first = pd.read_csv(data / "votes.csv", dtype=str).iloc[0]
    assert list(first[["seconds", "confidence", "reason", "time"]]) == [
        "12.47",
        "2",
        "'=because so",
        "2026-11-27T13:32:29Z",
    ]


def test_numbers_and_times_that_votes_csv_cannot_hold_are_left_out(data, tmp_path):
    odd = annotation(pairwise("left"), lead_time=float("inf"), created_at="soon")
    import_votes(label_studio(tmp_path, task(1, "Sad.", "Glad.", odd)), "label-studio", Names(), data)
    assert stored(data) == [("p1", "1", "a2", "a2")]


def test_what_label_studio_has_no_answer_to_is_no_vote(data, tmp_path):
    file = label_studio(
        tmp_path, task(1, "Sad.", "Glad.", annotation(was_cancelled=True), annotation(), annotation(choice("skip")))
    )
    done = import_votes(file, "label-studio", Names(), data)
    assert sorted(done.skipped.items()) == [
        ("cancelled in Label Studio", 1),
        ("skipped by the annotator", 1),
        ("without an answer", 1),
    ]
    assert not (data / "votes.csv").exists()


def test_all_that_is_wrong_is_said_at_once_with_task_and_field_and_nothing_is_stored(data, tmp_path):
    file = label_studio(
        tmp_path,
        task(1, "Sad.", "Glad.", annotation(choice("left")), annotation(choice("Both"), by=2)),
        task(2, "Sad.", "Gladder.", annotation(choice("left"))),
        task(3, "Sad.", "Glad.", annotation(choice("left")), pair="p9"),
        task(4, "Sad.", "Glad.", annotation(choice("left"), choice("happy", name="mood"))),
        task(5, "Sad.", "Glad.", annotation(choice("left"), by=None)),
        task(6, "Sad.", "Glad.", annotation(choice("left"), by="=1+1")),
        {"id": 7, "annotations": [annotation(choice("left"))], "data": {"text": "Sad.", "pair": "p1"}},
        {"id": 8, "annotations": [annotation(choice("a1"))], "data": {"text": "Sad."}},
    )
    with pytest.raises(EmopreferError) as error:
        import_votes(file, "label-studio", Names(), data)
    expected = {
        'task 1, annotation 7: "Both" is no vote. Say what it means by --means': 1,
        "task 2, annotation 7: no pair of the data set has its two texts": 1,
        'task 3, annotation 7: pair "p9" is not in the data set': 1,
        'task 4, annotation 7: several answers ("happy", "left"). Name the control that is the vote by --question': 1,
        "task 5, annotation 7: nobody is named": 1,
        'task 6, annotation 7: annotator "=1+1" is no name': 1,
        'task 7, annotation 7: "left", but not which text stood there; it has text and pair': 1,
        "task 8, annotation 7: no field says which pair it is; it has text": 1,
        "Nothing was imported.": 1,
    }
    assert {part: str(error.value).count(part) for part in expected} == expected
    assert len(str(error.value).splitlines()) == len(expected)
    assert not (data / "votes.csv").exists()


def test_words_fields_and_people_have_the_users_own_names(data, tmp_path):
    file = label_studio(
        tmp_path,
        {
            "id": 1,
            "annotations": [annotation(choice("B is better"), choice("happy", name="mood"))],
            "data": {"A": "Sad.", "B": "Glad."},
        },
    )
    names = Names(left="A", right="B", questions=("vote",), means={"B is better": "right"}, people={"1": "Ann"})
    import_votes(file, "label-studio", names, data)
    assert stored(data) == [("p1", "Ann", "a1", "a2")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("votes.csv", "annotation_id,vote\n1,left\n"),
        ("min.json", [{"id": 1, "left": "Sad.", "vote": "left", "annotator": 1, "annotation_id": 1}]),
    ],
)
def test_label_studios_flat_exports_are_refused(data, tmp_path, name, content):
    with pytest.raises(EmopreferError, match="Export the project as JSON: CSV, TSV and JSON_MIN flatten votes"):
        import_votes(write(tmp_path / name, content), "label-studio", Names(), data)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON"),
        ("[{", "not JSON"),
        ('{"id": 1, "data": {}, "annotations": []}\n{"a": \n', "line 2: not JSON"),
        ("[" * 100_000, "not JSON"),
        ([{"id": 1, "data": {}, "annotations": [3]}], "not in the form in which label-studio writes it"),
    ],
)
def test_what_is_no_export_is_refused_in_one_line(data, tmp_path, content, message):
    with pytest.raises(EmopreferError, match=message):
        import_votes(write(tmp_path / "x.json", content), "label-studio", Names(), data)


def test_a_file_imported_again_changes_nothing_and_a_longer_one_adds_what_is_new(data, tmp_path):
    write(data / "votes.csv", "pair;annotator;vote;mood\np3;Ann;same;good\n")
    first = task(1, "Sad.", "Glad.", annotation(pairwise("left")))
    file = label_studio(tmp_path, first)
    import_votes(file, "label-studio", Names(), data)
    before = (data / "votes.csv").read_bytes()
    assert (again := import_votes(file, "label-studio", Names(), data)).new == 0 and again.known == 1
    assert (data / "votes.csv").read_bytes() == before
    import_votes(label_studio(tmp_path, first, task(2, "Wild.", "x", pair="p2")), "label-studio", Names(), data)
    longer = label_studio(tmp_path, first, task(3, "Afraid.", "Angry.", annotation(pairwise("right"))))
    assert import_votes(longer, "label-studio", Names(), data).new == 1
    assert stored(data) == [("p3", "Ann", "same", ""), ("p1", "1", "a2", "a2"), ("p3", "1", "a2", "a1")]
    assert pd.read_csv(data / "votes.csv")["mood"][0] == "good"


def test_a_vote_that_was_stored_otherwise_is_refused_with_its_row(data, tmp_path):
    write(data / "votes.csv", "pair,annotator,vote\np3,Ann,a1\np1,1,a1\n")
    file = label_studio(tmp_path, task(1, "Sad.", "Glad.", annotation(pairwise("left"))))
    with pytest.raises(
        EmopreferError, match=r'votes.csv row 2: "1" voted a1 on pair "p1", and a2 in the file to import'
    ):
        import_votes(file, "label-studio", Names(), data)
    assert stored(data) == [("p3", "Ann", "a1", ""), ("p1", "1", "a1", "")]


def test_a_second_vote_on_a_pair_is_a_repeat_whatever_the_order_of_the_file(data, tmp_path):
    later = annotation(pairwise("right"), created_at="2026-11-28T00:00:00Z")
    done = import_votes(
        label_studio(tmp_path, task(1, "Sad.", "Glad.", later, annotation(pairwise("left")))),
        "label-studio",
        Names(),
        data,
    )
    read = read_data_set(data)
    assert (done.new, done.repeats) == (2, 1)
    assert (list(read.votes["vote"]), list(read.repeats["vote"])) == (["a2"], ["a1"])


def test_who_is_not_in_annotators_csv_is_named(data, tmp_path):
    write_csv(data / "annotators.csv", ["annotator", "item", "answer", "correct"], [["Ann", 1, "a1", "a1"]])
    file = label_studio(tmp_path, task(1, "Sad.", "Glad.", annotation(pairwise("left"))))
    assert import_votes(file, "label-studio", Names(), data).unqualified == ["1"]
    done = emoprefer("votes", "import", file, "--from", "label-studio", "--data", data, "--person", "1=Ann")
    assert done.exit_code == 0 and "not in annotators.csv" not in done.output


def potato(folder, user, votes, orders, **more):
    """An annotator's record; `votes` and `orders` by instance."""
    (folder / user).mkdir(parents=True)
    state = {
        "user_id": user,
        "instance_id_to_label_to_value": {
            instance: [[{"schema": "better", "name": "selection"}, vote]] for instance, vote in votes.items()
        },
        "instance_id_to_presentation_order": {instance: {"better": order} for instance, order in orders.items()},
        "instance_id_to_behavioral_data": {
            instance: {"session_start": 1700000000.5, "session_end": 1700000010.0, "total_time_ms": 9500}
            for instance in votes
        },
    }
    write(folder / user / "user_state.json", state | more)


@pytest.fixture
def shown_by_potato(tmp_path):
    """Potato's data file; its second item has the texts of p2 the other way round."""
    items = [{"id": "i1", "text": ["Glad.", "Sad."]}, {"id": "i2", "text": ["Wild.", "Calm,\nand <b>quiet</b>."]}]
    return write(tmp_path / "items.jsonl", "\n".join(map(json.dumps, items)))


def test_potatos_side_shown_is_turned_back(data, tmp_path, shown_by_potato):
    potato(tmp_path / "out", "Ann", {"i1": "A", "i2": "B"}, {"i1": [1, 0], "i2": ["1", "0"]})
    potato(tmp_path / "out", "Bo", {"i1": "A", "i2": "tie"}, {"i1": [0, 1]})
    potato(tmp_path / "out", "llama", {"i1": "A"}, {}, origin={"kind": "llm"})
    done = import_votes(tmp_path / "out", "potato", Names(tasks=shown_by_potato), data)
    assert sorted(stored(data)) == [
        ("p1", "Ann", "a2", "a2"),
        ("p1", "Bo", "a1", "a1"),
        ("p2", "Ann", "a2", "a1"),
        ("p2", "Bo", "same", "a2"),
    ]
    assert done.skipped == {"by a machine": 1}
    votes = pd.read_csv(data / "votes.csv", dtype=str)
    assert set(votes["seconds"]) == {"9.5"} and set(votes["time"]) == {"2023-11-14T22:13:30Z"}


@pytest.mark.parametrize(
    ("file", "names", "message"),
    [
        ("annotated_instances.csv", {}, "tables do not say which text was shown first"),
        ("out", {"tasks": None}, "does not hold the texts. Name the data file that Potato showed by --tasks"),
        ("empty", {}, "no user_state.json in it"),
        (
            "out",
            {},
            "Ann/user_state.json instance i9: not in .*items.jsonl(.|\n)*i1: the order shown is .*, not one of two",
        ),
    ],
)
def test_potatos_files_that_do_not_tell_the_side_are_refused(data, tmp_path, shown_by_potato, file, names, message):
    potato(tmp_path / "out", "Ann", {"i9": "A", "i1": "A"}, {"i1": [0, 0]})
    write(tmp_path / "annotated_instances.csv", "user,instance_id,better:::A\n")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmopreferError, match=message):
        import_votes(tmp_path / file, "potato", Names(**({"tasks": shown_by_potato} | names)), data)


ARGILLA = {
    "flat": {
        "id": "r1",
        "left": "Sad.",
        "right": "Glad.",
        "status": "completed",
        "better.responses": ["left", "same", "right"],
        "better.responses.users": ["u1", "u2", "u3"],
        "better.responses.status": ["submitted", "draft", "discarded"],
        "better.suggestion": "right",
    },
    "server": {
        "items": [
            {
                "id": "r1",
                "fields": {"left": "Sad.", "right": "Glad."},
                "metadata": {"pair": "p1"},
                "responses": [
                    {"values": {"better": {"value": "left"}}, "status": "submitted", "user_id": "u1"},
                    {"values": {"better": {"value": "same"}}, "status": "draft", "user_id": "u2"},
                    {"values": {"better": {"value": "right"}}, "status": "discarded", "user_id": "u3"},
                ],
            }
        ]
    },
}


@pytest.mark.parametrize("shape", ARGILLA)
def test_submitted_responses_of_argilla_are_votes(data, tmp_path, shape):
    content = ARGILLA[shape]
    done = import_votes(write(tmp_path / "r.json", [content] if shape == "flat" else content), "argilla", Names(), data)
    assert stored(data) == [("p1", "u1", "a2", "a2")]
    assert done.skipped == {"draft in Argilla": 1, "discarded in Argilla": 1}


def test_argillas_records_without_states_are_refused(data, tmp_path):
    record = {"id": "r1", "fields": {"left": "Sad."}, "responses": {"better": [{"value": "left", "user_id": "u1"}]}}
    with pytest.raises(EmopreferError, match=r"does not say which responses were submitted.*to_list\(flatten=True\)"):
        import_votes(write(tmp_path / "r.json", [record]), "argilla", Names(), data)


def prodigy(accept, **more):
    options = [{"id": 1, "text": "Sad."}, {"id": 2, "text": "Glad."}, {"id": "tie", "text": "Equal"}]
    return json.dumps(
        {"options": options, "accept": accept, "answer": "accept", "_annotator_id": "set-ann", "_timestamp": 1700000000}
        | more
    )


def test_accepted_options_of_prodigy_are_votes(data, tmp_path):
    lines = [
        prodigy([1]),
        prodigy(["tie"], _annotator_id="set-bo", meta={"pair": "p1"}),
        prodigy([2], answer="ignore"),
        prodigy([]),
        prodigy([2], _annotator_id="2026-02-06_10-17-19"),
    ]
    names = Names(people={"2026-02-06_10-17-19": "Cy"})
    done = import_votes(write(tmp_path / "votes.jsonl", "\n".join(lines)), "prodigy", names, data)
    assert stored(data) == [("p1", "set-ann", "a2", "a2"), ("p1", "set-bo", "same", "a2"), ("p1", "Cy", "a1", "a2")]
    assert done.skipped == {"ignore in Prodigy": 1, "without an answer": 1}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (prodigy([2], _annotator_id="set-2026-02-06_10-17-19"), "line 1: annotator .* is a session without a name"),
        (prodigy([2], _annotator_id=None), "line 1: no annotator"),
        (prodigy([1, 2]), "line 1: several options"),
        (json.dumps({"text": "x", "answer": "accept"}), "line 1: no task of the interface `choice`"),
        (prodigy([1]).replace('"id": 2', '"id": 1'), "line 1: two options have the same id"),
    ],
)
def test_answers_of_prodigy_that_are_nobodys_vote_are_refused(data, tmp_path, line, message):
    with pytest.raises(EmopreferError, match=message):
        import_votes(write(tmp_path / "votes.jsonl", line + "\n"), "prodigy", Names(), data)


@pytest.mark.parametrize("name", ["votes.xlsx", "Votes.csv", "votes.tsv"])
def test_votes_beside_which_votes_csv_would_be_read_are_not_passed_over(data, tmp_path, name):
    stored_there = pd.DataFrame([["p1", "Zoe", "a1"]], columns=["pair", "annotator", "vote"])
    stored_there.to_excel(data / name) if name.endswith("xlsx") else stored_there.to_csv(data / name, index=False)
    write_csv(tmp_path / "sheet.csv", ["pair", "Ann"], [["p1", "a1"]])
    with pytest.raises(EmopreferError, match=f"{name}: rows cannot be added there. Save it as votes.csv"):
        import_votes(tmp_path / "sheet.csv", "wide", Names(), data)
    assert not (data / "votes.csv").exists()


def test_a_folder_is_no_file_of_votes(data, tmp_path):
    with pytest.raises(EmopreferError, match=r"a folder. Name the file that wide wrote"):
        import_votes(tmp_path, "wide", Names(), data)


def test_a_wide_sheet_may_be_a_workbook(data, tmp_path):
    pd.DataFrame([["p1", "a1"]], columns=["pair", "Ann"]).to_excel(tmp_path / "sheet.xlsx", index=False)
    import_votes(tmp_path / "sheet.xlsx", "wide", Names(), data)
    assert stored(data) == [("p1", "Ann", "a1", "")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_wide_sheet_as_spreadsheets_save_it(data, tmp_path, encoding, between):
    rows = [["pair", "Änn", "Bo"], ["p1", "a1", " A2 "], ["p2", "tie", ""], ["p3", "", ""]]
    file = tmp_path / "sheet.csv"
    file.write_text("\r\n".join(between.join(row) for row in rows), encoding=encoding)
    import_votes(file, "wide", Names(), data)
    assert stored(data) == [("p1", "Änn", "a1", ""), ("p1", "Bo", "a2", ""), ("p2", "Änn", "same", "")]


def test_a_wide_sheet_may_hold_texts_and_other_columns(data, tmp_path):
    file = tmp_path / "sheet.csv"
    write_csv(file, ["left", "right", "Ann", "note"], [["Sad.", "Glad.", "left", "hm"]])
    import_votes(file, "wide", Names(annotators=("Ann",)), data)
    assert stored(data) == [("p1", "Ann", "a2", "a2")]
    with pytest.raises(EmopreferError, match=r'sheet.csv row 1, column "note": "hm" is no vote'):
        import_votes(file, "wide", Names(), data)
    with pytest.raises(EmopreferError, match="no column Bo"):
        import_votes(file, "wide", Names(annotators=("Bo",)), data)
    write_csv(file, ["item", "Ann"], [["p1", "a1"]])
    with pytest.raises(EmopreferError, match='no column "pair"; it has item and Ann'):
        import_votes(file, "wide", Names(), data)


def test_the_command_knows_every_importer():
    assert tuple(IMPORTERS) == TOOLS


@pytest.mark.parametrize("option", [("--means", "left"), ("--means", "yes=maybe"), ("--person", "=Ann")])
def test_the_command_refuses_assignments_that_are_none(data, tmp_path, option):
    file = write(tmp_path / "s.csv", "pair,Ann\np1,a1\n")
    assert emoprefer("votes", "import", file, "--from", "wide", "--data", data, *option).exit_code == 2
    assert not (data / "votes.csv").exists()


@pytest.mark.usefixtures("no_boards")
def test_after_an_import_what_follows_from_votes_is_made_anew_and_nothing_else(evaluated_four_pairs, tmp_path):
    settings = evaluated_four_pairs
    versions = Warehouse(settings.warehouse).made()
    qualified = pd.read_csv(settings.data_dir / "annotators.csv")
    dan = qualified[qualified["annotator"] == "Ann"].assign(annotator="Dan")
    pd.concat([qualified, dan]).to_csv(settings.data_dir / "annotators.csv", index=False)
    file = write(tmp_path / "sheet.csv", "pair,Dan\np1,a1\np2,a1\n")
    assert import_votes(file, "wide", Names(), settings.data_dir).unqualified == []
    evaluate(Run(settings))
    warehouse = Warehouse(settings.warehouse)
    made = warehouse.made()
    changed = {part for part in versions if made[part].version != versions[part].version}
    assert {("annotations", WHOLE), ("annotators", WHOLE), ("consensus_pairs", WHOLE)} <= changed
    assert not {("raw_pairs", WHOLE), ("clips", WHOLE), ("judges", WHOLE), ("robustness_pairs", WHOLE)} & changed
    assert set(warehouse.frames("annotations")["annotations"]["annotator"]) == {"Ann", "Bo", "Cy", "Dan"}
    # p2 is no consensus any more: Dan says otherwise.
    assert len(warehouse.frames("consensus_pairs")["consensus_pairs"]) == 2
    import_votes(file, "wide", Names(), settings.data_dir)
    assert not {("annotations", WHOLE), ("consensus_pairs", WHOLE)} & make_plan(settings).stale.keys()
