"""One plan for the command and the daemon: random changes, after which both make the same tables, in order, once."""

import os
import shutil
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from emoprefer_assets import automation, evaluation, planning
from emoprefer_assets.assets.report import PUBLISHED
from emoprefer_assets.automation import evaluation_follows
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.intake import all_judges, take_in
from emoprefer_assets.planning import TABLES_IN_ORDER, Batch, make_plan, versions_now, wanted_now
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import TABLES, WHOLE, Made
from tests.conftest import RULES, four_pairs, write_csv

NEW = "  - {name: second, backend: rules, rule: random, seed: 1}\n"
CHANGES = {
    "judge added": lambda home: (home / "judges.yaml").write_text(RULES + NEW),
    "judge changed": lambda home: _edit(home / "judges.yaml", "rule: always_a1", "rule: random, seed: 3"),
    "judge retired": lambda home: _edit(home / "judges.yaml", "rule: longer}", "rule: longer, retired: true}"),
    "vote changed": lambda home: _edit(home / "data" / "votes.csv", "p2,Ann,a2", "p2,Ann,a1"),
    "rule of consensus changed": lambda home: os.environ.update(EMOPREFER_CONSENSUS="majority"),
    "prompt changed": lambda home: _edit(home / "prompts" / "s1_blind.jinja", "better", "best"),
    "submission landed": lambda home: _submit(home),
    "calls failed": lambda home: (home / "failing").write_text("longer"),
    "judge cannot be made": lambda home: (home / "broken").write_text("always_a1"),
}


def _edit(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text().replace(old, new))


def _submit(home: Path) -> None:
    folder = home / "home" / "submissions" / "systems"
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(
        folder / "team.csv", ["name", "description"], [["clip1", "He beams."], ["clip2", "Tense."], ["clip3", "Calm."]]
    )


class Workshop:
    """Makes batches without computing anything: it writes down what each part was made from.

    Attributes:
        home: holds the data set, the registry, and who fails.
        stock: what the warehouse would say of each part.
        made: every part that was made since `stock` was first complete, in order.
        refused: every part that could not be made, in order.
    """

    def __init__(self, home: Path) -> None:
        self.home, self.stock, self.made, self.published, self.refused = home, {}, [], {}, []

    def make(self, batch: Batch) -> None:
        config = current_settings()
        if batch.judge and batch.judge == self._named("broken"):
            self.refused += [stale.part for stale in batch.stale]
            return
        for name in batch.tables:
            self.made.append((name, batch.judge))
            if name in PUBLISHED:
                self.published[name] = {part: made.version for part, made in self.stock.items()}
                continue
            table = next(table for table in TABLES_IN_ORDER if table.name == name)
            judge = all_judges(config)[batch.judge] if batch.judge else None
            inputs = wanted_now(table, judge, config, versions_now(config, self.stock))
            unanswered = int(bool(batch.judge) and batch.judge == self._named("failing"))
            rows = 1 if name == "battles" and list(config.submissions_dir.rglob("team*.csv")) else 0
            self.stock[name, batch.judge] = Made(planning._hash(inputs), table.code_version, inputs, rows, unanswered)

    def warehouse(self, _: Path) -> SimpleNamespace:
        """What planning asks the warehouse."""
        return SimpleNamespace(
            made=lambda: dict(self.stock), frames=lambda *names: {name: TABLES[name].frame() for name in names}
        )

    def out_of_date(self, _: object, versions: dict) -> dict[str, str]:
        return {name: "" for name in PUBLISHED if self.published.get(name) != versions}

    def _named(self, file: str) -> str:
        return (self.home / file).read_text() if (self.home / file).exists() else ""


def use(home: Path, patch: pytest.MonkeyPatch) -> None:
    for name, place in {
        "DATA_DIR": "data",
        "HOME": "home",
        "DB": "p.duckdb",
        "JUDGES": "judges.yaml",
        "PROMPTS": "prompts",
    }.items():
        patch.setenv(f"EMOPREFER_{name}", str(home / place))
    patch.setenv("EMOPREFER_CONSENSUS", "unanimous")
    patch.setenv("EMOPREFER_BATTLE_ROUNDS", "0")
    patch.setenv("DAGSTER_HOME", str(PROJECT))


def by_the_command(_: Workshop) -> None:
    evaluate(Run(current_settings()))


def by_the_daemon(workshop: Workshop, instance: dg.DagsterInstance) -> None:
    cursor = None
    for _ in range(20):
        found = evaluation_follows(dg.build_sensor_context(instance, cursor=cursor))
        if isinstance(found, dg.SkipReason) or not found.run_requests:
            return
        cursor = found.cursor
        for request in found.run_requests:
            names = [key.to_user_string() for key in request.asset_selection]
            stale = tuple(planning.Stale((name, request.partition_key or WHOLE), "", "") for name in names)
            workshop.make(Batch(request.partition_key or WHOLE, stale))
    raise AssertionError("the daemon never rests")


def settled(home: Path, changes: list[str], way, instance: dg.DagsterInstance) -> Workshop:
    """Everything made once, then the changes, then what follows from them."""
    with pytest.MonkeyPatch.context() as patch:
        home.mkdir()
        four_pairs(home / "data")
        (home / "judges.yaml").write_text(RULES)
        shutil.copytree(PROJECT / "emoprefer_assets" / "strategies" / "prompts", home / "prompts")
        use(home, patch)
        workshop = Workshop(home)
        patch.setattr(planning, "out_of_date", workshop.out_of_date)
        patch.setattr(planning, "Warehouse", workshop.warehouse)
        patch.setattr(evaluation, "dagster_records", lambda _: nullcontext(instance))
        patch.setattr(planning, "choose_more_battles", lambda _: 0)
        for taking in (evaluation, automation):
            patch.setattr(taking, "take_in", partial(take_in, quiet_seconds=0))
        patch.setattr(evaluation, "_make", lambda batch, *_: workshop.make(batch))
        by_the_command(workshop)
        workshop.made.clear()
        for change in changes:
            CHANGES[change](home)
        way(workshop)
        workshop.left = list(make_plan(current_settings(), failed_calls_too=False).stale)
    return workshop


@pytest.fixture(scope="module")
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=4, unique=True))
@example(changes=["judge cannot be made", "submission landed", "vote changed"])
def test_command_and_daemon_make_the_same_tables_in_order_and_once(tmp_path_factory, instance, changes):
    folder = tmp_path_factory.mktemp("planning")
    command = settled(folder / "command", changes, by_the_command, instance)
    daemon = settled(folder / "daemon", changes, lambda workshop: by_the_daemon(workshop, instance), instance)
    assert sorted(command.made) == sorted(daemon.made)
    for workshop in (command, daemon):
        assert len(workshop.made) == len(set(workshop.made))
        place = {part: number for number, part in enumerate(workshop.made)}
        inputs = {table.name: set(table.inputs) for table in TABLES_IN_ORDER}
        for (table, judge), number in place.items():
            before = [
                part
                for part in place
                if part[0] in inputs.get(table, ()) and (judge in (part[1], WHOLE) or not part[1])
            ]
            assert all(place[part] < number for part in before), (table, judge)
        assert len(workshop.refused) == len(set(workshop.refused))
    # What is left out of date is the judge that cannot be made, and nothing that waits for it.
    assert {judge for _, judge in command.left} <= {"always_a1", WHOLE}
