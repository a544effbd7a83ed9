"""Asking the judges: one partition a judge, one table a strategy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pandas as pd

from emoprefer_assets.asking import (
    Answered,
    describe,
    judge_version,
    labelled,
    predict,
    predict_extra,
    reason,
    version_under_all_strategies,
)
from emoprefer_assets.asking.flow import FromTables
from emoprefer_assets.assets._table import Rows, table
from emoprefer_assets.judges import Judge
from emoprefer_assets.judges.registry import RulesJudge, Strategy
from emoprefer_assets.judges.rules import LEARNING_RULES
from emoprefer_assets.progress import judge_calls
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import TABLES, Ledger
from emoprefer_assets.strategies import STRATEGIES


@table(group="judges")
def judges(judge_registry: Sequence[Judge]) -> pd.DataFrame:
    """The judges that take part: registered, not retired, fit for this data set."""
    return pd.DataFrame(
        [
            {
                "judge": judge.name,
                "backend": judge.backend,
                "model": judge.answered_by,
                "content_blind": judge.content_blind,
                "live": judge.live,
                "strategies": list(judge.strategies),
                "published_as": judge.published_as or judge.name,
                "note": judge.note,
            }
            for judge in judge_registry
        ],
        columns=["judge", "backend", "model", "content_blind", "live", "strategies", "published_as", "note"],
    )


def _answers_under(strategy: Strategy) -> Callable[[Judge, Settings], dict[str, str]]:
    def versions(judge: Judge, settings: Settings) -> dict[str, str]:
        return {"judge": judge_version(judge, settings, strategy), "rounds": str(settings.rounds)}

    return versions


def _answers_under_any(judge: Judge, settings: Settings) -> dict[str, str]:
    return {"judge": version_under_all_strategies(judge, settings), "rounds": str(settings.rounds)}


@table(group="judges", judge_inputs=_answers_under("s2"))
def descriptions(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    clips: pd.DataFrame,
    judge: Judge,
    settings: Settings,
    together: Collection[str],
) -> Rows:
    """The judge's own description of each clip, which strategies 2, 3 and 4 quote."""
    pairs = labelled(raw_pairs, consensus_pairs)
    with judge_calls(judge.name, "descriptions") as progress:
        return _as_rows(describe(judge, pairs, clips, settings, _strategies_of(together), progress))


@table(group="judges", judge_inputs=_answers_under("s4"))
def reasonings(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    clips: pd.DataFrame,
    descriptions: pd.DataFrame,
    judge: Judge,
    settings: Settings,
    together: Collection[str],
) -> Rows:
    """The external model's comparison of both descriptions with the judge's, which strategy 4 reads its answer from."""
    pairs, said = labelled(raw_pairs, consensus_pairs), FromTables(descriptions)
    with judge_calls(judge.name, "reasonings") as progress:
        return _as_rows(reason(judge, pairs, clips, settings, said, _strategies_of(together), progress))


@table(group="judges", judge_inputs=_answers_under("s1"))
def s1_predictions(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    clips: pd.DataFrame,
    judge: Judge,
    settings: Settings,
    together: Collection[str],
) -> Rows:
    """Strategy 1: the clip and both descriptions, answered directly."""
    return _predicted("s1", judge, raw_pairs, consensus_pairs, clips, settings, together)


@table(group="judges", judge_inputs=_answers_under("s2"))
def s2_predictions(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    clips: pd.DataFrame,
    descriptions: pd.DataFrame,
    judge: Judge,
    settings: Settings,
    together: Collection[str],
) -> Rows:
    """Strategy 2: the judge describes the clip, then judges with its description as reference."""
    said = FromTables(descriptions)
    return _predicted("s2", judge, raw_pairs, consensus_pairs, clips, settings, together, said)


@table(group="judges", judge_inputs=_answers_under("s3"))
def s3_predictions(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    clips: pd.DataFrame,
    descriptions: pd.DataFrame,
    judge: Judge,
    settings: Settings,
    together: Collection[str],
) -> Rows:
    """Strategy 3: an external text LLM judges against the judge's description, without the clip."""
    said = FromTables(descriptions)
    return _predicted("s3", judge, raw_pairs, consensus_pairs, clips, settings, together, said)


@table(group="judges", judge_inputs=_answers_under("s4"))
def s4_predictions(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    clips: pd.DataFrame,
    descriptions: pd.DataFrame,
    reasonings: pd.DataFrame,
    judge: Judge,
    settings: Settings,
    together: Collection[str],
) -> Rows:
    """Strategy 4: as strategy 3, with a reasoning step before the answer."""
    said = FromTables(descriptions, reasonings)
    return _predicted("s4", judge, raw_pairs, consensus_pairs, clips, settings, together, said)


@table(group="judges", judge_inputs=_answers_under("s5"))
def s5_predictions(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    clips: pd.DataFrame,
    judge: Judge,
    settings: Settings,
    together: Collection[str],
) -> Rows:
    """Strategy 5 (ours): the description that the clip makes more probable than it is without the clip."""
    return _predicted("s5", judge, raw_pairs, consensus_pairs, clips, settings, together)


@table(group="judges", judge_inputs=_answers_under("s1"))
def robustness_predictions(
    robustness_pairs: pd.DataFrame, clips: pd.DataFrame, judge: Judge, settings: Settings
) -> Rows:
    """Strategy 1 on the controlled edits."""
    with judge_calls(judge.name, "robustness") as progress:
        return _as_rows(predict_extra(judge, robustness_pairs, clips, settings, progress))


@table(group="judges", judge_inputs=_answers_under("s1"))
def canary_verdicts(canaries: pd.DataFrame, clips: pd.DataFrame, judge: Judge, settings: Settings) -> Rows:
    """Strategy 1 on the planted battles."""
    with judge_calls(judge.name, "canaries") as progress:
        return _as_rows(predict_extra(judge, canaries, clips, settings, progress))


@table(group="arena", judge_inputs=_answers_under_any)
def battle_verdicts(
    battles: pd.DataFrame,
    clips: pd.DataFrame,
    judge_board: pd.DataFrame,
    crowd: pd.DataFrame,
    judge: Judge,
    settings: Settings,
) -> Rows:
    """The judge's verdicts on the battles, by its best strategy; no rows for a judge that is not asked."""
    if not is_asked_about_battles(judge, crowd):
        return Rows(TABLES["battle_verdicts"].frame())
    strategy = strategy_in_battles(judge, judge_board)
    pairs = battles.drop_duplicates("pair_id")
    with judge_calls(judge.name, "battles") as progress:
        return _as_rows(predict(judge, strategy, pairs, clips, settings, progress=progress))


def strategy_in_battles(judge: Judge, judge_board: pd.DataFrame) -> Strategy:
    """The judge's best strategy; before it is known, its first."""
    best = judge_board.set_index("judge")["strategy"].get(judge.name)
    return best if best in judge.strategies else judge.strategies[0]


def is_asked_about_battles(judge: Judge, crowd: pd.DataFrame) -> bool:
    """Whether it votes in the crowd, or costs nothing; without a crowd, every judge that can see or hear the clips."""
    if isinstance(judge, RulesJudge):
        return judge.rule not in LEARNING_RULES
    if len(crowd):
        return judge.name in crowd["voters"].iloc[0]
    return judge.live and not judge.content_blind


@table(group="judges", judge_inputs=_answers_under("s1"))
def judge_costs(
    descriptions: pd.DataFrame,
    reasonings: pd.DataFrame,
    predictions: pd.DataFrame,
    robustness_predictions: pd.DataFrame,
    canary_verdicts: pd.DataFrame,
    battle_verdicts: pd.DataFrame,
    judge: Judge,
    settings: Settings,
) -> pd.DataFrame:
    """Calls, tokens, time and money, from the judge's ledger."""
    schema = TABLES["judge_costs"]
    calls = pd.DataFrame(
        (
            (judge.name, call["step"], call["asked"], 1, not call["answered"], call["tokens_in"], call["tokens_out"],
             call["seconds"], call["cost"])
            for call in Ledger(settings.ledger, judge.name).calls()
        ),
        columns=schema.column_names,
    )  # fmt: skip
    return calls.groupby(list(schema.key), as_index=False).sum()


def _predicted(
    strategy: Strategy,
    judge: Judge,
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    clips: pd.DataFrame,
    settings: Settings,
    together: Collection[str],
    said: FromTables | None = None,
) -> Rows:
    pairs = labelled(raw_pairs, consensus_pairs)
    with judge_calls(judge.name, strategy) as progress:
        answered = predict(judge, strategy, pairs, clips, settings, said, _strategies_of(together), progress)
    return _as_rows(answered)


def _strategies_of(tables: Collection[str]) -> list[str]:
    return [strategy for strategy in STRATEGIES if f"{strategy}_predictions" in tables]


def _as_rows(answered: Answered) -> Rows:
    tally = answered.tally
    metadata = {
        "judge_calls": tally.all_calls, "answers_from_ledger": tally.from_ledger, "failed_calls": tally.failed,
        "tokens_in": tally.tokens_in, "tokens_out": tally.tokens_out, "cost": tally.cost,
    }  # fmt: skip
    return Rows(answered.rows, metadata, answered.unanswered)
