"""From replies to the rows of a judge's tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.intake import submitted_verdicts
from emoprefer_assets.judges import ChatReply, Judge, ModelJudge
from emoprefer_assets.judges.registry import ReplayJudge, RulesJudge, SubmittedJudge
from emoprefer_assets.offline import apply_rule, recorded_verdicts
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import RELATIONS, TABLES
from emoprefer_assets.strategies import Pair, Reading, Strategy

Said = Sequence[tuple[Pair, Sequence[ChatReply]]]
PREDICTION_COLUMNS = RELATIONS["predictions"].column_names


def predicted(
    judge: ModelJudge, strategy: Strategy, said: Said, read_by: str, decided: Iterable[tuple[int, bool, Any]] = ()
) -> pd.DataFrame:
    """A row for each pair, order and round: the replies read by the strategy, in the pair's own frame.

    Args:
        read_by: how the table names the way of reading.
        decided: round, whether swapped, and row (pair_id, verdict) of each pair that nobody was asked about.
    """
    rows = [_prediction(strategy, *of_pair) | {"read_by": read_by} for of_pair in said]
    rows += [
        {"round": round_, "swapped": swapped, "pair_id": pair.pair_id, "verdict": pair.verdict, "read_by": "empty"}
        for round_, swapped, pair in decided
    ]
    return _predictions(judge, strategy, pd.DataFrame(rows))


def texts_said(judge: ModelJudge, table: str, said: Said) -> pd.DataFrame:
    """A row for each text that a strategy quotes: of table `descriptions` one a clip, of `reasonings` one a pair."""
    schema = TABLES[table]
    rows = []
    for pair, (reply,) in said:
        known = {
            "judge": judge.name,
            **asdict(pair),
            "description": reply.text or None,
            "reasoning": reply.text or None,
            "thoughts": reply.thoughts or None,
            "cut": reply.cut,
        }
        rows.append(known | {"failure": reply.failure or None})
    return pd.DataFrame(rows, columns=schema.column_names)


def rows_without_calls(judge: Judge, strategy: Strategy, pairs: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The verdicts of a rule, of a recording, or of what was handed in.

    Raises:
        EmopreferError: names the file and row that do not fit the data set.
    """
    match judge:
        case RulesJudge():
            return _predictions(judge, strategy, apply_rule(judge, pairs, settings.rounds).assign(read_by="rule"))
        case ReplayJudge():
            data = read_data_set(settings.data_dir)
            known = pd.concat([data.pairs, data.robustness, pairs]).drop_duplicates("pair_id", ignore_index=True)
            recorded = recorded_verdicts(judge, strategy.name, pairs, known)
            return _predictions(judge, strategy, recorded.assign(read_by="recorded"))
        case SubmittedJudge():
            said = submitted_verdicts(judge, settings).assign(read_by="recorded")
            return _predictions(judge, strategy, said[said["pair_id"].isin(pairs["pair_id"])])
    raise TypeError(judge)


def _prediction(strategy: Strategy, pair: Pair, replies: Sequence[ChatReply]) -> dict[str, Any]:
    failure = next((reply.failure for reply in replies if reply.failure), "")
    reading = Reading("failed") if failure else strategy.read(replies, pair)
    if pair.swapped:
        reading = reading.unswapped()
    return {
        "round": pair.round,
        "swapped": pair.swapped,
        "pair_id": pair.pair_id,
        "raw_text": replies[0].text or None,
        "thoughts": replies[0].thoughts or None,
        "cut": replies[0].cut,
        "p_options": replies[0].p_options,
        "failure": failure or None,
        **asdict(reading),
    }


def _predictions(judge: Judge, strategy: Strategy, rows: pd.DataFrame) -> pd.DataFrame:
    complete = rows.assign(judge=judge.name, strategy=strategy.name).reindex(columns=PREDICTION_COLUMNS)
    if complete.duplicated(["round", "swapped", "pair_id"]).any():
        raise EmopreferError(f"{judge.where}: more than one verdict for a pair, order and round.")
    return complete.assign(p_a1_both_orders=_over_both_orders(complete))


def _over_both_orders(rows: pd.DataFrame) -> pd.Series:
    """Probability of a1 by the mean of both orders' log-odds of a1 over a2; null without both.

    Averaging probabilities of the three options instead would let `same` decide between a1 and a2.
    """
    probabilities = rows[["p_a1", "p_a2"]].astype(float).clip(lower=1e-12)
    odds = pd.Series(np.log(probabilities["p_a1"] / probabilities["p_a2"]), index=rows.index)
    if odds.isna().all():
        return odds
    by_pair = odds.groupby([rows["round"], rows["pair_id"]])
    mean: pd.Series = by_pair.transform("mean").where(by_pair.transform("count") == 2)
    return pd.Series(1 / (1 + np.exp(-mean)), index=rows.index)
