"""The README runs: its queries, its registry entries, its settings."""

import re

import duckdb
import pytest

from emoprefer_assets.cli import main
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.judges import read_registry
from emoprefer_assets.settings import PROJECT, current_settings

README = (PROJECT / "README.md").read_text()
SHIPPED = (PROJECT / "data" / "judges.yaml").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The shipped registry without its language model, evaluated on the sample."""
    folder = tmp_path_factory.mktemp("readme")
    registry = (
        SHIPPED[: SHIPPED.index("  # A small language model")] + SHIPPED[SHIPPED.index("  # Recorded predictions") :]
    )
    registry = registry.replace("sample", str(PROJECT / "data" / "sample"))
    (folder / "judges.yaml").write_text(registry)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOPREFER_HOME", str(folder / "home"))
        patch.setenv("EMOPREFER_DB", str(folder / "published.duckdb"))
        patch.setenv("EMOPREFER_JUDGES", str(folder / "judges.yaml"))
        patch.setenv("DAGSTER_HOME", str(PROJECT))
        (folder / "home").mkdir()
        assert not evaluate(current_settings()).failures
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("query", blocks("sql"))
def test_each_query_has_an_answer(published, query):
    assert published.sql(query).fetchall()


def test_there_are_five_queries():
    assert len(blocks("sql")) >= 5


def test_each_registry_entry_is_valid(tmp_path):
    (entries,) = blocks("yaml")
    (tmp_path / "judges.yaml").write_text(entries)
    assert len(read_registry(tmp_path / "judges.yaml").judges) == 6


def test_each_setting_is_documented():
    code = (PROJECT / "emoprefer_assets" / "settings.py").read_text()
    for variable in set(re.findall(r"EMOPREFER_[A-Z_]+", code)):
        assert f"`{variable}`" in README


def test_each_command_is_documented():
    for command in main.commands:
        assert f"emoprefer {command}" in README
