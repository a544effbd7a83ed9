"""What spreadsheets and people make of a table: read as what it is, or refused by row and column."""

import pytest

from emoprefer_assets.csv_tables import LISTED_PROBLEMS, decimal, first_problems, read_table, refuse_unknown
from emoprefer_assets.errors import EmopreferError

COLUMNS = ["name", "text"]
ROWS = [["c1", "glad, it seems"], ["c2", "calm;\nso far"]]
PLAIN = 'name,text\nc1,"glad, it seems"\nc2,"calm;\nso far"\n'


@pytest.fixture
def read(tmp_path):
    def read(content, optional=()):
        file = tmp_path / "t.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(file, COLUMNS, optional).to_numpy().tolist()

    return read


@pytest.fixture
def refusal(read):
    def refusal(content):
        with pytest.raises(EmopreferError) as refused:
            read(content)
        return str(refused.value).replace(str(refused.value).partition("t.csv")[0], "")

    return refusal


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.replace(",t", ";t").replace("c1,", "c1;").replace("c2,", "c2;"),
        "sep=;\r\n" + PLAIN.replace(",t", ";t").replace("c1,", "c1;").replace("c2,", "c2;"),
        PLAIN.replace(",t", "\tt").replace("c1,", "c1\t").replace("c2,", "c2\t"),
        PLAIN.replace('seems"\n', 'seems",\n'),
        PLAIN.replace('seems"\n', 'seems",\n').replace('far"\n', 'far",\n'),
        PLAIN.replace("text\n", "text,,\n").replace('seems"\n', 'seems",,\n').replace('far"\n', 'far",,\n'),
        PLAIN + ",\n,\n",
        PLAIN.replace("name,text", "name , text"),
        PLAIN.encode("utf-8-sig").decode().encode("utf-8-sig"),
        "\r\rsep=;\r" + PLAIN.replace("\n", "\r").replace("calm;\r", "calm;\n").replace(",t", ";t").replace(',"', ';"'),
        "sep=\t\n" + PLAIN.replace(",t", "\tt").replace("c1,", "c1\t").replace("c2,", "c2\t"),
        PLAIN.replace("name,", ",name,,").replace("c1,", ",c1,,").replace("c2,", ",c2,,"),
    ],
    ids=[
        "plain",
        "byte order mark",
        "UTF-16",
        "semicolons",
        "sep=;",
        "tabs",
        "a comma behind one row",
        "a comma behind each row",
        "empty columns behind",
        "empty rows behind",
        "blanks in the header",
        "two byte order marks",
        "sep=; below empty lines, of an old Mac",
        "sep= and a tab",
        "empty columns between",
    ],
)
def test_what_spreadsheets_save_is_the_same_table(read, content):
    assert read(content) == ROWS


def test_a_cell_may_be_long(read):
    assert read(f"name,text\nc1,{'x' * 200_000}\n") == [["c1", "x" * 200_000]]


def test_absent_optional_columns_are_null_and_empty_cells_are_empty(read):
    assert read("name,text\nc1,\n", ("note",)) == [["c1", "", pytest.approx(float("nan"), nan_ok=True)]]


def test_each_row_with_another_number_of_fields_is_named(refusal):
    assert refusal("name,text\nc1,glad, it seems\nc2,b\nc3\n").splitlines() == [
        "t.csv: row 1: 3 fields where the header has 2. Put texts with a comma or a new line in quotation marks.",
        "t.csv: row 3: 1 fields where the header has 2. Put texts with a comma or a new line in quotation marks.",
    ]


def test_a_column_or_a_header_that_comes_twice_is_named(refusal):
    assert refusal("name,text,text\nc1,a,b\n") == 't.csv: column "text" stands twice. Keep one.'
    assert refusal("name,text\nc1,a\nname,text\n") == "t.csv: row 2 is the header again. Remove it."
    said = "t.csv: columns 2 and 3 have cells and no name. Name them: the first row is the header."
    assert refusal("My table,,\nname,text,note\nc1,a,b\n") == said


def test_a_missing_column_is_named_beside_those_that_are_there(refusal):
    said = 't.csv: column "text" is missing; it has "name", "description". Name the columns name,text.'
    assert refusal("name,description\nc1,a\n") == said


def test_what_is_no_text_is_named(refusal):
    assert refusal(b"PK\x03\x04rest").startswith(
        "t.csv: a zip, or a workbook that is damaged, locked or of another kind."
    )
    assert refusal("name,text\nc1,né\n".encode("latin-1")) == "t.csv: not UTF-8: byte 14 is 0xe9. Save it as UTF-8."
    assert refusal(PLAIN.encode("utf-16-le")).startswith("t.csv: not UTF-8: UTF-16 or UTF-32 without its usual mark")
    assert refusal(PLAIN.encode("utf-32")).startswith("t.csv: not UTF-8: UTF-16 or UTF-32 without its usual mark")
    assert refusal("") == "t.csv: empty. It needs a header, and rows beneath it."


def test_every_row_with_an_unknown_value_is_named(tmp_path):
    file = tmp_path / "votes.csv"
    file.write_text("name,text\np1,a1\np9,a1\np8,a1\n")
    with pytest.raises(EmopreferError) as refused:
        refuse_unknown(file, read_table(file, COLUMNS), "name", {"p1"}, "a pair of this data set")
    assert [line.partition("votes.csv ")[2] for line in str(refused.value).splitlines()] == [
        'row 2: name "p9" is not a pair of this data set. Correct the row or remove it.',
        'row 3: name "p8" is not a pair of this data set. Correct the row or remove it.',
    ]


def test_listed_problems_stay_within_the_limit():
    assert len(first_problems(range(100), str, "more")) == LISTED_PROBLEMS + 1


@pytest.mark.parametrize(
    ("text", "number"), [("0,5", "0.5"), ("0.5", "0.5"), ("1,000.5", "1,000.5"), ("1,2,3", "1,2,3")]
)
def test_one_comma_of_a_number_is_its_decimal_point(text, number):
    assert decimal(text) == number
