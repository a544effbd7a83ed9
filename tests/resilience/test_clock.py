"""A clock that jumps back: what is out of date goes by content, and a dropped file is not forgotten."""

import time
from datetime import datetime, timedelta

import pytest

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.intake import QUIET_SECONDS, known_to, take_in
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.submissions import Submissions
from tests.conftest import RULES, write_csv
from tests.resilience.tables import tables_in

DAY = 86_400


@pytest.fixture
def clock_back(monkeypatch):
    """From now on, the clock is a day behind what it was."""
    now = time.time

    def jump():
        monkeypatch.setattr(time, "time", lambda: now() - DAY)

        class Behind(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) - timedelta(seconds=DAY)

        for module in ("store.warehouse", "submissions._folder"):
            monkeypatch.setattr(f"emoprefer_assets.{module}.datetime", Behind)

    return jump


def test_nothing_is_made_twice_and_what_changed_is_made(evaluated_four_pairs, clock_back, only):
    only("leaderboard")
    settings = evaluated_four_pairs
    before = tables_in(settings.warehouse)
    clock_back()
    assert evaluate(Run(current_settings())).tables == []

    settings.judges_file.write_text(RULES + "  - {name: second, backend: rules, rule: random, seed: 1}\n")
    assert "leaderboard" in evaluate(Run(current_settings())).tables
    now = tables_in(settings.warehouse)
    assert {part for part in now if part[1] == "second"}
    assert {part: made for part, made in now.items() if part[1] == "longer"} == {
        part: made for part, made in before.items() if part[1] == "longer"
    }
    assert evaluate(Run(current_settings())).tables == []


def test_a_file_that_was_dropped_before_the_jump_does_not_wait_a_day(settings, data_folder, clock_back):
    file = settings.submissions_dir / "systems" / "east.csv"
    file.parent.mkdir(parents=True)
    write_csv(file, ["name", "description"], [[f"clip{number}", f"East sees {number}."] for number in (1, 2, 3)])
    assert Submissions(settings.submissions_dir).waiting(QUIET_SECONDS) == ()
    clock_back()
    assert [version.name for version in take_in(current_settings())] == ["east"]


def test_the_newest_version_is_the_one_that_came_last_whatever_the_clock_said(settings, data_folder, clock_back):
    def hand_in(words):
        file = settings.home / "east.csv"
        write_csv(file, ["name", "description"], [[f"clip{number}", f"{words} {number}."] for number in (1, 2, 3)])
        return submissions.submit(file, "system", "east", known_to(current_settings()))

    submissions = Submissions(settings.submissions_dir)
    before = hand_in("Before")
    clock_back()
    after = hand_in("After")
    assert after.received_at < before.received_at
    assert submissions.current("system")["east"] == after
