"""Nobody at the keyboard: `dagster dev` runs, files are dropped, the published board follows."""

import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.conftest import write_csv
from tests.dagster_dev import DagsterDev, running_dagster

PATIENCE_SECONDS = 400


@pytest.fixture
def dagster_dev(competition, tmp_path: Path) -> Iterator[DagsterDev]:
    with running_dagster(tmp_path / "dagster.log") as running:
        yield running


@pytest.mark.slow
def test_dropped_files_change_the_published_board_by_themselves(competition, dagster_dev):
    """Three systems, of which one is broken and one a null model, and one judge."""
    folder = competition.settings.submissions_dir
    competition.team("splendid", quality=4)
    empty = "The person shows an emotion that suits the situation, in face and voice."
    competition.team("null_model", quality=5, **{f"sample_{number:03d}": empty for number in range(1, 25)})
    competition.team("broken", quality=2).write_text("name,description\nsample_999,She is sad.\n")
    pairs = pd.read_csv(competition.settings.data_dir / "pairs.csv")
    (folder / "judges").mkdir(exist_ok=True)
    write_csv(
        folder / "judges" / "oracle.csv",
        ["name", "a1", "a2", "preference"],
        [[*row, "a1"] for row in pairs[["name", "a1", "a2"]].to_numpy().tolist()],
    )

    deadline = time.monotonic() + PATIENCE_SECONDS
    while "splendid" not in ranked(competition):
        assert time.monotonic() < deadline, dagster_dev.log.read_text()[-4000:]
        time.sleep(2)

    assert ranked(competition) == ["splendid", "north", "south", "west"]
    assert set(competition.query("select state, rank from leaderboard where system = 'null_model'")) == {
        ("quarantined", None)
    }
    assert competition.query("select name, kind, state from submissions order by name") == [
        ("null_model", "system", "quarantined"),
        ("oracle", "judge", "open"),
        ("splendid", "system", "open"),
    ]
    assert competition.query("select kind from judge_board where judge = 'oracle'") == [("judge",)]
    assert (folder / "rejected" / "broken.csv.report.txt").exists()


def ranked(competition) -> list[str]:
    board = "select system from leaderboard where source = 'crowd' and state = 'ranked' order by rank"
    try:
        return [system for (system,) in competition.query(board)]
    except duckdb.Error:
        # Nothing has been published yet.
        return []
