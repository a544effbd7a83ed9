"""The README runs: its queries, its registry entries, its settings."""

import re

import pytest

from emoprefer_assets.cli import main
from emoprefer_assets.judges import read_registry
from emoprefer_assets.settings import PROJECT

README = (PROJECT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("query", blocks("sql"))
def test_each_query_has_an_answer(published_sample, query):
    assert published_sample.sql(query).fetchall()


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
