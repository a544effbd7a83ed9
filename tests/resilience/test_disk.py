"""Full disks, disks that cannot be written, and files on several: real file systems, mounted for the test."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from emoprefer_assets.cli import main
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import CallCache
from tests.conftest import RULES
from tests.judges.chat_server import running_server
from tests.resilience.disks import fill
from tests.resilience.tables import tables_in

REMOTE = "  - {{name: remote, backend: openai, model: tiny, base_url: '{url}'}}\n"


@pytest.fixture
def server(settings, data_folder):
    with running_server() as server:
        settings.judges_file.write_text(RULES + REMOTE.format(url=server.url))
        yield server


def home_on(disk, monkeypatch):
    monkeypatch.setenv("EMOPREFER_HOME", str(disk / "home"))
    (disk / "home").mkdir()
    return current_settings()


@pytest.mark.slow
@pytest.mark.parametrize("left", [0, 20_000, 300_000, 1_500_000, 4_000_000])
def test_an_evaluation_on_a_full_disk_says_so_and_loses_nothing(disk, server, tmp_path, monkeypatch, left):
    evaluate(Run(current_settings()))
    wanted, asked = tables_in(current_settings().warehouse), len(server.questions)
    monkeypatch.setenv("EMOPREFER_DB", str(disk / "published.duckdb"))
    settings = home_on(disk, monkeypatch)
    evaluate(Run(settings), judges=["longer"])
    of_longer = {part: made for part, made in tables_in(settings.warehouse).items() if part[1] == "longer"}
    published = (disk / "published.duckdb").read_bytes()

    ballast = fill(disk, leave=left)
    result = CliRunner().invoke(main, ["run"])

    assert result.exit_code != 0
    assert "disk is full" in result.output, result.output
    assert "Traceback" not in result.output
    assert (disk / "published.duckdb").read_bytes() == published

    ballast.unlink()
    assert of_longer and of_longer.items() <= tables_in(settings.warehouse).items()
    kept = sum(call["answered"] for call in CallCache(settings.calls_folder, "remote").calls())
    so_far = len(server.questions)
    evaluate(Run(settings))
    assert tables_in(settings.warehouse) == wanted
    assert tables_in(disk / "published.duckdb") == wanted
    assert len(server.questions) - so_far == asked - kept


@pytest.mark.slow
def test_a_disk_that_is_full_when_publishing_leaves_the_old_copy(disk, server, monkeypatch):
    monkeypatch.setenv("EMOPREFER_DB", str(disk / "published.duckdb"))
    settings = current_settings()
    evaluate(Run(settings), judges=["longer"])
    before = (disk / "published.duckdb").read_bytes()
    ballast = fill(disk, leave=8192)
    with pytest.raises(EmopreferError, match=r"the disk is full .* Nothing stored is lost"):
        evaluate(Run(settings))
    assert (disk / "published.duckdb").read_bytes() == before
    assert {file.name for file in disk.iterdir()} == {"published.duckdb", "report.html", "ballast"}
    ballast.unlink()
    evaluate(Run(settings))
    assert tables_in(disk / "published.duckdb") == tables_in(settings.warehouse)


@pytest.mark.slow
def test_a_home_that_cannot_be_written_is_named(disk, server, monkeypatch):
    settings = home_on(disk, monkeypatch)
    evaluate(Run(settings))
    before = tables_in(settings.warehouse)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    result = CliRunner().invoke(main, ["run"])
    assert result.exit_code != 0
    assert "cannot be written" in result.output and "EMOPREFER_HOME" in result.output
    assert "Traceback" not in result.output
    # What was published can still be read.
    assert CliRunner().invoke(main, ["boards"]).exit_code == 0
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    assert evaluate(Run(settings)).tables == []
    assert tables_in(settings.warehouse) == before


@pytest.mark.slow
def test_home_database_data_and_submissions_may_lie_on_different_file_systems(disk, server, tmp_path, monkeypatch):
    evaluate(Run(current_settings()))
    wanted = tables_in(current_settings().warehouse)
    settings = home_on(disk, monkeypatch)
    elsewhere = Path("/tmp") if Path("/tmp").stat().st_dev != tmp_path.stat().st_dev else Path.home()
    folder = elsewhere / f"emoprefer-test-{os.getpid()}"
    folder.mkdir()
    try:
        monkeypatch.setenv("EMOPREFER_DB", str(folder / "published.duckdb"))
        evaluate(Run(current_settings()))
        assert len({path.stat().st_dev for path in (settings.home, folder, tmp_path)}) >= 2
        assert tables_in(folder / "published.duckdb") == wanted
    finally:
        shutil.rmtree(folder)
