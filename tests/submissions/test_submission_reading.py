import io
import json
import zipfile

import duckdb
import pandas as pd
import pytest

from emoprefer_assets.datasets import pair_id_of
from emoprefer_assets.display import in_message
from emoprefer_assets.submissions import Known, Refused, _unpacking, read_submission

CLIPS = ("clip_1", "clip_2", "clip_3")
ROWS = [["clip_1", "He is glad."], ["clip_2", 'She says "no",\nand frowns.'], ["clip_3", "他很平静。"]]
TEXTS = [("clip_1", "Glad.", "Sad."), ("clip_1", "Sad.", "Calm,\nas it seems."), ("clip_2", "Wild.", "Quiet.")]


@pytest.fixture
def known() -> Known:
    pairs = pd.DataFrame(TEXTS, columns=["clip_id", "a1", "a2"])
    pairs["pair_id"] = [pair_id_of(*row) for row in TEXTS]
    return Known(CLIPS, pairs)


@pytest.fixture
def read(tmp_path, known):
    def read(content, kind="system", name="team7.csv"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_submission(file, kind, known)

    return read


@pytest.fixture
def problems(read):
    def problems(*args, **kwargs):
        with pytest.raises(Refused) as refused:
            read(*args, **kwargs)
        return list(refused.value.problems)

    return problems


def system_csv(rows=ROWS, columns=("name", "description"), **options) -> bytes:
    return pd.DataFrame(rows, columns=list(columns)).to_csv(index=False, **options).encode()


def judge_csv(rows, columns=("name", "a1", "a2", "preference")) -> bytes:
    return pd.DataFrame(rows, columns=list(columns)).to_csv(index=False).encode()


def zipped(entries, method=zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return content.getvalue()


def folder_without_ending(name) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o40755 << 16
    return entry


def parquet(tmp_path, select) -> bytes:
    duckdb.sql(f"copy ({select}) to '{tmp_path / 'made.parquet'}' (format parquet)")
    return (tmp_path / "made.parquet").read_bytes()


# What is read


@pytest.mark.parametrize("clip", ["name", "clip", "clip_id"])
@pytest.mark.parametrize("text", ["description", "reason", "text"])
def test_the_columns_may_have_any_of_their_names(read, clip, text):
    assert read(system_csv(columns=(clip, text))).to_numpy().tolist() == ROWS


def test_rows_in_any_order_come_in_the_order_of_the_clips(read):
    assert read(system_csv(ROWS[::-1]))["clip_id"].tolist() == list(CLIPS)


def test_other_columns_are_left_out(read):
    table = read(system_csv([[*row, "happy"] for row in ROWS], ("name", "reason", "openset")))
    assert list(table) == ["clip_id", "description"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_any_new_line_and_a_byte_order_mark_give_the_same_table(read, newline, bom):
    content = system_csv().decode().replace("\n", newline).encode()
    assert read(bom + content).to_numpy().tolist() == ROWS


def test_csv_tsv_jsonl_parquet_and_zips_of_them_give_the_same_table(read, tmp_path):
    lines = "\n".join(json.dumps({"name": name, "reason": text}) for name, text in ROWS)
    values = ", ".join("('{}', '{}')".format(*row) for row in ROWS)
    files = {
        "t.csv": system_csv(),
        "t.tsv": system_csv(sep="\t"),
        "t.jsonl": lines.encode(),
        "t.parquet": parquet(tmp_path, f"select * from (values {values}) t(clip, text)"),
    }
    for name, content in files.items():
        assert read(content, name=name).to_numpy().tolist() == ROWS
        packed = zipped([("__MACOSX/._t.csv", b"\0"), ("out/", b""), (f"out/{name}", content), ("out/.DS_Store", b"")])
        assert read(packed, name="ANSWER.ZIP").to_numpy().tolist() == ROWS


@pytest.mark.parametrize(
    "beside",
    [
        ("._t.csv", b"\0"),
        ("team/__MACOSX/._t.csv", b"\0"),
        ("Thumbs.db", b"x"),
        ("team/desktop.ini", b"x"),
        ("team\\", b""),
        (folder_without_ending("team"), b""),
        ("Icon\r", b""),
        ("team/@eaDir/t.csv", b"x"),
        ("team/.git/config", b"x"),
        ("~$t.csv", b"x"),
    ],
)
def test_what_packers_add_to_a_zip_is_no_second_table(read, beside):
    assert read(zipped([beside, ("t.csv", system_csv())]), name="t.zip").to_numpy().tolist() == ROWS


def test_semicolons_and_decimal_commas_of_a_spreadsheet_are_read(read):
    rows = [[*TEXTS[0], "0,7", "0,3"], [*TEXTS[1], 0, 1], [*TEXTS[2], "1", "0"]]
    table = pd.DataFrame(rows, columns=["name", "a1", "a2", "p_a1", "p_a2"])
    assert read(table.to_csv(index=False, sep=";"), "judge")["p_a1"].tolist() == [0.7, 0.0, 1.0]


def test_a_workbook_is_called_one(problems):
    assert problems(b"PK\x03\x04", name="t.xlsx") == ["an Excel workbook. Save its sheet as CSV UTF-8."]
    workbook = zipped([("xl/workbook.xml", b"")])
    assert problems(workbook, name="t.csv") == ["an Excel workbook. Save its sheet as CSV UTF-8."]
    assert 'entry "t.xlsx": an Excel workbook. Save its sheet as CSV UTF-8.' in problems(
        zipped([("t.xlsx", workbook)]), name="t.zip"
    )
    assert problems(zipped([("t.csv", system_csv())]), name="t.csv")[0].startswith(
        "a zip, or a workbook that is damaged"
    )


def test_a_judge_is_matched_by_its_texts_in_either_order(read, known):
    given = [[*row, verdict] for row, verdict in zip(TEXTS, ["a1", "a2", "same"], strict=True)]
    swapped = [[clip, a2, a1, verdict] for (clip, a1, a2), verdict in zip(TEXTS, ["a1", "a1", "a2"], strict=True)]
    table = read(judge_csv(swapped[::-1] + given[::-1]), "judge")
    assert list(table) == ["pair_id", "swapped", "verdict", "p_a1", "p_a2", "p_same"]
    assert table["pair_id"].tolist() == known.pairs["pair_id"].tolist() * 2
    assert table["swapped"].tolist() == [False] * 3 + [True] * 3
    assert table["verdict"].tolist() == ["a1", "a2", "same", "a2", "a2", "a1"]
    assert table[["p_a1", "p_a2", "p_same"]].isna().all(axis=None)


def test_probabilities_give_the_verdict_in_the_pairs_own_frame(read):
    given = [[*TEXTS[0], 0.7, 0.2, 0.1], [*TEXTS[1], "2e-1", ".3", "0.5"], [*TEXTS[2], 0.5, 0.5, 0]]
    swapped = [[clip, a2, a1, *chances] for clip, a1, a2, *chances in given]
    table = read(judge_csv(given + swapped, ("name", "a1", "a2", "p_a1", "p_a2", "p_same")), "judge")
    assert table["verdict"].tolist() == ["a1", "same", "same", "a2", "same", "same"]
    assert table["p_a1"].tolist() == [0.7, 0.2, 0.5, 0.2, 0.3, 0.5]
    assert table["p_a2"].tolist() == [0.2, 0.3, 0.5, 0.7, 0.2, 0.5]


def test_two_probabilities_may_leave_room_for_a_tie_that_stays_null(read):
    rows = [[*TEXTS[0], 0.6, 0.2], [*TEXTS[1], 0, 1], [*TEXTS[2], 0.333, 0.667]]
    table = read(judge_csv(rows, ("name", "a1", "a2", "p_a1", "p_a2")), "judge")
    assert table["verdict"].tolist() == ["a1", "a2", "a2"]
    assert table["p_same"].isna().all()


def test_a_pair_and_its_exchange_as_two_pairs_are_each_answered_once(tmp_path):
    rows = [("clip_1", "Glad.", "Sad."), ("clip_1", "Sad.", "Glad.")]
    pairs = pd.DataFrame(rows, columns=["clip_id", "a1", "a2"]).assign(pair_id=[pair_id_of(*row) for row in rows])
    (tmp_path / "j.csv").write_bytes(judge_csv([[*rows[0], "a1"], [*rows[1], "a1"]]))
    table = read_submission(tmp_path / "j.csv", "judge", Known(CLIPS, pairs))
    assert table[["swapped", "verdict"]].to_numpy().tolist() == [[False, "a1"], [False, "a1"]]


def test_an_answer_counts_for_every_pair_that_puts_its_question(tmp_path):
    rows = [("c", "Yes.", "No."), ("c", "Yes.", "No."), ("c", "No.", "Yes."), ("d", "Hot.", "Hot."), ("e", "A", "B")]
    pairs = pd.DataFrame(rows, columns=["clip_id", "a1", "a2"]).assign(pair_id=["p1", "p2", "mirror", "equal", "other"])
    said = [[*rows[0], 0.9, 0.1], [*rows[2], 0.8, 0.2], [*rows[3], 0.7, 0.3], [*rows[4], 1, 0], ["e", "B", "A", 0, 1]]
    (tmp_path / "j.csv").write_bytes(judge_csv(said, ("name", "a1", "a2", "p_a1", "p_a2")))
    table = read_submission(tmp_path / "j.csv", "judge", Known(("c", "d", "e"), pairs))
    assert table[["pair_id", "swapped", "verdict", "p_a1"]].to_numpy().tolist() == [
        ["p1", False, "a1", 0.9],
        ["p2", False, "a1", 0.9],
        ["mirror", False, "a1", 0.8],
        ["equal", False, "a1", 0.7],
        ["other", False, "a1", 1.0],
        ["p1", True, "a2", 0.2],
        ["p2", True, "a2", 0.2],
        ["mirror", True, "a2", 0.1],
        ["equal", True, "a2", 0.3],
        ["other", True, "a1", 1.0],
    ]


# What is refused


def test_every_problem_is_in_one_message(read):
    rows = [["clip_1", "Glad."], ["clip_22", " \n"], ["clip_1", "x" * 20_001]]
    with pytest.raises(Refused) as refused:
        read(system_csv(rows))
    assert str(refused.value).splitlines() == [
        "team7.csv is refused; nothing of it was stored. What to correct:",
        '  row 2: clip "clip_22" is not in the data set (did you mean "clip_2"?)',
        '  row 3: clip "clip_1" is described in row 1 already.',
        '  clip "clip_2" is not described. Describe every clip.',
        '  clip "clip_3" is not described. Describe every clip.',
        '  row 2: the description of clip "clip_22" is empty. Describe it.',
        "  row 3: the description has 20,001 characters; 20,000 are allowed. Shorten it.",
    ]


def test_of_each_kind_of_problem_twenty_are_listed_and_the_rest_counted(problems):
    found = problems(system_csv([*ROWS, *[[f"other{n}", "Sad."] for n in range(1_023)]]))
    assert len(found) == 21
    assert found[-1] == "and 1,003 more rows with an unknown clip."


def test_a_missing_column_says_which_there_are_and_which_was_meant(problems):
    assert problems(system_csv(columns=("name", "Descripton"))) == [
        'no column description or reason or text for the description; there are "name", "Descripton" '
        '(did you mean "Descripton"? Call it description).'
    ]


def test_two_columns_that_could_be_the_description_are_refused(problems):
    assert problems(system_csv([[*row, "x"] for row in ROWS], ("name", "reason", "text"))) == [
        "columns reason and text could each be the description. Keep one."
    ]


def test_a_description_of_nothing_visible_is_empty(problems):
    assert problems(system_csv([*ROWS[:2], ["clip_3", "\u200b\u00a0\n"]])) == [
        'row 3: the description of clip "clip_3" is empty. Describe it.'
    ]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_what_is_not_utf8_is_refused_with_the_byte(problems, bom):
    content = bom + b"name,description\nclip_1,caf\xe9"
    assert problems(content) == [f"not UTF-8: byte {len(bom) + 27} is 0xe9. Save it as UTF-8."]


def test_text_that_no_table_can_store_is_refused(problems):
    lines = [{"name": name, "text": text} for name, text in ROWS[:2]] + [{"name": "clip_3", "text": "a\0b"}]
    lines[0]["text"] = "a\ud800"
    assert problems("\n".join(map(json.dumps, lines)), name="t.jsonl") == [
        "row 1: text holds a NUL or half a character. Remove it.",
        "row 3: text holds a NUL or half a character. Remove it.",
    ]


def test_broken_csv_names_the_row_or_line(problems):
    assert problems("name,description\nclip_1,Glad, he is.\n") == [
        "row 1: 3 fields where the header has 2. Put texts with a comma or a new line in quotation marks."
    ]
    assert problems('name,description\nclip_1,"Glad') == [
        "line 2: unexpected end of data. Put texts in quotation marks, and double those within."
    ]
    assert problems('name,description\n"clip_1"x,Glad') == [
        "line 2: ',' expected after '\"'. Put texts in quotation marks, and double those within."
    ]
    assert problems("name,name,text\n") == ['column "name" stands twice. Keep one.']
    assert problems("") == ["empty. It needs a header, and rows beneath it."]
    assert problems("name,text\n\n") == ["no rows."]


def test_broken_json_names_the_line(problems):
    lines = '{"name": "clip_1"\n[1]\n{"name": "a", "name": "b"}\n' + "[" * 100_000
    assert problems(lines, name="t.jsonl") == [
        "line 1: not JSON (Expecting ',' delimiter: line 2 column 1 (char 18)). Write one object a line.",
        "line 2: not an object. Write one object a line.",
        'line 3: not JSON (key "name" stands twice). Write one object a line.',
        "line 4: not JSON (nested too deeply). Write one object a line.",
    ]


def test_a_cell_that_is_no_text_is_refused(problems):
    lines = [json.dumps({"name": name, "text": 7 if name == "clip_2" else text}) for name, text in ROWS]
    assert problems("\n".join(lines), name="t.jsonl")[0] == "row 2: text is 7, not text. Write it in quotation marks."


def test_broken_or_foreign_parquet_is_refused(problems, tmp_path):
    assert problems(b"PAR1 not really PAR1", name="t.parquet")[0].startswith("not a readable Parquet table (")
    lists = parquet(tmp_path, "select 'clip_1' as name, ['Glad.'] as text")
    assert problems(lists, name="t.parquet") == [
        'column "text" holds VARCHAR[], neither text nor numbers. Leave it out.'
    ]


def test_a_parquet_bomb_is_measured_and_not_read(problems, tmp_path):
    bomb = parquet(tmp_path, "select 'clip_1' as name, repeat('x', 10000) as text from range(100000)")
    assert len(bomb) < 100_000
    assert problems(bomb, name="t.parquet") == ["more than 200 MB unpacked. Hand in the table without other columns."]
    many = parquet(tmp_path, "select 'clip_1' as name, '' as text from range(6000000)")
    assert problems(many, name="t.parquet") == ["more than 10,000,000 cells. Hand in the table without other columns."]


def test_a_file_of_nothing_but_cells_is_refused_unread(problems):
    assert problems(b"a\n" * 10_000_001) == ["more than 10,000,000 cells. Hand in the table without other columns."]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("video/clip_3.mp4", 'did you mean "clip_3"?'),
        ("CLIP_3", 'did you mean "clip_3"?'),
        ("se\u0301ance", "its letters are written in another Unicode form there: copy the name"),
        ("elsewhere", "Correct or remove the row."),
    ],
)
def test_a_hint_names_the_obvious_clip_and_never_the_refused_one(tmp_path, known, name, hint):
    (tmp_path / "t.csv").write_bytes(system_csv([[name, "Glad."]]))
    with pytest.raises(Refused) as refused:
        read_submission(tmp_path / "t.csv", "system", Known((*CLIPS, "s\u00e9ance"), known.pairs))
    assert refused.value.problems[0] == f'row 1: clip "{in_message(name)}" is not in the data set ({hint})'


def test_unknown_labels_and_texts_name_their_rows(problems):
    rows = [[*TEXTS[0], "A1"], ["clip_1", "Sad.", "Calm", "a1"], ["clip_9", "x", "y", "a1"], [*TEXTS[0], "a1"]]
    assert problems(judge_csv(rows), "judge") == [
        'row 3: clip "clip_9" is not in the data set (did you mean "clip_2"?)',
        'row 2: a1 and a2 are not the two descriptions of a pair of clip "clip_1". Copy name,a1,a2 as they were given.',
        "row 4: the same pair in the same order as row 1. Keep one row.",
        'pair of clip "clip_1" is not answered in the given order (a1 "Sad."). Answer every pair.',
        'pair of clip "clip_2" is not answered in the given order (a1 "Wild."). Answer every pair.',
        'row 1: preference "A1" is not a1, a2 or same.',
    ]


def test_the_swapped_order_is_answered_whole_or_not_at_all(problems):
    rows = [[*row, "a1"] for row in TEXTS] + [["clip_1", "Sad.", "Glad.", "a1"]]
    assert problems(judge_csv(rows), "judge") == [
        'pair of clip "clip_1" is not answered in the swapped order (a1 "Sad."). Answer every pair.',
        'pair of clip "clip_2" is not answered in the swapped order (a1 "Wild."). Answer every pair.',
    ]


@pytest.mark.parametrize("odd", ["0,5,1", "1.0,5", "nan", "inf", "-0.1", "1.5", "", "0_1", "true", "1e999"])
def test_a_probability_is_a_number_from_0_to_1(problems, odd):
    rows = [[*TEXTS[0], odd, 0], [*TEXTS[1], 0, 1], [*TEXTS[2], 0, 1]]
    assert problems(judge_csv(rows, ("name", "a1", "a2", "p_a1", "p_a2")), "judge") == [
        f'row 1: p_a1 "{odd}" is not a number from 0 to 1.'
    ]


def test_probabilities_add_up(problems):
    rows = [[*TEXTS[0], 0.6, 0.6], [*TEXTS[1], 0.5, 0.5], [*TEXTS[2], 0.1, 0.1]]
    assert problems(judge_csv(rows, ("name", "a1", "a2", "p_a1", "p_a2")), "judge") == [
        "row 1: the probabilities add up to 1.200. They have to add up to at most 1."
    ]
    three = [[*row, 0.1] for row in rows]
    assert problems(judge_csv(three, ("name", "a1", "a2", "p_a1", "p_a2", "p_same")), "judge") == [
        "row 1: the probabilities add up to 1.300. They have to add up to 1.",
        "row 2: the probabilities add up to 1.100. They have to add up to 1.",
        "row 3: the probabilities add up to 0.300. They have to add up to 1.",
    ]


def test_a_judge_needs_a_preference_or_probabilities_and_not_both(problems):
    assert problems(judge_csv([TEXTS[0]], ("name", "a1", "a2")), "judge") == [
        'no column preference for the verdict; there are "name", "a1", "a2".'
    ]
    assert problems(judge_csv([[*TEXTS[0], 1]], ("name", "a1", "a2", "p_a1")), "judge") == [
        'no column p_a2 for the probability of a2; there are "name", "a1", "a2", "p_a1".'
    ]
    both = judge_csv([[*TEXTS[0], "a1", 1, 0]], ("name", "a1", "a2", "preference", "p_a1", "p_a2"))
    assert problems(both, "judge") == [
        "columns preference and p_... stand side by side. Keep the preference or the probabilities."
    ]


# Zips and files


def test_an_unknown_kind_of_file_says_what_is_taken(problems):
    assert problems(b"", name="team7.docx") == [
        'unknown kind of file ".docx". Hand in .csv, .tsv, .jsonl, .parquet or a .zip of one.'
    ]


def test_a_zip_holds_exactly_one_table(problems):
    assert problems(zipped([("a.csv", "x"), ("b.jsonl", "x")]), name="t.zip") == [
        'a zip of 2 tables ("a.csv", "b.jsonl"). Keep one.'
    ]
    assert problems(zipped([("readme.txt", "x")]), name="t.zip") == [
        'entry "readme.txt": not a table. Zip the table alone.',
        "a zip without a table. Zip one .csv, .tsv, .jsonl, .parquet.",
    ]


@pytest.mark.parametrize("path", ["../t.csv", "/etc/t.csv", "a/../../t.csv", "..\\t.csv", "C:\\t.csv", "C:t.csv"])
def test_a_path_that_leaves_the_zip_is_refused(problems, path):

    assert problems(zipped([(path, system_csv())]), name="t.zip") == [
        f'entry "{in_message(path)}": its path leaves the zip. Zip the table without folders.'
    ]


def test_an_entry_without_a_name_is_refused(problems):
    nameless = zipfile.ZipInfo("t.csv")
    nameless.filename = ""
    assert problems(zipped([(nameless, system_csv())]), name="t.zip") == [
        'entry "": not a table. Zip the table alone.',
        "a zip without a table. Zip one .csv, .tsv, .jsonl, .parquet.",
    ]


def test_a_zip_in_the_zip_is_refused(problems):
    assert problems(zipped([("t.csv", system_csv()), ("in.zip", zipped([]))]), name="t.zip") == [
        'entry "in.zip": a zip in the zip. Zip the table itself.'
    ]


def test_a_link_in_the_zip_is_refused(problems):
    link = zipfile.ZipInfo("t.csv")
    link.external_attr = 0o120777 << 16
    assert problems(zipped([(link, "/etc/passwd")]), name="t.zip") == [
        'entry "t.csv": a link, not a file. Zip the table itself.'
    ]


def test_an_encrypted_zip_is_refused(problems):
    content = bytearray(zipped([("t.csv", system_csv())]))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert problems(bytes(content), name="t.zip") == ['entry "t.csv": encrypted. Zip it without a password.']


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_whose_unpacker_takes_no_limit_is_refused(problems, method):
    assert problems(zipped([("t.csv", system_csv())], method), name="t.zip") == [
        f'entry "t.csv": packed by method {method}. Use deflate, the usual one.'
    ]


def test_a_bomb_is_found_while_unpacking_whatever_its_header_says(problems, monkeypatch):
    content = zipped([("t.csv", b"0" * 30_000_000)])
    assert len(content) < 30_000
    assert problems(content, name="t.zip") == [
        'entry "t.csv": more than 200 times its packed size, as a zip bomb is. Hand in the table unzipped.'
    ]
    monkeypatch.setattr(_unpacking, "MAX_BYTES", 10_000_000)
    assert problems(content, name="t.zip") == ['entry "t.csv": more than 10 MB unpacked.']
    lying = bytearray(content)
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.index(signature) + offset
        lying[place : place + 4] = (1_000).to_bytes(4, "little")
    assert problems(bytes(lying), name="t.zip") == [
        "not a readable zip (Bad CRC-32 for file 't.csv'). Zip the table again."
    ]


def test_one_sentence_on_every_clip_is_no_bomb(read, known, tmp_path):
    clips = tuple(f"clip_{n}" for n in range(20_000))
    content = zipped([("t.csv", system_csv([[clip, "The person feels something. " * 10] for clip in clips]))])
    (tmp_path / "t.zip").write_bytes(content)
    assert len(read_submission(tmp_path / "t.zip", "system", Known(clips, known.pairs))) == 20_000


def test_a_zip_of_very_many_entries_is_refused(problems):
    assert problems(zipped([(str(n), b"") for n in range(1_001)]), name="t.zip") == [
        "a zip of more than 1,000 entries. Zip the table alone."
    ]


def test_a_damaged_zip_is_refused(problems):
    content = bytearray(zipped([("t.csv", system_csv())]))
    assert problems(bytes(content[:-30]), name="t.zip") == [
        "not a readable zip (File is not a zip file). Zip the table again."
    ]
    content[50] ^= 0xFF
    assert problems(bytes(content), name="t.zip")[0].startswith("not a readable zip (")


def test_a_file_that_is_too_large_is_not_read_to_its_end(problems, monkeypatch):
    monkeypatch.setattr(_unpacking, "MAX_BYTES", 100)
    assert problems(b"x" * 101) == ["larger than 0 MB. Hand in the table without other columns."]


def test_names_and_cells_are_shown_without_what_is_invisible(problems):
    assert problems(system_csv([*ROWS, ["\x1b[31mred\u202e", "Sad."]])) == [
        'row 4: clip "\\x1b[31mred\\u202e" is not in the data set (Correct or remove the row.)'
    ]
