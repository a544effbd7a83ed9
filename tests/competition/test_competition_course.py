"""A competition from its opening to a board rebuilt elsewhere: deadline, hidden clips, freeze, archive."""

import csv
import io
import json
import re
import shutil
import zipfile
from datetime import UTC, datetime, timedelta

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner

from emoprefer_assets.cli import main
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.intake import take_in
from emoprefer_assets.run import Run
from emoprefer_assets.store import CallCache
from emoprefer_assets.submissions import CompetitionBook, Refused, Submissions
from tests.competition.conftest import CLIPS

TOMORROW = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}"


def emoprefer(*arguments, code=0):
    done = CliRunner().invoke(main, [str(word) for word in arguments])
    assert done.exit_code == code, done.output
    return done.output


def evaluated(competition):
    take_in(competition.settings, quiet_seconds=0)
    assert evaluate(Run(competition.settings)).failures == {}


def test_what_landed_before_the_close_is_taken_and_what_came_later_is_refused(competition):
    said = emoprefer("competition", "open", "--until", TOMORROW)
    assert said == f"Open until {TOMORROW.replace('T', ' ')}:00 UTC.\n"
    early = competition.team("early", quality=3)
    closed = emoprefer("competition", "close").strip()
    assert re.fullmatch(r"Closed on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.", closed)
    late = competition.team("late", quality=3)
    first, second = take_in(competition.settings, quiet_seconds=0)
    assert (first.name, early.exists()) == ("early", False)
    assert isinstance(second, Refused) and f"the competition c{closed[1:-1]}; this came on" in second.problems[0]
    copy = competition.settings.home / "copy.csv"
    copy.write_bytes((late.parent.parent / "rejected" / "late.csv").read_bytes())
    assert f"the competition c{closed[1:-1]}" in emoprefer("submit", copy, "--as", "system", "--name", "late", code=1)
    assert [version.name for version in Submissions(competition.settings.submissions_dir).versions()] == ["early"]
    # Who opens it again takes it.
    emoprefer("competition", "open", "--until", TOMORROW)
    emoprefer("submit", copy, "--as", "system", "--name", "late")


def test_a_deadline_is_in_utc_unless_it_says_its_zone_and_never_past(competition):
    assert "Open until 2999-12-31 15:59:00 UTC." in emoprefer(
        "competition", "open", "--until", "2999-12-31T23:59+08:00"
    )
    assert "2020-01-01 00:00:00 UTC is past" in emoprefer("competition", "open", "--until", "2020-01-01", code=1)
    assert "is no time" in emoprefer("competition", "open", "--until", "soon", code=1)


def test_hidden_clips_count_for_the_organisers_alone_until_the_freeze(competition, tmp_path):
    (tmp_path / "hidden.txt").write_text("\n".join(CLIPS[:8]) + "\n")
    emoprefer("competition", "open", "--until", TOMORROW, "--hidden", tmp_path / "hidden.txt")
    competition.team("splendid", quality=4)
    evaluated(competition)

    def clips(*options):
        rows = json.loads(emoprefer("leaderboard", "--as-json", *options))
        return {row["system"]: row["clips"] for row in rows}

    public, everything = clips(), clips("--all-clips")
    assert public.keys() == everything.keys() == {"splendid", "north", "south", "west"}
    assert (public["splendid"], everything["splendid"]) == (16, 24)
    assert "8 hidden clips, which count when the competition is frozen" in emoprefer("leaderboard", "--as-markdown")
    assert "not to be published" in emoprefer("leaderboard", "--all-clips")
    emoprefer("competition", "freeze", tmp_path / "board")
    assert clips() == everything


def test_a_share_of_clips_is_drawn_and_clips_that_are_not_there_are_named(competition, tmp_path):
    emoprefer("competition", "open", "--until", TOMORROW, "--hidden", "0.25")
    hidden = CompetitionBook(competition.settings.competition_book).state().hidden
    assert len(set(hidden) & set(CLIPS)) == 6
    # Another deadline leaves them as they are.
    emoprefer("competition", "open", "--until", "2999-01-01")
    said = "Open until 2999-01-01 00:00:00 UTC.\n6 clips are hidden from the public board.\n"
    assert emoprefer("competition", "status") == said
    assert CompetitionBook(competition.settings.competition_book).state().hidden == hidden
    (tmp_path / "hidden.txt").write_text("sample_999\n")
    for which, what in ((tmp_path / "hidden.txt", "sample_999"), ("1.5", "no share between 0 and 1")):
        assert what in emoprefer("competition", "open", "--until", TOMORROW, "--hidden", which, code=1)


@pytest.mark.slow
def test_a_frozen_board_stays_and_its_archive_gives_it_elsewhere_without_a_call(competition, tmp_path, monkeypatch):
    registry = competition.settings.judges_file
    registry.write_text(f"{registry.read_text()}  - {{name: longer, backend: rules, rule: longer}}\n")
    with registry.open("a") as more:
        more.write("  - {name: told, backend: replay, path: told.csv}\n")
    pairs = pd.read_csv(competition.settings.data_dir / "pairs.csv")[["name", "a1", "a2"]]
    pairs.assign(preference="a1").to_csv(registry.with_name("told.csv"), index=False)
    emoprefer("competition", "open", "--until", TOMORROW)
    competition.team("splendid", quality=4)
    take_in(competition.settings, quiet_seconds=0)
    board, archive = tmp_path / "board", tmp_path / "mer.zip"
    assert "Run `emoprefer run`, then freeze again" in emoprefer("competition", "freeze", board, code=1)
    evaluated(competition)
    said = emoprefer("competition", "freeze", board)
    (hash_,) = re.findall("hash ([0-9a-f]{32})", said)
    rows = list(csv.DictReader(io.StringIO((board / "board.csv").read_text())))
    assert [row["system"] for row in rows if row["verdicts by"] == "crowd"] == ["splendid", "north", "south", "west"]
    for name in ("board.md", "board.csv", "board.html"):
        text = (board / name).read_text().replace("\\", "")
        assert "95 % interval from" in text and hash_ in text and f"{datetime.now(UTC):%Y-%m}" in text
        assert "ci_low" not in text and "tier" in text
    assert f"Frozen on {datetime.now(UTC):%Y-%m-%d}" in emoprefer("leaderboard")
    emoprefer("competition", "freeze", board, "--check")
    assert "It was frozen on" in emoprefer("competition", "freeze", tmp_path / "again", code=1)
    emoprefer("competition", "archive", archive)

    asked = len(competition.server.questions)
    with monkeypatch.context() as elsewhere:
        for variable in ("EMOPREFER_HOME", "EMOPREFER_DB", "EMOPREFER_DATA_DIR", "EMOPREFER_BATTLES_PER_SYSTEM"):
            elsewhere.delenv(variable)
        elsewhere.setenv("EMOPREFER_HOME", str(tmp_path / "nobody"))
        rebuilt = emoprefer("competition", "rebuild", archive, tmp_path / "elsewhere")
    assert f"the same board, hash {hash_}. No judge call was made." in rebuilt
    assert len(competition.server.questions) == asked

    # What comes later changes the board that is shown, not the frozen one.
    emoprefer("withdraw", "splendid", "--note", "asked by mail")
    evaluated(competition)
    assert f"This board has changed since: the frozen one is in {board}." in emoprefer("leaderboard")
    emoprefer("competition", "freeze", board, "--check")
    assert "Changed since the board was frozen: entries" in emoprefer("competition", "archive", archive, code=1)
    (board / "board.md").write_text("splendid won")
    assert "board.md was changed" in emoprefer("competition", "freeze", board, "--check", code=1)


def test_an_archive_without_data_quotes_none_of_it_in_calls(competition, tmp_path):
    archive, elsewhere = tmp_path / "mer.zip", tmp_path / "elsewhere"
    emoprefer("competition", "freeze", tmp_path / "board")
    said = emoprefer("competition", "archive", archive, "--without-data")
    assert "Left out: the data set, and what was asked of judges." in said
    with zipfile.ZipFile(archive) as packed:
        assert [name for name in packed.namelist() if name.startswith("data/")] == ["data/judges.yaml"]
        assert b"First description" not in packed.read(".emoprefer/calls/remote.sqlite")
    assert "Name its folder by --data" in emoprefer("competition", "rebuild", archive, tmp_path / "e", code=1)
    rebuilt = emoprefer("competition", "rebuild", archive, elsewhere, "--data", competition.settings.data_dir)
    assert "the same board, hash" in rebuilt and competition.server.questions == []
    calls = list(CallCache(elsewhere / ".emoprefer" / "calls", "remote").calls())
    assert len(calls) == len(list(CallCache(competition.settings.calls_folder, "remote").calls())) > 0
    assert all(call["request"] == {} for call in calls)


@pytest.mark.slow
def test_calls_of_local_weights_are_found_where_the_weights_are_not(competition, tmp_path, tiny_model, random_weights):
    weights = tmp_path / "weights"
    shutil.copytree(tiny_model, weights)
    registry = competition.settings.judges_file
    registry.write_text(f"{registry.read_text()}  - {{name: tiny, backend: transformers, model: {weights}}}\n")
    evaluated(competition)
    emoprefer("competition", "freeze", tmp_path / "board")
    emoprefer("competition", "archive", tmp_path / "mer.zip")
    shutil.rmtree(weights)
    emoprefer("competition", "rebuild", tmp_path / "mer.zip", tmp_path / "elsewhere")
    verdicts = "select count(*) from predictions where judge = 'tiny' and verdict is not null"
    with duckdb.connect(str(tmp_path / "elsewhere" / "data" / "emoprefer.duckdb"), read_only=True) as connection:
        assert connection.sql(verdicts).fetchall() == competition.query(verdicts) == [(48,)]


def test_published_boards_name_the_data_set_and_speak_in_words(evaluated_sample):
    for form in ("--as-markdown", "--as-csv", "--as-html"):
        board = emoprefer("leaderboard", "--source", "human", form).replace("\\", "")
        assert "(synthetic)" in board and " UTC" in board
        assert "95 % interval from" in board and not re.search(r"\b(ci_low|tie_share|rank_low|tied_with)\b", board)
