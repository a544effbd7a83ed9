"""Two versions of the tool on one home: the older one refuses, the newer one brings it forward."""

import hashlib
import json

import duckdb
import pytest

from emoprefer_assets import home
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.home import FORMAT, claim_home
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import TABLES, Ledger, Warehouse
from tests.conftest import RULES
from tests.judges.chat_server import running_server
from tests.resilience.tables import tables_in

# Of tables, and of what is on record, by format.
FINGERPRINTS = {1: "5ab2e7f05f92fe69", 2: "012ebe7da451d4bb"}
REMOTE = "  - {{name: remote, backend: openai, model: tiny, base_url: '{url}'}}\n"


def number(folder):
    return json.loads((folder / "format.json").read_text())["format"]


def test_a_new_home_and_one_without_a_number_get_one(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "warehouse.duckdb").write_bytes(b"")
    for folder in (tmp_path / "new", tmp_path / "old"):
        claim_home(folder)
        assert number(folder) == FORMAT


def test_a_newer_home_is_refused_and_stays_as_it_is(settings, data_folder):
    evaluate(current_settings())
    (settings.home / "format.json").write_text(json.dumps({"format": FORMAT + 1}))
    before = settings.warehouse.read_bytes()
    with pytest.raises(EmopreferError, match=r"home was written by a newer version .* Install the newer version"):
        evaluate(current_settings())
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


def test_a_table_that_another_version_defined_differently_is_made_anew_without_a_call(settings, data_folder):
    evaluate(current_settings())
    before = tables_in(settings.warehouse)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("drop table judge_scores; create table judge_scores (judge varchar, score double)")
    assert "judge_scores" in evaluate(current_settings()).tables
    assert tables_in(settings.warehouse) == before


def test_a_change_of_tables_or_records_raises_the_format(settings, data_folder):
    """Fails where columns or entries changed: raise FORMAT, add its line, and a migration where records changed."""
    with running_server() as server:
        settings.judges_file.write_text(RULES + REMOTE.format(url=server.url))
        evaluate(current_settings(), judges=["remote"])
    (call, *_) = Ledger(settings.ledger, "remote").calls()
    columns = [(name, [column[:2] for column in table.columns]) for name, table in sorted(TABLES.items())]
    said = json.dumps([columns, sorted(call)])
    assert FINGERPRINTS[FORMAT] == hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
