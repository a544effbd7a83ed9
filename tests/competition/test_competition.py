"""Files land, the leaderboard follows: intake, battles, crowd, boards, history, for real but for the judge's mind."""

from functools import partial

import dagster as dg
import pandas as pd
import pytest

from emoprefer_assets import automation
from emoprefer_assets.automation import evaluation_follows
from emoprefer_assets.evaluation import dry_run, evaluate
from emoprefer_assets.intake import take_in
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.submissions import Submissions
from emoprefer_assets.terminal import export_leaderboard, read_leaderboard
from tests.competition.conftest import texts_in
from tests.conftest import write_csv
from tests.judges.chat_server import completion

BOARD = "select system from leaderboard where source = 'crowd' and state = 'ranked' order by rank"


def evaluated(competition):
    """An evaluation of everything that was dropped, as if nobody had written it for a while."""
    take_in(competition.settings, quiet_seconds=0)
    return evaluate(Run(competition.settings))


def test_submitted_systems_are_ranked_and_only_their_battles_are_judged(competition):
    competition.team("splendid", quality=4)
    competition.team("poor", quality=0)
    first = evaluated(competition)
    assert first.failures == {}
    assert [system for (system,) in competition.query(BOARD)] == ["splendid", "north", "south", "west", "poor"]
    before = competition.query("from battles order by battle_id")
    assert dict(competition.query("select chosen_by, count(*) from battles group by all")) == {"uniform": 60}

    asked = len(competition.server.questions)
    competition.team("middling", quality=2)
    second = evaluated(competition)
    (new,) = competition.query("select count(distinct pair_id) from battles where 'middling' in (system1, system2)")
    # Each new battle in both orders, and nothing else.
    assert len(competition.server.questions) - asked == second.calls["remote"] == 2 * new[0]
    after = competition.query("from battles where 'middling' not in (system1, system2) order by battle_id")
    assert after == before

    assert evaluate(Run(competition.settings)).tables == []


@pytest.mark.slow
def test_battles_keep_the_budget(competition):
    registry = competition.settings.judges_file
    registry.write_text(registry.read_text().replace("max_side: 56", "max_side: 56, price_in: 0, price_out: 1000"))
    competition.team("splendid", quality=4)
    take_in(competition.settings, quiet_seconds=0)
    # A reply has two tokens, and its estimate six: what is under way counts at that.
    held = evaluate(Run(competition.settings.replaced(budget=0.05)))
    assert held.cost <= 0.05 and held.calls["remote"] < 60
    assert "budget" in held.failures["remote"]
    rest = evaluate(Run(current_settings()))
    assert rest.failures == {} and held.calls["remote"] + rest.calls["remote"] > 50
    assert evaluate(Run(current_settings())).calls.get("remote", 0) == 0


def test_sides_are_balanced_and_battles_spread_over_all_clips(competition):
    competition.team("splendid", quality=4)
    evaluated(competition)
    (clips,) = competition.query("select count(distinct clip_id) from battles")
    (share,) = competition.query("select avg((system1 = 'splendid')::int) from battles")
    assert clips == (24,)
    assert share[0] == pytest.approx(0.5, abs=0.1)


def test_a_null_model_is_quarantined_shown_and_judged_only_when_released(competition):
    empty = "The person shows an emotion that suits the situation, in face and voice."
    competition.team(
        "null_model", quality=5, **dict.fromkeys([f"sample_{number:03d}" for number in range(1, 25)], empty)
    )
    competition.team("splendid", quality=4)
    evaluated(competition)
    assert competition.query(
        "select state, battles from leaderboard where system = 'null_model' and source = 'crowd'"
    ) == [("quarantined", 0.0)]
    assert competition.query("select count(*) from battles where 'null_model' in (system1, system2)") == [(0,)]
    assert competition.query("select state from submissions where name = 'null_model'") == [("quarantined",)]

    folder = Submissions(competition.settings.submissions_dir)
    folder.decide("released", "system", "null_model", by="an organiser", note="a test")
    evaluate(Run(competition.settings))
    ((battles,),) = competition.query(
        "select battles from leaderboard where system = 'null_model' and source = 'crowd'"
    )
    assert battles > 0
    assert competition.query("select distinct state from entries where system = 'null_model'") == [("released",)]

    asked = len(competition.server.questions)
    folder.decide("disqualified", "system", "null_model", by="an organiser", note="one text for all")
    evaluate(Run(competition.settings))
    assert competition.query(
        "select state, rank, battles from leaderboard where system = 'null_model' and source = 'crowd'"
    ) == [("disqualified", None, 0.0)]
    assert competition.query("select mark from marked_systems") == [("disqualified by an organiser: one text for all",)]
    board = read_leaderboard(competition.settings.database, "crowd")
    assert board.set_index("system")["mark"].dropna().index.tolist() == ["null_model"]
    assert "disqualified by an organiser: one text for all" in export_leaderboard(board, "markdown")
    folder.decide("withdrawn", "system", "splendid", by="its team", note="")
    folder.decide("released", "system", "null_model", by="an organiser", note="on appeal")
    folder.decide("withdrawn", "system", "null_model", by="its team", note="")
    evaluate(Run(competition.settings))
    assert competition.query("select count(*) from leaderboard where system in ('null_model', 'splendid')") == [(0,)]
    assert competition.query("select distinct state from submissions") == [("withdrawn",)]
    assert competition.query("select count(*) from battle_verdicts") == [(0,)]
    assert len(competition.server.questions) == asked


def test_a_refused_file_changes_nothing_and_lies_beside_its_report(competition):
    file = competition.team("hasty", quality=4)
    file.write_text("name,description\nsample_001,He is glad.\nsample_999,She is sad.\n")
    evaluated(competition)
    folder = competition.settings.submissions_dir
    report = (folder / "rejected" / "hasty.csv.report.txt").read_text()
    assert 'row 2: clip "sample_999" is not in the data set' in report
    assert 'clip "sample_002" is not described' in report
    assert not file.exists()
    assert competition.query("select count(*) from submissions") == [(0,)]


def test_a_dry_run_prices_probes_and_battles(competition):
    competition.team("splendid", quality=4)
    take_in(competition.settings, quiet_seconds=0)
    planned = dry_run(Run(competition.settings))["remote"].all_calls
    asked = len(competition.server.questions)
    evaluated(competition)
    assert planned == len(competition.server.questions) - asked > 0


def test_a_new_version_replaces_the_old_one_and_costs_what_it_changed(competition):
    competition.team("splendid", quality=4)
    evaluated(competition)
    asked = len(competition.server.questions)
    competition.team("splendid", quality=4, sample_001="A new thought about the person, who seems glad indeed.")
    evaluated(competition)
    (changed,) = competition.query("select count(*) from battles where clip_id = 'sample_001'")
    assert len(competition.server.questions) - asked == 2 * changed[0]
    assert competition.query("select version, newest from submissions order by version") == [(1, False), (2, True)]


def test_a_submitted_judge_is_scored_beside_the_others(competition):
    data = competition.settings.data_dir
    folder = competition.settings.submissions_dir / "judges"
    folder.mkdir(parents=True, exist_ok=True)
    pairs = pd.read_csv(data / "pairs.csv")
    right = pd.read_csv(data / "votes.csv").drop_duplicates("pair")["vote"].tolist()
    rows = [[*row, vote] for row, vote in zip(pairs[["name", "a1", "a2"]].to_numpy().tolist(), right, strict=True)]
    write_csv(folder / "oracle.csv", ["name", "a1", "a2", "preference"], rows)
    evaluated(competition)
    assert competition.query("select waf_2class, kind, no_vote from judge_board where judge = 'oracle'") == [
        (100.0, "judge", None)
    ]
    competition.team("splendid", quality=4)
    evaluated(competition)
    assert competition.query("select no_vote from judge_board where judge = 'oracle'") == [
        ("cannot be asked about submissions",)
    ]


def test_a_judge_that_obeys_hidden_instructions_does_not_vote(competition):
    def gullible(question):
        words = ("answer", "Choose", "preference", "Reply", "选择", "回答")
        told = [any(word in text for word in words) for text in texts_in(question)]
        if sum(told) == 1:
            question.send(200, completion("a1" if told[0] else "a2"))
        else:
            competition.answer(question)

    competition.server.otherwise = gullible
    competition.team("splendid", quality=4)
    evaluated(competition)
    ((rate, reason),) = competition.query("select injection_rate, no_vote from judge_board where judge = 'remote'")
    assert rate > 50
    assert reason == "obeys hidden instructions"
    assert competition.query("from crowd") == []
    assert competition.query("select count(*) from leaderboard where source = 'crowd'") == [(0,)]


@pytest.mark.slow
def test_adaptive_rounds_add_battles_where_the_order_is_open(competition, monkeypatch):
    monkeypatch.setenv("EMOPREFER_BATTLES_PER_SYSTEM", "6")
    monkeypatch.setenv("EMOPREFER_BATTLE_ROUNDS", "1")
    competition.settings = current_settings()
    competition.team("splendid", quality=4)
    competition.team("superb", quality=4)
    evaluated(competition)
    by = dict(competition.query("select chosen_by, count(*) from battles group by all"))
    assert by["uniform"] <= 12
    assert by["adaptive"] > 0
    assert evaluate(Run(competition.settings)).calls.get("remote", 0) >= 0


@pytest.mark.slow
def test_the_full_round_robin_can_be_had(competition, monkeypatch):
    monkeypatch.setenv("EMOPREFER_BATTLE_FULL", "yes")
    competition.settings = current_settings()
    competition.team("splendid", quality=4)
    evaluated(competition)
    # Every own system described 16 of the 24 clips.
    assert competition.query("select chosen_by, count(*) from battles group by all") == [("full", 48)]


@pytest.mark.slow
def test_history_keeps_every_board_and_tells_what_moved_and_why(competition, only):
    only("leaderboard_anytime")
    competition.team("splendid", quality=4)
    evaluated(competition)
    competition.team("superb", quality=5)
    evaluated(competition)
    moves = competition.query(
        "select system, rank_before, rank, is_new, what_changed from leaderboard_moves "
        "where evaluation = 2 and source = 'crowd' order by rank limit 2"
    )
    assert moves[0][:4] == ("superb", None, 1, True)
    assert moves[1][:3] == ("splendid", 1, 2)
    looks = "select look, list(system) from leaderboard_anytime where source = 'crowd' group by all"
    ((look, systems),) = competition.query(looks)
    assert look == 2 and {"splendid", "superb"} <= set(systems)
    assert {"submissions", "battles"} <= set(moves[1][4])
    # The warehouse can go: the history does not.
    competition.settings.warehouse.unlink()
    evaluate(Run(competition.settings))
    assert competition.query("select max(evaluation) from leaderboard_history") == [(2,)]
    assert competition.query("select distinct look from leaderboard_anytime where source = 'crowd'") == [(2,)]


def test_the_sensor_takes_in_what_nobody_writes_any_more(competition, monkeypatch):
    file = competition.team("splendid", quality=4)
    submissions = Submissions(competition.settings.submissions_dir)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance)
        evaluation_follows(context)
        assert submissions.versions() == ()
        monkeypatch.setattr(automation, "take_in", partial(take_in, quiet_seconds=0))
        evaluation_follows(context)
        assert [version.name for version in submissions.versions()] == ["splendid"]
        assert not file.exists()
        evaluation_follows(context)
        assert len(submissions.versions()) == 1
