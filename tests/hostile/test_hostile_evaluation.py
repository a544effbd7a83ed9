"""A data set and submissions made of attacks go all the way, as texts: intake, warehouse, boards, commands."""

import json
import os
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from emoprefer_assets.cli import main
from emoprefer_assets.datasets import pair_id_of
from emoprefer_assets.intake import handed_in, take_in
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import RELATIONS, TABLES, Origin, Warehouse
from emoprefer_assets.submissions import Known, Refused, Submissions
from tests.conftest import write_csv
from tests.hostile.attacks import ATTACKS, hostile, would_act_in_a_terminal

pytestmark = pytest.mark.slow

QUIET_SECONDS = 0.05
# A CSV file's own reader takes a lone carriage return for the end of a line, and drops a mark of the byte order. A name
# of blanks alone is none.
CLIPS = [attack for attack in ATTACKS if "\r" not in attack and "\ufeff" not in attack and attack.strip()]
SYSTEMS = ("'; drop table leaderboard; --", "=cmd|'/c calc'!A1", "\x1b]0;title\x07[red]<b>", "../../outside")
FILE_NAMES = [name for name in ATTACKS if "/" not in name and "\0" not in name]


@pytest.fixture
def hostile_data(settings, tmp_path, monkeypatch):
    """Clips, systems and descriptions that are attacks; the working directory is where a shell would leave its mark."""
    folder = tmp_path / "data"
    folder.mkdir()
    pairs = [
        [
            f"p{place}",
            clip,
            SYSTEMS[place % 4],
            f"{attack} is glad.",
            SYSTEMS[(place + 1) % 4],
            f"{attack} is sad indeed.",
        ]
        for place, (clip, attack) in enumerate(zip(CLIPS, reversed(CLIPS), strict=True))
    ]
    write_csv(folder / "pairs.csv", ["pair", "name", "system1", "a1", "system2", "a2"], pairs)
    votes = [[f"p{place}", who, "a1" if place % 3 else "a2"] for place in range(len(pairs)) for who in SYSTEMS[:2]]
    write_csv(folder / "votes.csv", ["pair", "annotator", "vote"], votes)
    (folder / "dataset.yaml").write_text('name: "[red]x[/red]"\nnote: "=1+1 <script>"\n')
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(folder))
    monkeypatch.setenv("EMOPREFER_ROUNDS", "1")
    monkeypatch.setenv("EMOPREFER_BATTLES_PER_SYSTEM", "20")
    monkeypatch.setenv("EMOPREFER_BATTLE_ROUNDS", "0")
    yield current_settings()
    assert list((tmp_path / "cwd").iterdir()) == []
    assert not Path("/tmp/outside").exists()
    names = {path.name for path in tmp_path.rglob("*")}
    assert not {"outside", "x", "passwd"} & names


def emoprefer(*arguments):
    result = CliRunner().invoke(main, arguments)
    assert "Traceback" not in result.output
    assert not would_act_in_a_terminal(result.output), arguments
    return result


def query(settings, sql):
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def test_a_competition_made_of_attacks_ends_in_a_board_of_texts(hostile_data, tmp_path):
    settings = hostile_data
    entry = tmp_path / "\x1b[31m$(touch outside).jsonl"
    texts = {clip: f"{attack} and glad." for clip, attack in zip(CLIPS, [*CLIPS[3:], *CLIPS[:3]], strict=True)}
    entry.write_text("\n".join(json.dumps({"name": clip, "text": text}) for clip, text in texts.items()))
    emoprefer("check", str(entry))
    assert emoprefer("submit", str(entry), "--as", "system", "--name", "team7").exit_code == 0
    assert emoprefer("release", "team7", "--by", "\x1b[31mme").exit_code == 0
    assert emoprefer("run").exit_code == 0
    assert {system for (system,) in query(settings, "select system from leaderboard")} == {*SYSTEMS, "team7"}
    assert {clip for (clip,) in query(settings, "select clip_id from clips")} == set(CLIPS)
    kept = query(settings, "select clip_id, description from entries where system = 'team7'")
    assert dict(kept) == texts

    for form in ("--as-csv", "--as-json", "--as-markdown", "--mask"):
        assert emoprefer("leaderboard", "--source", "longer", form).exit_code == 0
    for source in ("\x1b[31m", "'; drop table leaderboard; --"):
        assert emoprefer("leaderboard", "--source", source).exit_code == 1
        assert emoprefer("boards", "--source", source).exit_code == 1
    emoprefer("boards")
    emoprefer("submissions")
    emoprefer("judges")


def test_dropped_files_with_hostile_names_are_refused_and_their_reports_can_be_shown(hostile_data):
    settings = hostile_data
    submissions = Submissions(settings.submissions_dir)
    submissions.prepare()
    for place, name in enumerate(FILE_NAMES):
        kind = ("systems", "judges")[place % 2]
        (settings.submissions_dir / kind / f"a{name}{('.csv', '.zip', '.jsonl', '.parquet')[place % 4]}").write_text(
            "x"
        )
    os.sync()
    lines = []
    outcomes = take_in(settings, QUIET_SECONDS - 1, say=lines.append)
    assert len(outcomes) == len(FILE_NAMES)
    assert all(isinstance(outcome, Refused) for outcome in outcomes)
    assert not [line for line in lines if would_act_in_a_terminal(line)]
    reports = list((settings.submissions_dir / "rejected").glob("*.report.txt"))
    assert len(reports) == len(FILE_NAMES)
    assert not [report for report in reports if would_act_in_a_terminal(report.read_text())]
    assert handed_in(settings).versions == ()


entry_names = hostile | st.sampled_from(
    ["a.csv", "../a.csv", "/etc/a.csv", "a/../../b.csv", "C:\\a.csv", "\\\\h\\a.csv"]
)


@examples(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(entry_names, min_size=1, max_size=3), hostile)
def test_a_zip_is_unpacked_nowhere_whatever_its_entries_are_called(names, comment):
    pair = ("clip", "A.", "B.")
    known = Known(("clip",), pd.DataFrame([[pair_id_of(*pair), *pair]], columns=["pair_id", "clip_id", "a1", "a2"]))
    with TemporaryDirectory() as parent:
        file = Path(parent) / "team7.zip"
        with zipfile.ZipFile(file, "w") as archive:
            archive.comment = comment.encode()
            for name in dict.fromkeys(names):
                info = zipfile.ZipInfo("a")
                info.filename = name
                archive.writestr(info, "name,description\nclip,He is glad.\n")
        submissions = Submissions(Path(parent) / "in")
        try:
            submissions.submit(file, "system", "team7", known)
        except Refused as refused:
            assert not would_act_in_a_terminal(str(refused))
        else:
            assert [name for name in names if name.lower().endswith((".csv", ".csv/"))]
        assert {path.name for path in Path(parent).iterdir()} <= {"in", "team7.zip"}
        written = {path.relative_to(parent).parts[1] for path in (Path(parent) / "in").rglob("*")}
        assert written <= {"systems", "judges", "rejected", "accepted", "register.jsonl", "register.lock"}


@examples(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(hostile, hostile, hostile), min_size=1, max_size=5, unique_by=lambda row: row[:2]))
def test_the_warehouse_and_its_published_copy_hold_every_text_as_it_is(rows):
    with TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder) / 'it\'s a "home"; --' / "warehouse.duckdb")
        frame = TABLES["entries"].frame([(system, clip, text, None, "open") for system, clip, text in rows])
        with warehouse.writing() as writing:
            writing.replace("entries", frame, Origin("code", {text: clip for _, clip, text in rows}))
        assert warehouse.frames("entries")["entries"]["description"].tolist() == [row[2] for row in rows]
        published = Path(folder) / "it's 'published'.duckdb"
        warehouse.publish(published)
        with duckdb.connect(str(published), read_only=True) as connection:
            assert connection.sql("select system, clip_id, description from entries order by rowid").fetchall() == rows
            tables = {name for (name,) in connection.sql("select table_name from duckdb_tables()").fetchall()}
        assert set(RELATIONS) <= tables


@examples(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(hostile.filter(bool), hostile.filter(bool))
def test_one_judges_part_is_replaced_whatever_another_is_called(one, other):
    if one == other:
        return
    with TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder) / "warehouse.duckdb")
        table = TABLES["judge_costs"]
        for judge in (one, other):
            row = {name: 1 for name in table.column_names} | {"judge": judge, "step": "s1", "asked": judge}
            with warehouse.writing() as writing:
                writing.replace("judge_costs", pd.DataFrame([row]), Origin("code", {}, judge))
        with warehouse.writing() as writing:
            writing.replace("judge_costs", table.frame(), Origin("code", {}, one))
        assert warehouse.frames("judge_costs")["judge_costs"]["judge"].tolist() == [other]
