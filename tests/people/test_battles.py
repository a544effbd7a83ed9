"""People vote on battles of submitted systems: drawn at random, kept with their probabilities, read as a table."""

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner

from emoprefer_assets.assets.dataset import annotators, human_battle_votes
from emoprefer_assets.cli import main
from emoprefer_assets.datasets import pair_id_of, read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people import Votes, draw_battles, export_votes, read_plan, write_label_studio
from emoprefer_assets.people.votes import Answer
from emoprefer_assets.store import RELATIONS
from tests.people.conftest import CLIPS, write_data

ENTRIES = ("north", "south", "team7", "team8")


@pytest.fixture
def evaluated(tmp_path, monkeypatch):
    """A published database with battles of four systems on three clips, of which one is the data set's own pair."""
    own = read_data_set(write_data(tmp_path / "data")).pairs
    rows = []
    for clip in CLIPS:
        for place, one in enumerate(ENTRIES):
            for two in ENTRIES[place + 1 :]:
                a1, a2 = f"{one} on {clip}.", f"{two} on {clip}."
                rows.append((f"b{len(rows):02}", pair_id_of(clip, a1, a2), clip, one, a1, two, a2, "uniform", 1))
    rows.append(("own", own["pair_id"][0], *own.loc[0, ["clip_id", "system1", "a1", "system2", "a2"]], "uniform", 1))
    rows.append(("asked", "x", CLIPS[0], "north", "A.", "south", "B.", "contested", 0))
    content = {"raw_pairs": own, "battles": pd.DataFrame(rows, columns=RELATIONS["battles"].column_names)}
    with duckdb.connect(str(tmp_path / "published.duckdb")) as connection:
        for table, found in content.items():
            connection.execute(RELATIONS[table].ddl)
            connection.register("here", found[RELATIONS[table].column_names])
            connection.execute(f"insert into {table} by name from here")
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EMOPREFER_DB", str(tmp_path / "published.duckdb"))
    return tmp_path


def run(*words):
    done = CliRunner().invoke(main, ["study", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def voted(plan):
    """The study's votes after everybody has found a1 better in all pairs."""
    votes = Votes(plan.folder)
    for annotator in plan.annotators:
        for showing in plan.pairs(annotator):
            item = showing.item
            votes.add(
                Answer(
                    annotator=annotator,
                    item=item.id,
                    attempt=1,
                    kind=item.kind,
                    key=item.key,
                    correct=None,
                    choice="a1",
                    left=showing.left,
                    seconds=9.5,
                    replays=0,
                    confidence=None,
                    reason="",
                    at="2026-05-01T10:00:00Z",
                    withdrawn=None,
                )
            )
    return votes


def test_battles_are_drawn_from_every_two_systems_with_their_probability(evaluated):
    drawn = draw_battles(evaluated / "published.duckdb", 9)
    counts = drawn.groupby(["system1", "system2"])["battle"].size()
    assert len(drawn) == 9 and len(counts) == 6 and set(counts) == {1, 2}
    expected = drawn.set_index(["system1", "system2"]).index.map(counts) / 3
    assert drawn["probability"].tolist() == pytest.approx(expected.tolist())
    assert not {"own", "asked"} & set(draw_battles(evaluated / "published.duckdb", 99)["battle"])


def test_from_a_draw_to_the_table_of_votes(evaluated):
    said = run("init", evaluated / "arena", "--battles", 9, "--annotators", 3, "--votes", 2)
    assert "9 battles, each drawn with a probability of 0.333 to 0.667." in said
    plan = read_plan(evaluated / "arena")
    done = export_votes(plan, voted(plan), plan.data)
    assert (done.votes, (plan.data / "votes.csv").exists()) == (18, False)
    data = read_data_set(plan.data)
    table = human_battle_votes.make(data)
    assert set(table) == set(RELATIONS["human_battle_votes"].column_names)
    assert len(table) == 18 and set(table.groupby("battle_id").size()) == {2}
    kept = table.drop_duplicates("battle_id").set_index("battle_id")
    drawn = draw_battles(evaluated / "published.duckdb", 9).set_index("battle").loc[kept.index]
    assert kept["probability"].tolist() == drawn["probability"].tolist()
    keys = zip(drawn["name"], drawn["a1"], drawn["a2"], strict=True)
    assert kept["pair_id"].tolist() == [pair_id_of(*key) for key in keys]
    people = annotators.make(data).set_index("annotator")
    assert people["votes"].to_dict() == {f"arena-a0{number}": 6 for number in (1, 2, 3)}
    assert people["qualified"].all()


def test_a_study_of_battles_goes_to_no_other_tool(evaluated):
    run("init", evaluated / "arena", "--battles", 3)
    with pytest.raises(EmopreferError, match="cannot be brought back"):
        write_label_studio(read_plan(evaluated / "arena"), evaluated / "out", "")


def test_a_list_of_pairs_and_a_draw_exclude_each_other(evaluated):
    (evaluated / "list.csv").write_text("pair\np1\n")
    words = ["study", "init", str(evaluated / "arena"), "--battles", "3", "--pairs", str(evaluated / "list.csv")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2 and "give one of them" in done.output


HEADER = "battle,name,system1,a1,system2,a2,probability,annotator,vote\n"
ROW = "b1,sample_001,north,Glad.,team7,Sad.,0.5,Ann,a1\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROW.replace("0.5", "0"), 'row 1: probability "0" is not above 0 and at most 1'),
        (ROW.replace("0.5", "half"), 'row 1: probability "half" is not above 0 and at most 1'),
        (ROW.replace("a1\n", "better\n"), 'row 1: vote "better" is not a1, a2 or same'),
        (ROW.replace("team7", "north"), 'row 1: system2 "north" is not another system'),
        (ROW.replace("sample_001", "sample_999"), 'row 1: name "sample_999" is not a clip of this data set'),
        (ROW + ROW, 'row 2: annotator "Ann" is not new to this battle'),
        (ROW + ROW.replace("0.5,Ann", "0.6,Bo"), 'row 2: battle "b1" is not described as in its first row'),
    ],
)
def test_what_cannot_be_a_vote_on_a_battle_is_refused(tmp_path, rows, said):
    folder = write_data(tmp_path / "data")
    (folder / "battle_votes.csv").write_text(HEADER + rows)
    with pytest.raises(EmopreferError, match="battle_votes") as refused:
        read_data_set(folder)
    assert said in str(refused.value)


def test_where_there_is_a_qualification_voters_have_taken_it(tmp_path):
    folder = write_data(tmp_path / "data")
    (folder / "battle_votes.csv").write_text(HEADER + ROW)
    (folder / "annotators.csv").write_text("annotator,item,answer,correct\nBo,1,a1,a1\n")
    with pytest.raises(EmopreferError, match='row 1: annotator "Ann" is not in annotators'):
        read_data_set(folder)
