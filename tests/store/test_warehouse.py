import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from filelock import FileLock

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import claim_home
from emoprefer_assets.store import TABLES, Origin, Warehouse, run_step

CLIPS = pd.DataFrame(
    {"clip_id": ["c1", "c2"], "video": ["video/c1.mp4", None]}, columns=[name for name, *_ in TABLES["clips"].columns]
)


def prediction(judge, pair):
    row = dict.fromkeys(column for column, *_ in TABLES["s1_predictions"].columns)
    return row | {
        "judge": judge,
        "strategy": "s1",
        "round": 0,
        "swapped": False,
        "pair_id": pair,
        "verdict": "a1",
        "read_by": "rule",
    }


@pytest.fixture
def warehouse(tmp_path) -> Warehouse:
    claim_home(tmp_path)
    return Warehouse(tmp_path / "warehouse.duckdb")


def write(warehouse, name, rows, judge="", inputs=None) -> str:
    with warehouse.writing() as writing:
        return writing.replace(name, rows, Origin("1", inputs or {}, judge))


def versions_of(warehouse, *names) -> dict[str, str]:
    with warehouse.reading() as reading:
        return reading.versions(names)


def test_what_was_written_is_read_with_its_version(warehouse):
    version = write(warehouse, "clips", CLIPS, inputs={"data_files": "v"})
    clips = warehouse.frames("clips")["clips"]
    assert clips["clip_id"].tolist() == ["c1", "c2"]
    assert clips["video"].isna().tolist() == [False, True]
    assert versions_of(warehouse, "clips") == {"clips": version}
    assert warehouse.made()["clips", ""].inputs == {"data_files": "v"}
    assert warehouse.made()["clips", ""].rows == 2
    with warehouse.reading() as reading:
        assert reading.count("clips") == 2


def test_a_table_that_was_never_made_is_named(warehouse):
    with pytest.raises(EmopreferError, match=r'table "clips" has not been made yet. Run `emoprefer run`'):
        versions_of(warehouse, "clips")
    assert warehouse.frames("clips")["clips"].empty


def test_one_judges_rows_are_replaced_and_the_others_stay(warehouse):
    write(warehouse, "s1_predictions", pd.DataFrame([prediction("x", "p"), prediction("x", "q")]), "x")
    write(warehouse, "s1_predictions", pd.DataFrame([prediction("y", "p")]), "y")
    before = versions_of(warehouse, "s1_predictions")
    write(warehouse, "s1_predictions", pd.DataFrame([prediction("x", "p")]), "x")
    after = warehouse.frames("s1_predictions")["s1_predictions"]
    assert after[["judge", "pair_id"]].values.tolist() == [["y", "p"], ["x", "p"]]
    assert versions_of(warehouse, "s1_predictions") != before
    with warehouse.reading() as reading:
        assert reading.frame("s1_predictions", "y")["judge"].tolist() == ["y"]


def test_a_strategy_is_replaced_without_the_others_of_the_same_relation(warehouse):
    write(warehouse, "s1_predictions", pd.DataFrame([prediction("x", "p")]), "x")
    write(warehouse, "s2_predictions", pd.DataFrame([prediction("x", "p") | {"strategy": "s2"}]), "x")
    before = warehouse.made()["s2_predictions", "x"].version
    write(warehouse, "s1_predictions", pd.DataFrame([prediction("x", "q")]), "x")
    frames = warehouse.frames("s1_predictions", "s2_predictions")
    assert [frame["pair_id"].tolist() for frame in frames.values()] == [["q"], ["p"]]
    assert warehouse.made()["s2_predictions", "x"].version == before


def test_a_failed_write_leaves_the_old_tables_whole(warehouse):
    write(warehouse, "clips", CLIPS)
    before = warehouse.made()
    with (
        pytest.raises(EmopreferError, match="clips was not replaced: it would have two rows for clip_id 'c1'"),
        warehouse.writing() as writing,
    ):
        writing.replace(
            "annotations",
            TABLES["annotations"].frame([{"pair_id": "p", "annotator": "Ann", "vote": "a1"}]),
            Origin("1", {}),
        )
        writing.replace("clips", pd.concat([CLIPS, CLIPS]), Origin("1", {}))
    assert len(warehouse.frames("clips")["clips"]) == 2
    assert warehouse.made() == before


def test_equal_content_has_equal_versions_whatever_its_order_and_dtype(warehouse):
    version = write(warehouse, "clips", CLIPS)
    assert write(warehouse, "clips", CLIPS.astype("object")) == version
    assert write(warehouse, "clips", CLIPS.iloc[::-1]) == version
    assert write(warehouse, "clips", CLIPS.head(1)) != version
    assert write(warehouse, "clips", CLIPS.assign(video=["video/c1.mp4", "video/c2.mp4"])) != version


def test_the_rows_of_a_relation_are_written_as_those_of_a_frame(warehouse):
    version = write(warehouse, "clips", CLIPS)
    with warehouse.writing() as writing:
        writing.connection.execute("create temp table made as from clips")
        assert writing.replace("clips", "made", Origin("1", {})) == version
    assert len(warehouse.frames("clips")["clips"]) == 2


def test_a_part_that_was_refused_is_kept_and_makes_what_is_made_from_it_stale(warehouse):
    write(warehouse, "s1_predictions", pd.DataFrame([prediction("x", "p")]), "x")
    before = versions_of(warehouse, "s1_predictions")
    found = []
    for why in ("broken", "broken", "worse"):
        with warehouse.writing() as writing:
            writing.refuse("s1_predictions", "x", why)
        found.append(versions_of(warehouse, "s1_predictions"))
    assert found[0] == found[1] and before != found[0] != found[2] != before
    assert len(warehouse.frames("s1_predictions")["s1_predictions"]) == 1


def test_a_transaction_that_fails_leaves_the_file_as_it_was_and_open_to_the_next(warehouse):
    write(warehouse, "clips", CLIPS)
    with pytest.raises(ZeroDivisionError), warehouse.writing() as writing:
        writing.connection.execute("delete from clips")
        raise ZeroDivisionError
    assert len(warehouse.frames("clips")["clips"]) == len(CLIPS)


def read_before_and_behind_a_fork(file):
    warehouse = Warehouse(file)
    found = len(warehouse.frames("clips")["clips"])
    child = os.fork()
    if not child:
        code = 1
        try:
            code = int(len(warehouse.frames("clips")["clips"]) != found)
        finally:
            os._exit(code)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def test_a_forked_process_opens_the_file_too(warehouse):
    write(warehouse, "clips", CLIPS)
    # In a process of its own: threads of other tests may hold locks that a fork would keep for ever.
    reader = multiprocessing.get_context("spawn").Process(target=read_before_and_behind_a_fork, args=(warehouse.file,))
    reader.start()
    reader.join()
    assert reader.exitcode == 0


@pytest.mark.parametrize("change", ["drop column audio", "add primary key (clip_id)"])
def test_a_table_of_another_version_of_the_tool_is_made_anew(warehouse, change):
    write(warehouse, "clips", CLIPS)
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute(f"alter table clips {change}")
    assert ("clips", "") not in warehouse.made()
    write(warehouse, "clips", CLIPS)


def test_the_published_copy_has_comments_keys_and_views(warehouse, tmp_path):
    write(warehouse, "clips", CLIPS)
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
    write(warehouse, "clips", CLIPS)
    warehouse.publish(target)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout.readline() == "2\n"
        write(warehouse, "clips", CLIPS.head(1))
        warehouse.publish(target)
        reader.stdin.write("go on\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "2\n"
    with duckdb.connect(str(target), read_only=True) as again:
        assert again.sql("select count(*) from clips").fetchall() == [(1,)]


def test_a_copy_that_another_process_writes_is_not_taken_for_one_that_was_left(warehouse, tmp_path):
    target = tmp_path / "published.duckdb"
    theirs = tmp_path / ".published.duckdb.unfinished.theirs"
    theirs.mkdir()
    publishing = threading.Thread(target=warehouse.publish, args=(target,))
    with FileLock(warehouse.file.with_suffix(".lock")):
        publishing.start()
        publishing.join(0.5)
        assert publishing.is_alive() and theirs.exists()
    publishing.join()
    assert target.exists() and not theirs.exists()


def test_a_warehouse_open_elsewhere_is_an_error_that_says_so(warehouse):
    write(warehouse, "clips", CLIPS)
    holder = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.readline()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(warehouse.file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        other.stdout.readline()
        with pytest.raises(EmopreferError, match=r"warehouse.duckdb is open in another program"):
            warehouse.frames("clips")
        other.stdin.write("\n")
        other.stdin.flush()


def test_every_sql_step_runs_by_hand_on_the_tables(warehouse, tmp_path):
    write(warehouse, "clips", CLIPS)
    warehouse.publish(tmp_path / "published.duckdb")
    steps = sorted((Path(__file__).parents[2] / "sql" / "steps").glob("*.sql"))
    assert steps
    with duckdb.connect(str(tmp_path / "published.duckdb"), read_only=True) as published:
        for step in steps:
            published.sql(step.read_text()).fetchall()


def consensus(rule, votes, published=None):
    raw = pd.DataFrame(
        {
            "pair_id": ["p1", "p2", "p3"],
            "clip_id": "c",
            "system1": "x",
            "a1": "u",
            "system2": "y",
            "a2": "v",
            "published_preference": published,
            "position": [1, 2, 3],
        }
    )
    annotations = pd.DataFrame(votes, columns=["pair_id", "annotator", "vote"]).astype("str")
    people = pd.DataFrame({"annotator": ["Ann", "Bo", "Cy", "Di"], "qualified": [True, True, True, False], "votes": 0})
    found = run_step(
        "consensus_pairs", {"consensus_rule": rule}, raw_pairs=raw, annotations=annotations, annotators=people
    )
    return found.set_index("pair_id")["preference"].to_dict(), set(found["provenance"])


VOTES = [
    ("p1", "Ann", "a1"),
    ("p1", "Bo", "a1"),
    ("p1", "Cy", "a1"),
    ("p1", "Di", "a2"),
    ("p2", "Ann", "a1"),
    ("p2", "Bo", "a1"),
    ("p2", "Cy", "a2"),
    ("p3", "Ann", "a1"),
    ("p3", "Di", "a1"),
]


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


def test_a_home_without_a_warehouse_has_made_nothing(warehouse):
    assert warehouse.made() == {}
    assert not warehouse.file.exists()


def test_a_warehouse_that_is_put_aside_is_empty_and_its_file_is_kept(warehouse):
    write(warehouse, "clips", CLIPS)
    warehouse.put_aside()
    assert warehouse.made() == {}
    with duckdb.connect(str(warehouse.file.with_name("warehouse.duckdb.before")), read_only=True) as kept:
        assert kept.sql("select count(*) from clips").fetchall() == [(2,)]


def test_putting_nothing_aside_is_no_error(warehouse):
    warehouse.put_aside()
    assert warehouse.made() == {}


def test_a_failed_publication_leaves_the_old_copy_and_nothing_beside_it(warehouse, tmp_path, monkeypatch):
    target = tmp_path / "out" / "published.duckdb"
    write(warehouse, "clips", CLIPS)
    warehouse.publish(target)
    before = target.read_bytes()
    monkeypatch.setattr("emoprefer_assets.store.warehouse.views", lambda: {"broken": "create view v as from nowhere"})
    with pytest.raises(duckdb.Error, match="nowhere"):
        warehouse.publish(target)
    assert target.read_bytes() == before
    assert [file.name for file in target.parent.iterdir()] == [target.name]


def test_inspecting_counts_what_is_there_and_names_what_another_version_defined(warehouse):
    write(warehouse, "clips", CLIPS)
    write(warehouse, "s1_predictions", pd.DataFrame([prediction("x", "p")]), "x")
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
        warehouse.frames("clips")


def test_who_waits_too_long_for_another_process_is_told_so(warehouse):
    with FileLock(warehouse.file.with_suffix(".lock")), pytest.raises(EmopreferError, match=r"in use .* for 0.1 s"):
        warehouse.inspect(0.1)
