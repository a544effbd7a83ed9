"""`python -m real_data FOLDER [NAME...]`: convert what is in FOLDER, evaluate it, and compare (docs/real-data.md)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from real_data.converting import MATERIAL, write
from real_data.figures import FIGURES

WORK = Path(os.environ.get("EMOPREFER_HOME") or ".emoprefer") / "real-data"


def evaluated(name: str, source: Path, work: Path) -> Path:
    """The database that `emoprefer run` publishes of one data set; what was evaluated before is not done again."""
    here = work / name
    write(MATERIAL[name](source), here)
    of_this = {
        "EMOPREFER_HOME": here / "home",
        "EMOPREFER_DB": here / "boards.duckdb",
        "EMOPREFER_DATA_DIR": here / "data",
        "EMOPREFER_JUDGES": here / "judges.yaml",
        "EMOPREFER_CONSENSUS": "majority",
    }
    others = {key: value for key, value in os.environ.items() if not key.startswith("EMOPREFER_")}
    command = [sys.executable, "-m", "emoprefer_assets.cli", "run"]
    subprocess.run(command, env=others | {key: str(value) for key, value in of_this.items()}, check=True)
    return here / "boards.duckdb"


def compared(name: str, database: Path) -> Table:
    """What the evaluation shows, beside what others say."""
    table = Table("", "shown", "expected", "", "source", title=name, box=None, title_justify="left")
    for figure in FIGURES[name]:
        shown = figure.shown(database)
        mark = "" if abs(shown - figure.expected) <= figure.within else "differs"
        table.add_row(figure.what, f"{shown:,.4g}", f"{figure.expected:,.4g}", mark, figure.source)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m real_data", description=__doc__)
    parser.add_argument("folder", type=Path, help="with the folders llmbar, pandalm, llmfao and audiojudge, or some")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(MATERIAL)}; all that are there")
    parser.add_argument("--work", type=Path, default=WORK, help="where homes and boards are kept")
    given = parser.parse_args()
    there = [name for name in MATERIAL if (given.folder / name.split("_")[0]).is_dir()]
    unknown = [name for name in given.names if name not in there]
    if unknown or not there:
        parser.error(f"{given.folder} has no folder for {', '.join(unknown) or 'any of ' + ', '.join(MATERIAL)}")
    console = Console()
    for name in given.names or there:
        console.print(compared(name, evaluated(name, given.folder, given.work)), "")


if __name__ == "__main__":
    main()
