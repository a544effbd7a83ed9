"""What README shows is what the command prints."""

import pytest
from click.testing import CliRunner

from emoprefer_assets.cli import main
from tests.docs.pages import README, blocks


def shown() -> list[str]:
    """The parts of README's output, which stand between dots; the last one is about the run, not the boards."""
    (output,) = [block for block in blocks(README) if block.startswith("Data set EmoPrefer sample")]
    return [part.strip() for part in output.split("\n...\n")]


def boards_of(database) -> str:
    environment = {"EMOPREFER_DB": str(database), "COLUMNS": "110"}
    return CliRunner().invoke(main, ["boards"], env=environment, catch_exceptions=False).output


def lines_that_differ(parts: list[str], printed: str) -> list[str]:
    there = {line.rstrip() for line in printed.splitlines()}
    return [line for part in parts for line in part.splitlines() if line.rstrip() not in there]


@pytest.mark.slow
def test_the_boards_are_those_of_the_embedded_data_set(sample_by_make_run):
    """All judges of the shipped registry, asked anew."""
    assert lines_that_differ(shown()[:-1], boards_of(sample_by_make_run / "published.duckdb")) == []
