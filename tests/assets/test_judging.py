"""One step a judge: any part of it can be asked for, and a part that fails its checks harms no other."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from emoprefer_assets.asking import answer
from emoprefer_assets.assets.judge_tables import parts_of
from emoprefer_assets.definitions import defs
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.intake import take_in
from emoprefer_assets.planning import make_plan
from emoprefer_assets.run import Run
from emoprefer_assets.settings import Settings, current_settings
from emoprefer_assets.store import Warehouse
from tests.conftest import RULES, evaluated, four_pairs, limit_to, use, write_csv
from tests.judges.chat_server import ChatServer, running_server, says
from tests.media.files import write_clip

REMOTE = """\
  - {{name: remote, backend: openai, model: seer, base_url: '{url}', inputs: [video], frames: 2, max_side: 28,
     external: reader}}
  - {{name: reader, backend: openai, model: reader, base_url: '{url}'}}
"""
COMPANIONS = {"judge_costs", "judge_checks"}
OF_REMOTE = {"descriptions", "reasonings", "s1_predictions", "s2_predictions", "s3_predictions", "s4_predictions"}


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with running_server() as server:
        server.otherwise = says("a1")
        yield server


@pytest.fixture(scope="module")
def with_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pairs with clips, answered by rules; to be copied."""
    folder = tmp_path_factory.mktemp("with_clips")
    four_pairs(folder / "data")
    for number in (1, 2, 3):
        write_clip(folder / "data" / "video" / f"clip{number}.mp4", shade=40 * number)
    (folder / "judges.yaml").write_text(RULES)
    with pytest.MonkeyPatch.context() as patch:
        limit_to(patch)
        return evaluated(folder)


@pytest.fixture
def home(settings: Settings, with_clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    shutil.copytree(with_clips, tmp_path, dirs_exist_ok=True)
    use(tmp_path, monkeypatch)
    return current_settings()


@pytest.fixture
def ask(home, records):
    """Materialises some assets of one judge, as Dagster does; whether all of it went well."""

    def ask(judge: str, *names: str) -> bool:
        job = defs.resolve_implicit_global_asset_job_def()
        with records(home) as instance:
            instance.add_dynamic_partitions("judge", [judge])
            return job.execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(name) for name in names],
                partition_key=judge,
                raise_on_error=False,
            ).success

    return ask


def made_of(home: Settings, judge: str) -> set[str]:
    return {table for table, of in Warehouse(home.warehouse).made() if of == judge}


def read(home: Settings, query: str) -> list[tuple]:
    with duckdb.connect(str(home.database), read_only=True) as published:
        return published.sql(query).fetchall()


def broken(monkeypatch: pytest.MonkeyPatch, judge: str, tables: Collection[str]) -> None:
    """Have the judge give verdicts that are none, in some tables."""

    def some_unknown(asked, *arguments):
        for answered in answer(asked, *arguments):
            fails = asked.name == judge and answered.table in tables
            yield replace(answered, rows=answered.rows.assign(verdict="first")) if fails else answered

    monkeypatch.setattr("emoprefer_assets.assets._judge_step.answer", some_unknown)


SUBSETS = [
    ("s2_predictions",),
    ("reasonings",),
    ("s1_predictions", "robustness_predictions"),
    ("descriptions", "s4_predictions"),
    ("judge_costs",),
    ("judge_checks", "probe_verdicts"),
]


@pytest.mark.parametrize("names", SUBSETS, ids=" ".join)
def test_any_part_of_a_judges_tables_can_be_selected(home, server, ask, names):
    home.judges_file.write_text(RULES + REMOTE.format(url=server.url))
    assert ask("remote", *names)
    assert made_of(home, "remote") == {*names, *COMPANIONS}


@pytest.mark.usefixtures("no_boards")
def test_what_is_asked_part_by_part_is_asked_once(home, server, ask):
    home.judges_file.write_text(RULES + REMOTE.format(url=server.url))
    server.questions.clear()
    for name in sorted(OF_REMOTE, reverse=True):
        assert ask("remote", name)
    asked = Counter(str(question.body) for question in server.questions)
    # Two clips, and in both orders three pairs under s1 to s3 and in both steps of s4.
    assert len(asked) == 2 + 2 * 3 * 5
    assert set(asked.values()) == {1}
    assert evaluate(Run(home)).calls["remote"] == 0


def test_a_part_that_fails_its_checks_is_refused_and_the_others_of_its_step_are_written(
    home, server, monkeypatch, only
):
    only("leaderboard")
    home.judges_file.write_text(RULES + REMOTE.format(url=server.url))
    with monkeypatch.context() as planted:
        broken(planted, "remote", ["s2_predictions"])
        report = evaluate(Run(home))
    assert "table s2_predictions was not replaced. every_verdict_is_known" in report.failures["remote"]
    assert made_of(home, "remote") >= (OF_REMOTE | COMPANIONS) - {"s2_predictions"}
    assert "s2_predictions" not in made_of(home, "remote")
    failed = (
        "select table_name, check_name from judge_checks where judge = 'remote' and not passed and severity = 'error'"
    )
    assert read(home, failed) == [("s2_predictions", "every_verdict_is_known")]
    assert read(home, "select distinct strategy from predictions where judge = 'remote' order by all") == [
        ("s1",),
        ("s3",),
        ("s4",),
    ]
    on_the_board = "select kind from judge_board where judge = 'remote'"
    assert read(home, on_the_board) == [("left out",)]
    assert not read(home, "from leaderboard where source = 'remote'")

    mended = evaluate(Run(home))
    assert not mended.failures and mended.calls["remote"] == 0
    assert read(home, failed) == []
    assert read(home, on_the_board) == [("judge",)]
    assert read(home, "from leaderboard where source = 'remote'")


@pytest.mark.slow
def test_failing_battles_do_not_make_the_judge_board_anew(home, ask, monkeypatch, only):
    only("leaderboard")
    folder = home.submissions_dir / "systems"
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"clip1": "He beams with joy.", "clip2": "She is tense and afraid.", "clip3": "He rests, at peace."}
    write_csv(folder / "team.csv", ["name", "description"], list(texts.items()))
    take_in(home, quiet_seconds=0)
    evaluate(Run(home))
    assert read(home, "select count(*) > 0 from battle_verdicts where judge = 'longer'") == [(True,)]
    with monkeypatch.context() as planted:
        broken(planted, "longer", ["battle_verdicts"])
        assert not ask("longer", "battle_verdicts")
        stale = {table for table, _ in make_plan(home).stale}
        assert "judge_board" not in stale and "battle_counts" in stale
        assert "judge_board" not in evaluate(Run(home)).tables
    assert read(home, "select kind from judge_board where judge = 'longer'") == [("baseline",)]
    assert not read(home, "from battle_counts where source = 'longer'")


def test_all_strategies_share_the_pairs_that_they_are_asked_about(evaluated_four_pairs):
    with Warehouse(evaluated_four_pairs.warehouse).reading() as reading:
        first, second, edits = parts_of(["s1_predictions", "s2_predictions", "robustness_predictions"], reading)
    assert first.pairs is second.pairs and len(first.pairs) == 3
    assert edits.pairs is not first.pairs
