"""Whatever is handed in, there is a table or a refusal, and nothing outside the folder is written."""

import io
import json
import os
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emoprefer_assets.datasets import pair_id_of
from emoprefer_assets.submissions import Known, Refused, Submissions, Version, read_submission, screen

CLIPS = ("clip_1", "clip_2")
PAIR = ("clip_1", "Glad.", "Sad.")
KNOWN = Known(CLIPS, pd.DataFrame([[pair_id_of(*PAIR), *PAIR]], columns=["pair_id", "clip_id", "a1", "a2"]))
pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")
FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))

kinds = st.sampled_from(["system", "judge"])
suffixes = st.sampled_from([".csv", ".tsv", ".jsonl", ".parquet", ".zip", ".CSV", ".xlsx", ""])
odd_text = st.text(max_size=30) | st.sampled_from(
    [*PAIR, *CLIPS, "a1", "same", "0.5", "", "\ud800", "\0", "\u202e", "é"]
)
columns = st.lists(
    st.sampled_from(["name", "description", "reason", "a1", "a2", "preference", "p_a1", "p_a2", "p_same"]) | odd_text,
    max_size=6,
)
cells = odd_text | st.integers() | st.floats() | st.none() | st.booleans() | st.lists(st.none(), max_size=1)


@st.composite
def delimited(draw) -> bytes:
    head = draw(columns)
    rows = [head, *draw(st.lists(st.lists(odd_text, min_size=len(head), max_size=len(head)), max_size=4))]
    mark = draw(st.sampled_from([",", "\t"]))
    quote = draw(st.sampled_from(['"{}"', "{}", '"{}']))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = newline.join(mark.join(quote.format(cell) for cell in row) for row in rows)
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])), "surrogatepass")


@st.composite
def json_lines(draw) -> bytes:
    lines = draw(st.lists(st.dictionaries(odd_text | st.sampled_from(["name", "text", "p_a1"]), cells), max_size=4))
    return "\n".join(json.dumps(line) for line in lines).encode()


@st.composite
def zips(draw) -> bytes:
    names = st.sampled_from(["a.csv", "b/a.jsonl", "../a.csv", "/a.csv", "a.zip", "__MACOSX/a.csv", "a.parquet"])
    entries = draw(
        st.lists(st.tuples(names | odd_text, delimited() | json_lines() | st.binary(max_size=50)), max_size=3)
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))) as archive:
        for name, data in entries:
            try:
                archive.writestr(name, data)
            except (UnicodeEncodeError, IndexError):
                continue
    return content.getvalue()


@st.composite
def damaged(draw, contents) -> bytes:
    content = bytearray(draw(contents))
    for _ in range(draw(st.integers(0, 4))):
        if content:
            content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(content)) | st.just(len(content)))])


files = damaged(delimited() | json_lines() | zips() | st.binary(max_size=200))


@FUZZ
@given(files, kinds, suffixes)
def test_reading_gives_a_table_or_a_refusal(content, kind, suffix):
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"team7{suffix}"
        file.write_bytes(content)
        try:
            table = read_submission(file, kind, KNOWN)
        except Refused as refused:
            assert refused.problems
            assert str(refused).isprintable() or str(refused).replace("\n", "").isprintable()
            str(refused).encode()
        else:
            assert len(table) in (1, 2)
        assert list(Path(folder).iterdir()) == [file]


@FUZZ
@given(st.dictionaries(st.sampled_from(CLIPS), st.text(max_size=60), min_size=2))
def test_any_text_that_is_taken_is_read_back_and_can_be_screened(texts):
    lines = "\n".join(json.dumps({"name": name, "text": text}) for name, text in texts.items())
    with TemporaryDirectory() as folder:
        file = Path(folder) / "team7.jsonl"
        file.write_text(lines)
        try:
            table = read_submission(file, "system", KNOWN)
        except Refused as refused:
            assert all("is empty" in problem or "NUL" in problem for problem in refused.problems)
            return
    assert table["description"].tolist() == [texts[clip].replace("\r\n", "\n").replace("\r", "\n") for clip in CLIPS]
    findings = screen(table.assign(system="team7", is_reference=False))
    assert all(evidence.isprintable() for evidence in findings["evidence"])


file_names = st.binary(min_size=1, max_size=255).map(lambda name: name.replace(b"/", b"_").replace(b"\0", b"_"))


@FUZZ
@given(file_names | st.sampled_from([b"../x.csv".replace(b"/", b"\\"), b"a.csv", b"-.csv", b"..csv"]), files, kinds)
def test_any_file_name_is_taken_or_refused_within_the_folder(name, content, kind):
    if name in (b".", b".."):
        return
    with TemporaryDirectory() as parent:
        submissions = Submissions(Path(parent) / "in")
        submissions.prepare()
        file = Path(os.fsdecode(os.fsencode(submissions.folder / f"{kind}s") + b"/" + name))
        file.write_bytes(content)
        taken = submissions.take(file, KNOWN)
        assert isinstance(taken, Version | Refused)
        assert [entry.name for entry in Path(parent).iterdir()] == ["in"]
        assert not list((submissions.folder / f"{kind}s").iterdir())
        assert submissions.versions() == ((taken,) if isinstance(taken, Version) else ())
        kept = [entry for sub in ("rejected", "accepted") for entry in (submissions.folder / sub).iterdir()]
        assert len(kept) == (1 if isinstance(taken, Version) else 2)
