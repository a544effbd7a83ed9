"""`emoprefer export`: preferences as TRL and the Hugging Face Hub take them, votes, and what a licence forbids."""

import json

import duckdb
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from emoprefer_assets.cli import main


def emoprefer(*arguments):
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def head_of(folder):
    return YAML(typ="safe").load((folder / "README.md").read_text().split("---\n")[1])


def test_a_preference_is_a_prompt_a_chosen_and_a_rejected_description_with_its_clip(evaluated_four_pairs, tmp_path):
    with duckdb.connect(str(evaluated_four_pairs.database)) as published:
        published.execute("update clips set video = 'video/clip1.mp4' where clip_id = 'clip1'")
    done = emoprefer(tmp_path / "out", "--media", "/clips/")
    assert done.exit_code == 0, done.output
    rows = duckdb.sql(f"from '{tmp_path}/out/data/preferences.parquet'").to_dicts()
    assert [row["chosen"] for row in rows] == [
        [{"role": "assistant", "content": "He is glad."}],
        [{"role": "assistant", "content": "Glad."}],
    ]
    assert rows[0]["rejected"] == [{"role": "assistant", "content": "He is rather sad, as it seems."}]
    assert [(row["chosen_system"], row["rejected_system"]) for row in rows] == [("north", "south"), ("west", "south")]
    (asked,) = rows[0]["prompt"]
    assert asked["role"] == "user" and asked["content"].startswith("The clip above shows one person.")
    assert (rows[0]["videos"], rows[0]["audios"], rows[0]["votes"]) == (["/clips/video/clip1.mp4"], [], 2)


def test_what_is_left_out_is_counted_aloud_and_in_the_card(evaluated_four_pairs, tmp_path):
    left_out = "Left out: ties, 1; pairs without a label on which people agree, 1."
    assert left_out in emoprefer(tmp_path / "out").output
    assert left_out in (tmp_path / "out" / "README.md").read_text()


def test_every_vote_is_a_line_and_annotators_have_numbers(evaluated_four_pairs, tmp_path):
    emoprefer(tmp_path / "out")
    text = (tmp_path / "out" / "votes.jsonl").read_text()
    votes = [json.loads(line) for line in text.splitlines()]
    assert [vote["vote"] for vote in votes[:3]] == ["a1", "a1", "a2"]
    assert [vote["annotator"] for vote in votes[:3]] == ["annotator 1", "annotator 2", "annotator 3"]
    assert [vote["qualified"] for vote in votes[:3]] == [True, True, False]
    assert (len(votes), votes[0]["a2"]) == (12, "He is rather sad, as it seems.")
    assert not any(name in text for name in ('Ann"', 'Bo"', 'Cy"'))


@pytest.mark.parametrize(
    ("about", "licence", "said"),
    [
        ("", {"license": "unknown"}, "Licence: dataset.yaml names none.\nNobody says whether it may be passed on"),
        ("licence: CC-BY-NC-4.0\nredistribution: true\n", {"license": "cc-by-nc-4.0"}, "Licence: CC-BY-NC-4.0.\n"),
        (
            "licence: EULA of the lab\n",
            {"license": "other", "license_name": "see-below"},
            "Licence: EULA of the lab.\nNobody says",
        ),
    ],
)
def test_the_card_has_the_licence_and_the_files_as_the_hub_reads_them(
    evaluated_four_pairs, tmp_path, about, licence, said
):
    (tmp_path / "data" / "dataset.yaml").write_text("name: Four\n" + about)
    assert said in emoprefer(tmp_path / "out").output
    head = head_of(tmp_path / "out")
    assert {key: value for key, value in head.items() if key.startswith("license")} == licence
    assert (head["pretty_name"], head["size_categories"]) == ("Four", ["n<1K"])
    assert head["configs"] == [{"config_name": "preferences", "data_files": "data/preferences.parquet"}]


def test_what_may_not_be_passed_on_is_refused_and_for_own_use_its_note_goes_along(evaluated_four_pairs, tmp_path):
    about = tmp_path / "data" / "dataset.yaml"
    about.write_text("licence: EULA of the lab.\nredistribution: false\nnote: |\n  Ask\n  Ann.\n")
    (tmp_path / "data" / "LICENSE.txt").write_text("Nobody else may have it.")
    refused = emoprefer(tmp_path / "out")
    assert refused.exit_code == 1
    assert f"{about}: redistribution is false (EULA of the lab. Ask Ann.). Nothing was written." in refused.output
    assert not (tmp_path / "out").exists()
    assert emoprefer(tmp_path / "out", "--for-own-use").exit_code == 0
    card = (tmp_path / "out" / "README.md").read_text()
    assert "**Not to be passed on: for own use alone.**" in card and "> Ask Ann." in card
    assert (tmp_path / "out" / "notes" / "LICENSE.txt").read_text() == "Nobody else may have it."


def test_a_folder_that_holds_something_and_other_data_than_evaluated_are_refused(evaluated_four_pairs, tmp_path):
    assert "is not empty. Name a new folder." in emoprefer(tmp_path).output
    pairs = tmp_path / "data" / "pairs.csv"
    pairs.write_text(pairs.read_text().replace("Wild.", "Tame."))
    assert "is of other pairs than" in emoprefer(tmp_path / "out").output
    assert not (tmp_path / "out").exists()


def test_without_a_decided_pair_nothing_is_written(evaluated_four_pairs, tmp_path):
    with duckdb.connect(str(evaluated_four_pairs.database)) as published:
        published.execute("update consensus_pairs set preference = 'same'")
    assert "there is no pair of which people prefer one description" in emoprefer(tmp_path / "out").output
    assert not (tmp_path / "out").exists()
