"""Asking the judges: one step a judge makes all of its tables, or any of them."""

from collections.abc import Sequence

import dagster as dg
import pandas as pd

from emoprefer_assets.assets._failing import failures_named
from emoprefer_assets.assets._judge_step import ask_and_write
from emoprefer_assets.assets._sources import judge_partitions
from emoprefer_assets.assets._table import (
    OWNERS,
    TABLE_ASSETS,
    Results,
    TableAsset,
    column_schema,
    description_of,
    table,
)
from emoprefer_assets.assets.judge_tables import (
    BATTLE_INPUTS,
    JUDGE_TABLES,
    answers_under_any,
    battle_part,
    calls_on_record,
    clips_to_show,
    parts_of,
)
from emoprefer_assets.checks import checks_of
from emoprefer_assets.code_version import code_version
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.run import Run
from emoprefer_assets.store import TABLES
from emoprefer_assets.store.schema import SQL

CODE_VERSION = code_version(__name__, [SQL / f"tables/{TABLES[name].relation}.sql" for name in JUDGE_TABLES])


@table(group="judges")
def judges(judge_registry: Sequence[Judge]) -> pd.DataFrame:
    """The judges that take part: registered, not retired, fit for this data set."""
    rows = []
    for judge in judge_registry:
        inputs = list(judge.inputs) if isinstance(judge, ModelJudge) else []
        about = judge.name, judge.backend, judge.answered_by, judge.content_blind, inputs, judge.live
        rows.append((*about, list(judge.strategies), judge.published_as or judge.name, judge.note))
    return TABLES["judges"].frame(rows)


def _spec(name: str, says: str, deps: Sequence[str], group: str = "judges") -> dg.AssetSpec:
    return dg.AssetSpec(
        name,
        deps=deps,
        group_name=group,
        owners=OWNERS,
        kinds={"duckdb", "python"},
        description=description_of(name, says),
        code_version=CODE_VERSION,
        metadata=column_schema(name),
        partitions_def=judge_partitions,
        skippable=True,
    )


@dg.multi_asset(
    name="ask_judge",
    specs=[
        *(_spec(made.name, made.says, [*made.inputs, *made.quoted]) for made in JUDGE_TABLES.values()),
        _spec("judge_costs", "Calls, tokens, time and money: every call on record.", ()),
        _spec(
            "judge_checks",
            "Whether each judge's answers pass their checks; one that fails keeps its judge off the boards.",
            (),
        ),
    ],
    check_specs=[check.spec for name in JUDGE_TABLES for check in checks_of(name)],
    can_subset=True,
    partitions_def=judge_partitions,
    required_resource_keys={"run"},
)
def ask_judge(context: dg.AssetExecutionContext) -> Results:
    """One judge asked for all of its tables, or those that are selected."""
    run: Run = context.resources.run
    selected = {key.to_user_string() for key in context.selected_asset_keys}
    with failures_named():
        judge = all_judges(run.settings)[context.partition_key]
        names = [name for name in JUDGE_TABLES if name in selected]
        with run.warehouse.reading() as reading:
            parts = parts_of(names, reading)
            versions = {name: reading.versions(JUDGE_TABLES[name].inputs) for name in names}
            checked_by = {"consensus_pairs": reading.frame("consensus_pairs")} if names else {}
            clips = clips_to_show(reading) if names else TABLES["clips"].frame()
        yield from ask_and_write(context, judge, parts, clips, versions, checked_by, selected)


@dg.multi_asset(
    name="ask_judge_about_battles",
    specs=[
        _spec(
            "battle_verdicts",
            "The judge's verdicts on the battles, by its best strategy; no rows for a judge that is not asked.",
            BATTLE_INPUTS,
            "competition",
        )
    ],
    check_specs=[check.spec for check in checks_of("battle_verdicts")],
    partitions_def=judge_partitions,
    required_resource_keys={"run"},
)
def ask_judge_about_battles(context: dg.AssetExecutionContext) -> Results:
    """One judge asked about the battles of submitted systems."""
    run: Run = context.resources.run
    with failures_named():
        judge = all_judges(run.settings)[context.partition_key]
        with run.warehouse.reading() as reading:
            versions = {"battle_verdicts": reading.versions(BATTLE_INPUTS)}
            parts = [battle_part(judge, reading, run.settings)]
            checked_by, clips = {"battles": reading.frame("battles")}, reading.frame("clips")
        yield from ask_and_write(context, judge, parts, clips, versions, checked_by, {"battle_verdicts"})


for _name, _inputs, _versions, _asset in (
    *((made.name, made.inputs, made.versions, ask_judge) for made in JUDGE_TABLES.values()),
    ("judge_costs", (), calls_on_record, ask_judge),
    ("judge_checks", (), lambda judge, settings: {}, ask_judge),
    ("battle_verdicts", BATTLE_INPUTS, answers_under_any, ask_judge_about_battles),
):
    TABLE_ASSETS[_name] = TableAsset(_name, _inputs, (), CODE_VERSION, _versions, _asset)
