"""The README runs, and so does the page that it sends to for registry entries."""

import re

import pytest

from emoprefer_assets.judges import read_registry
from emoprefer_assets.settings import PROJECT
from tests.docs.pages import DOCS, MOST_BYTES, README, blocks


@pytest.mark.parametrize("query", blocks(README, "sql"))
def test_each_query_has_an_answer(published_sample, query):
    assert published_sample.sql(query).fetchall()


def test_each_registry_entry_is_valid(tmp_path):
    (entries,) = blocks(DOCS / "add-a-judge.md", "yaml")
    (tmp_path / "judges.yaml").write_text(entries)
    assert len(read_registry(tmp_path / "judges.yaml").judges) == 9


def test_the_readme_is_two_screens():
    assert len(README.read_text().splitlines()) <= 140


def test_pictures_are_there_and_small():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text())
    assert len(pictures) == 3
    assert all((PROJECT / picture).stat().st_size < MOST_BYTES for picture in pictures)
