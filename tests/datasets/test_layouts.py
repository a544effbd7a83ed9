from zipfile import ZipFile

import pandas as pd
import pytest
from openpyxl import Workbook

from emoprefer_assets.assets._sources import SOURCES
from emoprefer_assets.assets.dataset import annotators, human_agreement
from emoprefer_assets.datasets import data_set_version, pair_id_of, read_data_set
from emoprefer_assets.errors import EmopreferError
from tests.conftest import write_csv

OFFICIAL = ["name", "a1", "a2", "preference"]


def write_official(folder, preference="a1", swapped_preference="a2"):
    write_csv(folder / "preference_x.csv", OFFICIAL, [["c1", "glad", "sad", preference]])
    write_csv(folder / "preference_x_reverse.csv", OFFICIAL, [["c1", "sad", "glad", swapped_preference]])
    columns = ["name", "model1", "a1", "model2", "a2", "preference"]
    write_csv(folder / "preference_x_with_modelnames.csv", columns, [["c1", "m", "glad", "n", "sad", preference]])


def test_the_published_data_set_has_the_papers_counts(real_data):
    data = read_data_set(real_data)
    counts = data.pairs["published_preference"].value_counts()
    assert len(data.pairs) == 574
    assert counts.to_dict() == {"a2": 288, "a1": 275, "same": 11}
    assert data.pairs["pair_id"].is_unique
    assert data.swapped_exactly == frozenset(data.pairs["pair_id"])
    assert set(data.pairs["system1"]) == {"mercaptionplus", "merrfine"}


def test_media_are_found_where_present(tmp_path):
    write_official(tmp_path)
    (tmp_path / "video").mkdir()
    (tmp_path / "video" / "c1.mp4").touch()
    (clip,) = read_data_set(tmp_path).clips.to_dict("records")
    assert clip["video"] == "video/c1.mp4"
    assert clip["audio"] != clip["audio"]


@pytest.mark.parametrize("video", ["c1.MP4", "c1.mov", "c1.webm", "c1.mkv"])
@pytest.mark.parametrize("audio", ["c1.WAV", "c1.m4a"])
def test_media_are_found_by_their_name_whatever_their_suffix(tmp_path, video, audio):
    write_official(tmp_path)
    for file in (tmp_path / "video" / video, tmp_path / "audio" / audio, tmp_path / "video" / "._c1.mp4"):
        file.parent.mkdir(exist_ok=True)
        file.touch()
    (clip,) = read_data_set(tmp_path).clips.to_dict("records")
    assert (clip["video"], clip["audio"]) == (f"video/{video}", f"audio/{audio}")


def test_of_several_files_of_a_clip_the_usual_kind_counts(tmp_path):
    write_official(tmp_path)
    (tmp_path / "video").mkdir()
    for name in ("c1.webm", "c1.mp4", "c1.mov"):
        (tmp_path / "video" / name).touch()
    assert read_data_set(tmp_path).clips["video"].tolist() == ["video/c1.mp4"]


def test_names_in_another_unicode_form_are_the_same(tmp_path):
    write_csv(tmp_path / "preference_x.csv", OFFICIAL, [["s\u00e9ance", "glad", "sad", "a1"]])
    (tmp_path / "video").mkdir()
    (tmp_path / "video" / "se\u0301ance.mp4").touch()
    assert read_data_set(tmp_path).clips["video"].tolist() == ["video/se\u0301ance.mp4"]


@pytest.mark.parametrize(
    ("clips", "files", "found"),
    [
        (["c1.mp4"], ["c1.mp4"], ["c1.mp4"]),
        (["video\\C1.MP4"], ["c1.mp4"], ["c1.mp4"]),
        (["/data/c1.wav ", "c2"], ["c1.mp4", "c2.mp4"], ["c1.mp4", "c2.mp4"]),
        (["train/c1", "test/c1"], ["c1.mp4"], ["", ""]),
        (["c1", "C1"], ["c1.mp4"], ["c1.mp4", ""]),
        (["C1"], ["c1.mp4", "c1 .mp4"], [""]),
    ],
)
def test_a_clip_named_with_folder_suffix_or_case_has_the_one_file_that_is_called_alike(tmp_path, clips, files, found):
    write_csv(tmp_path / "preference_x.csv", OFFICIAL, [[clip, "glad", "sad", "a1"] for clip in clips])
    (tmp_path / "video").mkdir()
    for name in files:
        (tmp_path / "video" / name).touch()
    given = read_data_set(tmp_path).clips["video"].fillna("").tolist()
    assert given == [name and f"video/{name}" for name in found]


def test_a_row_that_is_not_the_exact_swap_is_known(tmp_path):
    write_official(tmp_path, swapped_preference="a1")
    assert read_data_set(tmp_path).swapped_exactly == frozenset()


def write_workbook(file, sheets):
    book = Workbook()
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(file)


def test_workbooks_are_tables(tmp_path):
    pairs = [["pair", "name", "system1", "a1", "system2", "a2"], [1, "c1", "m", "glad", "n", "sad\nor so"]]
    write_workbook(tmp_path / "pairs.xlsx", {"Sheet1": pairs, "Sheet2": []})
    write_workbook(
        tmp_path / "votes.xlsx", {"notes": [["mine"]], "Votes": [["pair", "annotator", "vote"], [1, "A", "a2"]]}
    )
    data = read_data_set(tmp_path)
    assert data.pairs[["pair_key", "clip_id", "a2"]].to_numpy().tolist() == [["1", "c1", "sad\nor so"]]
    assert data.votes[["pair_id", "annotator", "vote"]].to_numpy().tolist() == [[data.pairs["pair_id"][0], "A", "a2"]]
    assert data.files == {"raw_pairs": "pairs.xlsx", "annotations": "votes.xlsx"}
    before = data_set_version(tmp_path)
    write_workbook(tmp_path / "votes.xlsx", {"votes": [["pair", "annotator", "vote"], [1, "A", "a1"]]})
    assert data_set_version(tmp_path) != before


def test_of_several_sheets_the_one_that_is_meant_has_to_be_named(tmp_path):
    write_official(tmp_path)
    write_workbook(tmp_path / "votes.xlsx", {"first": [["pair"]], "second": [["pair"]]})
    with pytest.raises(EmopreferError, match=r'votes.xlsx: several sheets \("first" and "second"\). Keep one, or call'):
        read_data_set(tmp_path)


def test_a_damaged_workbook_is_named(tmp_path):
    write_official(tmp_path)
    with ZipFile(tmp_path / "votes.xlsx", "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook")
    with pytest.raises(EmopreferError, match=r"votes.xlsx: not readable as a workbook \(.*\). Save its sheet as CSV"):
        read_data_set(tmp_path)


@pytest.mark.parametrize("name", ["Votes.CSV", "votes.tsv"])
def test_a_table_is_found_in_any_case_and_with_tabs(tmp_path, name):
    columns = ["pair", "name", "system1", "a1", "system2", "a2"]
    write_csv(tmp_path / "Pairs.csv", columns, [["p1", "c1", "m", "glad", "", "sad"]])
    (tmp_path / name).write_text("pair\tannotator\tvote\tseconds\np1\t Ann \ta1 \t3,5\n")
    data = read_data_set(tmp_path)
    assert data.votes[["annotator", "vote", "seconds"]].to_numpy().tolist() == [["Ann", "a1", "3.5"]]
    # A system that nobody names is none, and not one that is called "".
    assert data.pairs["system2"].isna().all()
    before = data_set_version(tmp_path)
    (tmp_path / name).write_text("pair\tannotator\tvote\np1\tAnn\ta2\n")
    assert data_set_version(tmp_path) != before


@pytest.mark.parametrize(
    ("pair", "vote", "message"),
    [
        ("p1,,m,glad,n,sad", "p1,Ann,a1", 'pairs.csv row 1: column "name" is empty'),
        (",c1,m,glad,n,sad", "p1,Ann,a1", 'pairs.csv row 1: column "pair" is empty'),
        ("p1,c1,m,glad,n,sad", "p1,,a1", 'votes.csv row 1: column "annotator" is empty'),
    ],
)
def test_rows_of_merged_cells_are_named(tmp_path, pair, vote, message):
    (tmp_path / "pairs.csv").write_text(f"pair,name,system1,a1,system2,a2\n{pair}\n")
    (tmp_path / "votes.csv").write_text(f"pair,annotator,vote\n{vote}\n")
    with pytest.raises(EmopreferError, match=f"{message}. Fill it in each row"):
        read_data_set(tmp_path)


def test_a_spreadsheet_of_another_kind_is_not_passed_over(tmp_path):
    write_official(tmp_path)
    (tmp_path / "votes.ods").touch()
    with pytest.raises(EmopreferError, match=r"votes.ods: a kind of workbook that is not read. Save it as votes.xlsx"):
        read_data_set(tmp_path)
    (tmp_path / "votes.csv").write_text("pair,annotator,vote\n")
    assert read_data_set(tmp_path).votes.empty


def test_model_names_of_another_file_are_refused(tmp_path):
    write_official(tmp_path)
    columns = ["name", "model1", "a1", "model2", "a2", "preference"]
    write_csv(tmp_path / "preference_x_with_modelnames.csv", columns, [["c1", "m", "GLAD", "n", "sad", "a1"]])
    with pytest.raises(EmopreferError, match=r'_with_modelnames.csv row 1: column "a1" differs from preference_x.csv'):
        read_data_set(tmp_path)


def test_descriptions_keep_commas_quotes_newlines_and_chinese(tmp_path):
    text = 'She says "走吧", then,\nsmiles.'
    write_csv(tmp_path / "preference_x.csv", OFFICIAL, [["c1", text, "NA", "a1"]])
    pair = read_data_set(tmp_path).pairs.iloc[0]
    assert (pair["a1"], pair["a2"]) == (text, "NA")
    assert pair["pair_id"] == pair_id_of("c1", text, "NA")


OWN = ["pair", "name", "system1", "a1", "system2", "a2"]


def test_equal_texts_of_other_systems_are_battles_of_their_own(tmp_path):
    rows = [
        ["p1", "c1", "x", "yes", "y", "no"],
        ["p2", "c1", "x", "yes", "z", "no"],
        ["p3", "c1", "x", "no", "y", "yes"],
    ]
    write_csv(tmp_path / "pairs.csv", OWN, rows)
    write_csv(tmp_path / "votes.csv", ["pair", "annotator", "vote"], [["p1", "A", "a1"], ["p2", "A", "a2"]])
    data = read_data_set(tmp_path)
    assert data.pairs["pair_id"].is_unique
    # The id of a pair alone does not change with what stands behind it.
    assert data.pairs["pair_id"][0] == pair_id_of("c1", "yes", "no")
    assert data.pairs["pair_id"][2] == pair_id_of("c1", "no", "yes")
    assert data.votes["pair_id"].tolist() == data.pairs["pair_id"].tolist()[:2]


def test_the_same_pair_twice_is_named_by_its_rows_and_names(tmp_path):
    rows = [
        ["p1", "c1", "x", "yes", "y", "no"],
        ["p0", "c1", "x", "oh", "y", "no"],
        ["p2", "c1", "x", "yes", "y", "no"],
    ]
    write_csv(tmp_path / "pairs.csv", OWN, rows)
    with pytest.raises(EmopreferError) as refused:
        read_data_set(tmp_path)
    assert str(refused.value) == (
        f'{tmp_path / "pairs.csv"} rows 1 and 3 ("p1" and "p2"): the same clip, texts and systems. '
        "Keep one of them, with its votes."
    )


def test_a_repeated_row_of_the_official_layout_may_be_two_systems_if_they_are_named(tmp_path):
    rows = [["c1", "yes", "no", "a1"], ["c1", "yes", "no", "a2"]]
    write_csv(tmp_path / "preference_x.csv", OFFICIAL, rows)
    with pytest.raises(EmopreferError, match=r'x.csv rows 1 and 2 \("c1"\): .* in preference_x_with_modelnames.csv'):
        read_data_set(tmp_path)
    columns = ["name", "model1", "a1", "model2", "a2", "preference"]
    named = [["c1", "x", "yes", "y", "no", "a1"], ["c1", "x", "yes", "z", "no", "a2"]]
    write_csv(tmp_path / "preference_x_with_modelnames.csv", columns, named)
    write_csv(tmp_path / "preference_x_reverse.csv", OFFICIAL, [["c1", "no", "yes", "a2"], ["c1", "no", "yes", "a1"]])
    data = read_data_set(tmp_path)
    assert data.swapped_exactly == frozenset(data.pairs["pair_id"])
    assert len(data.swapped_exactly) == 2


def test_pairs_of_one_name_are_refused(tmp_path):
    write_csv(tmp_path / "pairs.csv", OWN, [["p1", "c1", "x", "a", "y", "b"], ["p1", "c2", "x", "c", "y", "d"]])
    with pytest.raises(EmopreferError, match=r'pairs.csv rows 1 and 2 \("p1"\): the same name. Give each pair its own'):
        read_data_set(tmp_path)


def test_a_pair_may_wait_for_its_label_and_an_answer_may_be_empty(tmp_path):
    rows = [["p1", "c1", "x", "", "y", "b", "a2"], ["p2", "c2", "x", "c", "y", "d", ""]]
    write_csv(tmp_path / "pairs.csv", [*OWN, "preference"], rows)
    pairs = read_data_set(tmp_path).pairs
    assert pairs["published_preference"].isna().tolist() == [False, True]
    assert pairs["a1"].tolist() == ["", "c"]


def test_all_columns_of_clips_come_along(tmp_path):
    write_official(tmp_path)
    write_csv(tmp_path / "clips.csv", ["emotion", "name", "age"], [["angry", "c1", ""], ["", "c2", " "]])
    clips = read_data_set(tmp_path).clips
    assert clips["clip_id"].tolist() == ["c1", "c2"]
    assert clips["metadata"][0] == '{"emotion": "angry"}'
    assert pd.isna(clips["metadata"][1])


def test_a_clip_that_is_listed_twice_is_refused(tmp_path):
    write_official(tmp_path)
    write_csv(tmp_path / "clips.csv", ["name"], [["c1"], ["c2"], ["c1"]])
    with pytest.raises(EmopreferError, match=r'clips.csv rows 1 and 3 \("c1"\): the same clip. Keep one row'):
        read_data_set(tmp_path)


def test_raw_descriptions_are_joined_on_the_clips_that_both_cover(tmp_path):
    (tmp_path / "descriptions").mkdir()
    for system, clips in {"merrfine": ("c1", "c2", "c3"), "mercaptionplus": ("c3", "c2", "c4")}.items():
        rows = [[clip, f"{system} on {clip}"] for clip in clips]
        write_csv(tmp_path / "descriptions" / f"{system}.csv", ["name", "description"], rows)
    pairs = read_data_set(tmp_path).pairs
    assert sorted(pairs["clip_id"]) == ["c2", "c3"]
    for pair in pairs.itertuples():
        assert (pair.a1, pair.a2) == (f"{pair.system1} on {pair.clip_id}", f"{pair.system2} on {pair.clip_id}")
    assert pairs["published_preference"].isna().all()


def test_raw_sides_favour_no_system(tmp_path):
    (tmp_path / "descriptions").mkdir()
    for system in ("x", "y"):
        rows = [[f"c{number}", f"{system} {number}"] for number in range(400)]
        write_csv(tmp_path / "descriptions" / f"{system}.csv", ["name", "description"], rows)
    assert 150 < (read_data_set(tmp_path).pairs["system1"] == "x").sum() < 250


def test_two_files_of_one_name_in_two_cases_are_refused(tmp_path):
    (tmp_path / "descriptions").mkdir()
    for system in ("x", "X", "y"):
        write_csv(tmp_path / "descriptions" / f"{system}.csv", ["name", "description"], [["c1", system]])
    with pytest.raises(EmopreferError, match=r"X.csv and x.csv: one name in two cases. Keep one of them"):
        read_data_set(tmp_path)


def test_a_clip_described_twice_is_refused(tmp_path):
    (tmp_path / "descriptions").mkdir()
    for system in ("x", "y"):
        write_csv(tmp_path / "descriptions" / f"{system}.csv", ["name", "description"], [["c1", "a"], ["c1", "b"]])
    with pytest.raises(EmopreferError, match=r'x.csv rows 1 and 2 \("c1"\): the same clip. Keep one'):
        read_data_set(tmp_path)


def test_a_vote_on_an_unknown_pair_is_refused(data_folder):
    write_csv(data_folder / "votes.csv", ["pair", "annotator", "vote"], [["p1", "Ann", "a1"], ["p9", "Ann", "a1"]])
    with pytest.raises(EmopreferError, match=r'votes.csv row 2: pair "p9" is not a pair of this data set'):
        read_data_set(data_folder)


def test_all_that_is_wrong_with_the_files_is_said_at_once(data_folder):
    pairs = pd.read_csv(data_folder / "pairs.csv", dtype=str)
    votes = pd.DataFrame({"pair": ["p1", "p9"], "annotator": ["", "Ann"], "vote": "a1", "seconds": "fast"})
    votes.to_csv(data_folder / "votes.csv", index=False)
    write_csv(data_folder / "clips.csv", ["name"], [["clip1"], ["clip1"]])
    with pytest.raises(EmopreferError) as refused:
        read_data_set(data_folder)
    assert [line.removeprefix(f"{data_folder}/")[:16] for line in str(refused.value).splitlines()] == [
        "votes.csv row 2:",
        "votes.csv row 1:",
        "votes.csv row 1:",
        "clips.csv rows 1",
    ]
    pd.concat([pairs.assign(name=""), pairs]).to_csv(data_folder / "pairs.csv", index=False)
    (data_folder / "dataset.yaml").write_text("foo: 1\n")
    # Votes and clips are compared with the pairs once these can be read.
    said = r'the same name(.*\n)+.*column "name" is empty(.*\n)+.*unknown key'
    with pytest.raises(EmopreferError, match=said) as refused:
        read_data_set(data_folder)
    assert "votes.csv" not in str(refused.value)


def test_a_missing_column_is_named(tmp_path):
    write_csv(tmp_path / "preference_x.csv", ["name", "a1", "b2", "preference"], [["c", "x", "y", "a1"]])
    with pytest.raises(EmopreferError, match=r'preference_x.csv: column "a2" is missing'):
        read_data_set(tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path):
    (tmp_path / "preference_x.csv").write_bytes("name,a1,a2,preference\nc,不高兴,y,a1\n".encode("gb18030"))
    with pytest.raises(EmopreferError, match=r"preference_x.csv: not UTF-8"):
        read_data_set(tmp_path)


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    (tmp_path / "preference_x.csv").write_text("name,a1,a2,preference\r\nc,x,y,a1\r\n", encoding="utf-8-sig")
    assert read_data_set(tmp_path).pairs["clip_id"].tolist() == ["c"]


def test_an_empty_folder_says_what_belongs_there(tmp_path):
    with pytest.raises(EmopreferError, match=r"no data set found. Put preference_emoprefer.csv there"):
        read_data_set(tmp_path)


def test_the_version_follows_the_content_and_not_the_time(tmp_path):
    write_official(tmp_path)
    before = data_set_version(tmp_path)
    write_official(tmp_path)
    assert data_set_version(tmp_path) == before
    write_official(tmp_path, preference="same")
    assert data_set_version(tmp_path) != before


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(EmopreferError, match=r"EMOPREFER_DATA_DIR .*nowhere is not a folder"):
        read_data_set(tmp_path / "nowhere")


def test_two_data_sets_in_one_folder_are_refused(tmp_path):
    write_official(tmp_path)
    write_csv(tmp_path / "preference_y.csv", OFFICIAL, [["c1", "glad", "sad", "a1"]])
    with pytest.raises(EmopreferError, match=r"several data sets \(preference_x.csv, preference_y.csv\)"):
        read_data_set(tmp_path)
    (tmp_path / "preference_y.csv").rename(tmp_path / "pairs.csv")
    with pytest.raises(EmopreferError, match=r"two data sets, preference_x.csv and pairs.csv. Keep one of them"):
        read_data_set(tmp_path)


def test_a_swapped_file_of_another_length_is_refused(tmp_path):
    write_official(tmp_path)
    write_csv(tmp_path / "preference_x_reverse.csv", OFFICIAL, [])
    with pytest.raises(EmopreferError, match=r"_reverse.csv: 0 rows, but preference_x.csv has 1"):
        read_data_set(tmp_path)


def test_model_names_of_another_length_are_refused(tmp_path):
    write_official(tmp_path)
    columns = ["name", "model1", "a1", "model2", "a2", "preference"]
    write_csv(tmp_path / "preference_x_with_modelnames.csv", columns, [])
    with pytest.raises(EmopreferError, match=r"_with_modelnames.csv: 0 rows, but preference_x.csv has 1"):
        read_data_set(tmp_path)


def test_descriptions_without_a_common_clip_are_refused(tmp_path):
    (tmp_path / "descriptions").mkdir()
    for system, clip in (("x", "c1"), ("y", "c2")):
        write_csv(tmp_path / "descriptions" / f"{system}.csv", ["name", "description"], [[clip, "glad"]])
    with pytest.raises(EmopreferError, match=r"x.csv, .*y.csv: no clip is described in two of them"):
        read_data_set(tmp_path)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ("name: [", "not readable as YAML"),
        ("- a list", "expected the keys name, synthetic, note, human_agreement"),
        ("title: mine", "unknown key 'title'. Known: name, synthetic, note, human_agreement"),
        ("name: 7", "name is not plain text"),
        ('note: "turned \\u202e round"', "note is not plain text"),
        ("human_agreement: 70", "human_agreement: expected the keys two_class"),
        ("human_agreement: {two_class: 70}", "human_agreement: expected the keys two_class"),
        ("human_agreement: {two_class: 170, source: a paper}", "human_agreement: two_class is not a percentage"),
        ("human_agreement: {two_class: 0.7, source: a paper}", "human_agreement: two_class is not a percentage"),
        ("human_agreement: {two_class: 70, three_class: yes, source: x}", "human_agreement: three_class is not a perc"),
        ("human_agreement: {two_class: 70, source: 3}", "human_agreement: source is not plain text"),
        ("licence: 4", "licence is not plain text"),
        ("redistribution: no", "redistribution is neither true nor false"),
        ("synthetic: no", "synthetic is neither true nor false"),
    ],
)
def test_a_data_set_that_says_nothing_usable_of_itself_is_refused(tmp_path, about, message):
    write_official(tmp_path)
    (tmp_path / "dataset.yaml").write_text(about)
    with pytest.raises(EmopreferError, match=f"dataset.yaml: .*{message}"):
        read_data_set(tmp_path)


def test_an_empty_dataset_yaml_says_nothing(tmp_path):
    write_official(tmp_path)
    (tmp_path / "dataset.yaml").write_text("")
    data = read_data_set(tmp_path)
    assert (data.name, data.synthetic, data.note) == (tmp_path.name, False, "")
    assert (data.licence, data.redistribution) == ("", None)


def test_published_agreement_and_licence_belong_to_the_published_pairs_alone(real_data, tmp_path):
    data = read_data_set(real_data)
    assert (data.published_agreement.two_class, data.published_agreement.three_class) == (69.31, 59.23)
    assert data.licence.startswith("Apache-2.0, with the words 'research preview")
    rows = (real_data / "preference_emoprefer.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    (tmp_path / "preference_emoprefer.csv").write_text("".join(rows[:2]))
    assert (read_data_set(tmp_path).published_agreement, read_data_set(tmp_path).licence) == (None, "")


def test_a_data_set_may_state_its_own_agreement_with_its_source(tmp_path):
    write_official(tmp_path)
    assert human_agreement_of(tmp_path).empty
    (tmp_path / "dataset.yaml").write_text("human_agreement: {two_class: 81.5, source: Their paper}\n")
    assert human_agreement_of(tmp_path).dropna(axis=1).to_dict("records") == [
        {"annotator": "all", "two_class": 81.5, "source": "Their paper"}
    ]


def human_agreement_of(folder):
    data = read_data_set(folder)
    return human_agreement.make(data.pairs, data.votes, annotators.make(data), data)


@pytest.mark.parametrize("given", ["0.605", "sixty"])
def test_published_scores_are_percent(settings, given):
    file = settings.home / "scores.csv"
    file.write_text(f"judge;strategy;waf_2class;acc_2class\nbig;s1;{given};61,5\n")
    source = SOURCES["published_score_file"]
    with pytest.raises(EmopreferError, match=f'scores.csv row 1: waf_2class is "{given}". Give percent'):
        source.load(settings.replaced(published_scores=file))
    file.write_text("judge;strategy;waf_2class;acc_2class\nbig;s1;60,5;61,5\n")
    assert source.load(settings.replaced(published_scores=file))["waf_2class"].tolist() == [60.5]


def test_published_scores_are_no_part_of_the_data_sets_version(tmp_path):
    write_official(tmp_path)
    before = data_set_version(tmp_path)
    (tmp_path / "published_scores.csv").write_text("judge,strategy\n")
    assert data_set_version(tmp_path) == before
    (tmp_path / "dataset.yaml").write_text("name: mine\n")
    assert data_set_version(tmp_path) != before


def test_a_file_that_changes_is_read_again_and_nobody_changes_what_others_read(tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text("pair,name,system1,a1,system2,a2\np1,clip1,A,Sad.,B,Glad.\n")
    own = read_data_set(tmp_path).pairs
    own.loc[0, "a1"] = "written over"
    assert read_data_set(tmp_path).pairs["a1"].tolist() == ["Sad."]
    file.write_text(f"{file.read_text()}p2,clip2,A,Calm.,B,Wild.\n")
    assert read_data_set(tmp_path).pairs["a1"].tolist() == ["Sad.", "Calm."]
