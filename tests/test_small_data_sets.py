"""Data sets in which something is missing altogether: every board, the report and the terminal work on them."""

import io
import json
import re

import pytest
from rich.console import Console

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.report import write_report
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.terminal import export_boards, print_boards
from tests.conftest import write_csv

LABELS = ["a1", "a2", "same", "a1", "a2", "same"]
SHAPES = {
    "no judge": {"recordings": False},
    "no label": {"labels": None},
    "no system": {"systems": False},
    "one clip": {"clips": 1},
    "one class": {"labels": ["a1"] * 6},
    "all ties": {"labels": ["same"] * 6},
    "one pair": {"labels": ["a2"], "clips": 1},
    "no judge and no label": {"recordings": False, "labels": None},
}


@pytest.fixture
def blank_page():
    """The report is part of what has to work."""


def write_shape(folder, recordings=True, labels=LABELS, systems=True, clips=6):
    """Six pairs with labels but no votes, a recorded judge that is right and one that always says same."""
    data = folder / "data"
    data.mkdir()
    pairs = [
        [f"clip{number % clips}", f"Glad, says text {number}.", f"Sad, so reads the text numbered {number}."]
        for number in range(len(labels or LABELS))
    ]
    labelled = [[*pair, label] for pair, label in zip(pairs, labels or LABELS, strict=True)]
    if labels is None:
        rows = [[f"p{number}", name, "A", one, "B", two] for number, (name, one, two) in enumerate(pairs)]
        write_csv(data / "pairs.csv", ["pair", "name", "system1", "a1", "system2", "a2"], rows)
    else:
        write_csv(data / "preference_x.csv", ["name", "a1", "a2", "preference"], labelled)
        if systems:
            rows = [[name, "A", one, "B", two, label] for name, one, two, label in labelled]
            columns = ["name", "model1", "a1", "model2", "a2", "preference"]
            write_csv(data / "preference_x_with_modelnames.csv", columns, rows)
    entries = []
    if recordings:
        said = {"right": [row[-1] for row in labelled], "tie": ["same"] * len(pairs)}
        for name, verdicts in said.items():
            rows = [[*pair, verdict] for pair, verdict in zip(pairs, verdicts, strict=True)]
            write_csv(folder / f"{name}.csv", ["name", "a1", "a2", "preference"], rows)
            entries.append(f"  - {{name: {name}, backend: replay, path: {name}.csv}}\n")
    (folder / "judges.yaml").write_text("judges:\n" + "".join(entries) if entries else "judges: []\n")


def printed(database):
    console = Console(file=io.StringIO(), width=200)
    print_boards(database, console)
    return console.file.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_every_board_the_report_and_the_terminal_work(shape, settings, tmp_path, monkeypatch):
    write_shape(tmp_path, **SHAPES[shape])
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(tmp_path / "data"))
    here = current_settings()
    report = evaluate(Run(here))
    assert not report.failures
    assert "report" in report.tables
    text = printed(here.database)
    assert not re.search(r"\bnan\b|\binf\b|None", text), text
    json.loads(export_boards(here.database))
    assert "</html>" in write_report(here).read_text()
    if SHAPES[shape].get("clips") == 1:
        # An interval without width would say that all is certain.
        assert not re.search(r"[+]0\.\.[+]0|-100\.\.-100", text), text
