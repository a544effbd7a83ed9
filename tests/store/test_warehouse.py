import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from filelock import FileLock

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.store import TABLES, Warehouse, content_version, run_step

CLIPS = pd.DataFrame(
    {"clip_id": ["c1", "c2"], "video": ["video/c1.mp4", None]}, columns=[name for name, *_ in TABLES["clips"].columns]
)


def prediction(judge, pair):
    row = dict.fromkeys(column for column, *_ in TABLES["s1_predictions"].columns)
    return row | {
        "judge": judge, "strategy": "s1", "round": 0, "swapped": False,
        "pair_id": pair, "verdict": "a1", "read_by": "rule",
    }  # fmt: skip


@pytest.fixture
def warehouse(tmp_path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def test_what_was_written_is_read_with_its_version(warehouse):
    version = warehouse.write("clips", CLIPS, "1", {"data_files": "v"})
    snapshot = warehouse.read(["clips"])
    assert snapshot.tables["clips"]["clip_id"].tolist() == ["c1", "c2"]
    assert snapshot.tables["clips"]["video"].isna().tolist() == [False, True]
    assert snapshot.versions == {"clips": version}
    assert warehouse.made()["clips", ""].inputs == {"data_files": "v"}


def test_a_table_that_was_never_made_is_named(warehouse):
    with pytest.raises(EmopreferError, match=r'table "clips" has not been made yet. Run `emoprefer run`'):
        warehouse.read(["clips"])


def test_one_judges_rows_are_replaced_and_the_others_stay(warehouse):
    warehouse.write("s1_predictions", pd.DataFrame([prediction("x", "p"), prediction("x", "q")]), "1", {}, judge="x")
    warehouse.write("s1_predictions", pd.DataFrame([prediction("y", "p")]), "1", {}, judge="y")
    before = warehouse.read(["s1_predictions"]).versions
    warehouse.write("s1_predictions", pd.DataFrame([prediction("x", "p")]), "1", {}, judge="x")
    after = warehouse.read(["s1_predictions"])
    assert after.tables["s1_predictions"][["judge", "pair_id"]].values.tolist() == [["y", "p"], ["x", "p"]]
    assert after.versions != before


def test_a_failed_write_leaves_the_old_table_whole(warehouse):
    warehouse.write("clips", CLIPS, "1", {})
    with pytest.raises(duckdb.ConstraintException):
        warehouse.write("clips", pd.concat([CLIPS, CLIPS]), "1", {})
    assert len(warehouse.read(["clips"]).tables["clips"]) == 2


def test_equal_content_has_equal_versions_whatever_the_dtype():
    assert content_version(CLIPS) == content_version(CLIPS.astype("object"))
    assert content_version(CLIPS) != content_version(CLIPS.iloc[::-1])


def test_a_table_of_another_version_of_the_tool_is_made_anew(warehouse):
    warehouse.write("clips", CLIPS, "1", {})
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute("alter table clips drop column audio")
    assert ("clips", "") not in warehouse.made()
    warehouse.write("clips", CLIPS, "1", {})


def test_the_published_copy_has_comments_keys_and_views(warehouse, tmp_path):
    warehouse.write("clips", CLIPS, "1", {})
    warehouse.publish(tmp_path / "it's published.duckdb")
    with duckdb.connect(str(tmp_path / "it's published.duckdb"), read_only=True) as published:
        uncommented = published.sql(
            "select table_name, column_name from duckdb_columns() join duckdb_tables() using (table_name) "
            "where duckdb_columns.comment is null or duckdb_tables.comment is null"
        ).fetchall()
        assert uncommented == []
        assert published.sql("select count(*) from predictions").fetchall() == [(0,)]
        assert published.sql("select clip_id from clips").fetchall() == [("c1",), ("c2",)]


READER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    print(connection.execute("select count(*) from clips").fetchone()[0], flush=True)
    sys.stdin.readline()
    print(connection.execute("select count(*) from clips").fetchone()[0], flush=True)
"""


def test_a_reader_neither_blocks_publishing_nor_sees_half_of_it(warehouse, tmp_path):
    target = tmp_path / "published.duckdb"
    warehouse.write("clips", CLIPS, "1", {})
    warehouse.publish(target)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout.readline() == "2\n"
        warehouse.write("clips", CLIPS.head(1), "1", {})
        warehouse.publish(target)
        reader.stdin.write("go on\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "2\n"
    with duckdb.connect(str(target), read_only=True) as again:
        assert again.sql("select count(*) from clips").fetchall() == [(1,)]


def test_a_warehouse_open_elsewhere_is_an_error_that_says_so(warehouse):
    warehouse.write("clips", CLIPS, "1", {})
    holder = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.readline()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(warehouse.file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        other.stdout.readline()
        with pytest.raises(EmopreferError, match=r"warehouse.duckdb is open in another program"):
            warehouse.read(["clips"])
        other.stdin.write("\n")
        other.stdin.flush()


def test_every_sql_step_runs_by_hand_on_the_tables(warehouse, tmp_path):
    warehouse.write("clips", CLIPS, "1", {})
    warehouse.publish(tmp_path / "published.duckdb")
    steps = sorted((Path(__file__).parents[2] / "sql" / "steps").glob("*.sql"))
    assert steps
    with duckdb.connect(str(tmp_path / "published.duckdb"), read_only=True) as published:
        for step in steps:
            published.sql(step.read_text()).fetchall()


def consensus(rule, votes, published=None):
    raw = pd.DataFrame(
        {
            "pair_id": ["p1", "p2", "p3"], "clip_id": "c", "system1": "x", "a1": "u", "system2": "y", "a2": "v",
            "published_preference": published, "position": [1, 2, 3],
        }
    )  # fmt: skip
    annotations = pd.DataFrame(votes, columns=["pair_id", "annotator", "vote"]).astype("str")
    people = pd.DataFrame({"annotator": ["Ann", "Bo", "Cy", "Di"], "qualified": [True, True, True, False], "votes": 0})
    found = run_step(
        "consensus_pairs", {"consensus_rule": rule}, raw_pairs=raw, annotations=annotations, annotators=people
    )
    return found.set_index("pair_id")["preference"].to_dict(), set(found["provenance"])


VOTES = [
    ("p1", "Ann", "a1"), ("p1", "Bo", "a1"), ("p1", "Cy", "a1"), ("p1", "Di", "a2"),
    ("p2", "Ann", "a1"), ("p2", "Bo", "a1"), ("p2", "Cy", "a2"),
    ("p3", "Ann", "a1"), ("p3", "Di", "a1"),
]  # fmt: skip


def test_unanimous_counts_qualified_annotators_only():
    assert consensus("unanimous", VOTES) == ({"p1": "a1"}, {"unanimous"})


def test_majority_needs_more_than_half_of_at_least_two():
    assert consensus("majority", VOTES) == ({"p1": "a1", "p2": "a1"}, {"majority"})


def test_published_labels_enter_with_that_provenance():
    found, provenance = consensus("unanimous", [], published=["a1", None, "same"])
    assert (found, provenance) == ({"p1": "a1", "p3": "same"}, {"published"})


def test_a_data_set_without_labels_keeps_all_pairs_unlabelled():
    found, provenance = consensus("unanimous", [])
    assert list(found) == ["p1", "p2", "p3"]
    assert provenance == {"unlabelled"}


def test_a_snapshot_names_the_versions_that_are_asked_for(warehouse):
    version = warehouse.write("clips", CLIPS, "1", {})
    warehouse.write("raw_pairs", TABLES["raw_pairs"].frame(), "1", {})
    snapshot = warehouse.read(["clips", "raw_pairs"])
    assert snapshot.versions_of(["clips"]) == {"clips": version}


def test_a_home_without_a_warehouse_has_made_nothing(warehouse):
    assert warehouse.made() == {}
    assert not warehouse.file.exists()


def test_a_warehouse_that_is_put_aside_is_empty_and_its_file_is_kept(warehouse):
    warehouse.write("clips", CLIPS, "1", {})
    warehouse.put_aside()
    assert warehouse.made() == {}
    with duckdb.connect(str(warehouse.file.with_name("warehouse.duckdb.before")), read_only=True) as kept:
        assert kept.sql("select count(*) from clips").fetchall() == [(2,)]


def test_putting_nothing_aside_is_no_error(warehouse):
    warehouse.put_aside()
    assert warehouse.made() == {}


def test_a_failed_publication_leaves_the_old_copy_and_nothing_beside_it(warehouse, tmp_path, monkeypatch):
    target = tmp_path / "out" / "published.duckdb"
    warehouse.write("clips", CLIPS, "1", {})
    warehouse.publish(target)
    before = target.read_bytes()
    monkeypatch.setattr("emoprefer_assets.store.warehouse.views", lambda: {"broken": "create view v as from nowhere"})
    with pytest.raises(duckdb.Error, match="nowhere"):
        warehouse.publish(target)
    assert target.read_bytes() == before
    assert [file.name for file in target.parent.iterdir()] == [target.name]


def test_inspecting_counts_what_is_there_and_names_what_another_version_defined(warehouse):
    warehouse.write("clips", CLIPS, "1", {})
    warehouse.write("s1_predictions", pd.DataFrame([prediction("x", "p")]), "1", {}, judge="x")
    assert warehouse.inspect(1) == (2, [])
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute("alter table clips drop column audio")
    assert warehouse.inspect(1) == (2, ["clips"])
    # Nothing was changed by looking.
    assert warehouse.inspect(1) == (2, ["clips"])


def test_a_database_that_is_no_warehouse_is_said_to_be_damaged(warehouse):
    duckdb.connect(str(warehouse.file)).close()
    with pytest.raises(EmopreferError, match=r"warehouse.duckdb is damaged .*Run `emoprefer rebuild`"):
        warehouse.inspect(1)


def test_a_file_that_is_no_database_is_said_to_be_damaged(warehouse):
    warehouse.file.write_bytes(b"no database at all" * 1000)
    with pytest.raises(EmopreferError, match=r"warehouse.duckdb is damaged .*Run `emoprefer rebuild`"):
        warehouse.read(["clips"])


def test_who_waits_too_long_for_another_process_is_told_so(warehouse):
    with FileLock(warehouse.file.with_suffix(".lock")), pytest.raises(EmopreferError, match=r"in use .* for 0.1 s"):
        warehouse.inspect(0.1)
