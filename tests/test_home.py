"""Two versions of the tool on one home: the older one refuses, the newer one brings it forward."""

import hashlib
import json

import duckdb
import pytest

from emoprefer_assets import home
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.home import FORMAT, claim_home
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import TABLES, CallCache, Warehouse
from tests.resilience.disks import read_only
from tests.resilience.tables import tables_in

# Of tables, and of what is on record, by format.
FINGERPRINTS = {1: "5ab2e7f05f92fe69", 2: "012ebe7da451d4bb", 3: "226bcf43c39859c6", 4: "31a43184844d9c4b"}


def number(folder):
    return json.loads((folder / "format.json").read_text())["format"]


def test_a_new_home_and_one_without_a_number_get_one(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "warehouse.duckdb").write_bytes(b"")
    for folder in (tmp_path / "new", tmp_path / "old"):
        claim_home(folder)
        assert number(folder) == FORMAT


def test_a_newer_home_is_refused_and_stays_as_it_is(evaluated_four_pairs):
    settings = evaluated_four_pairs
    (settings.home / "format.json").write_text(json.dumps({"format": FORMAT + 1}))
    before = settings.warehouse.read_bytes()
    with pytest.raises(EmopreferError, match=r"home was written by a newer version .* Install the newer version"):
        evaluate(Run(current_settings()))
    with pytest.raises(EmopreferError, match="newer version"):
        Warehouse(settings.warehouse).put_aside()
    assert settings.warehouse.read_bytes() == before


def test_an_older_home_is_brought_forward_once_step_by_step(tmp_path, monkeypatch):
    claim_home(tmp_path)
    done = []
    monkeypatch.setattr(
        home, "MIGRATIONS", {FORMAT: lambda _: done.append("a"), FORMAT + 1: lambda _: done.append("b")}
    )
    monkeypatch.setattr(home, "FORMAT", FORMAT + 2)
    claim_home(tmp_path)
    claim_home(tmp_path)
    assert (done, number(tmp_path)) == (["a", "b"], FORMAT + 2)


def test_a_migration_that_fails_is_tried_again(tmp_path, monkeypatch):
    claim_home(tmp_path)
    tries = []

    def fail_once(folder):
        tries.append(folder)
        if len(tries) == 1:
            raise OSError("no space")

    monkeypatch.setattr(home, "MIGRATIONS", {FORMAT: fail_once})
    monkeypatch.setattr(home, "FORMAT", FORMAT + 1)
    with pytest.raises(OSError, match="no space"):
        claim_home(tmp_path)
    assert number(tmp_path) == FORMAT
    claim_home(tmp_path)
    assert (tries, number(tmp_path)) == ([tmp_path, tmp_path], FORMAT + 1)


@pytest.mark.parametrize("content", ["", "[]", '{"format": "two"}', '{"format": 0}', "{}"])
def test_a_damaged_number_is_named(tmp_path, content):
    (tmp_path / "format.json").write_text(content)
    with pytest.raises(EmopreferError, match=r"format.json is damaged. If this version has written the home, put"):
        claim_home(tmp_path)


def test_a_table_that_another_version_defined_differently_is_made_anew_without_a_call(evaluated_four_pairs):
    settings = evaluated_four_pairs
    before = tables_in(settings.warehouse)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("drop table judge_scores; create table judge_scores (judge varchar, score double)")
    assert "judge_scores" in evaluate(Run(current_settings())).tables
    assert tables_in(settings.warehouse) == before


def test_a_change_of_tables_or_records_raises_the_format(tmp_path):
    """Fails where columns or entries changed: raise FORMAT, add its line, and a migration where records changed."""
    with CallCache(tmp_path, "j").open() as cache:
        cache.take_over([{"key": "k", "answered": True}])
        (call,) = cache.calls()
    columns = [(name, [column[:2] for column in table.columns]) for name, table in sorted(TABLES.items())]
    said = json.dumps([columns, sorted(call)])
    assert FINGERPRINTS[FORMAT] == hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def test_a_format_that_needs_a_migration_is_not_left_without_one(tmp_path, monkeypatch):
    (tmp_path / "format.json").write_text('{"format": 2}')
    monkeypatch.setattr(home, "MIGRATIONS", {})
    with pytest.raises(RuntimeError, match=r"import emoprefer_assets.store first"):
        claim_home(tmp_path)
    assert number(tmp_path) == 2


def test_an_older_home_that_may_not_be_written_is_told(tmp_path):
    (tmp_path / "format.json").write_text('{"format": 2}')
    (tmp_path / "ledger" / "j").mkdir(parents=True)
    (tmp_path / "ledger" / "j" / "calls.jsonl").write_text('{"key": "k", "answered": true}\n')
    with read_only(tmp_path):
        with pytest.raises(EmopreferError, match=r"has format 2 and has to be brought to 4, but may not be written"):
            claim_home(tmp_path)
        assert number(tmp_path) == 2
    claim_home(tmp_path)
    assert number(tmp_path) == FORMAT
