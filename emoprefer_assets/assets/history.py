"""Every leaderboard that there has been, with what made it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from emoprefer_assets.assets._content import content_version
from emoprefer_assets.assets._table import TABLE_ASSETS, table
from emoprefer_assets.judges import Judge
from emoprefer_assets.rows import each_row
from emoprefer_assets.store import TABLES, Journal

KEPT = ["source", "system", "state", "component", "rank", "rating", "ci_low", "ci_high", "battles"]


@table(group="leaderboard")
def leaderboard_history(
    leaderboard: pd.DataFrame,
    submissions: pd.DataFrame,
    data_set: pd.DataFrame,
    crowd: pd.DataFrame,
    battles: pd.DataFrame,
    judge_registry: Sequence[Judge],
    evaluation_settings: Mapping[str, object],
    board_book: Journal,
) -> pd.DataFrame:
    """Adds the leaderboard to those before it, if it differs from the last one."""
    board = leaderboard[KEPT].astype(object).where(leaderboard[KEPT].notna(), None)
    evaluations = [entry for _, entry in board_book.entries()]
    version = content_version(leaderboard)
    if len(board) and (not evaluations or evaluations[-1]["board"] != version):
        newest = submissions[submissions["newest"]]
        sources = {
            "submissions": {f"{row.kind} {row.name}": f"{row.content} {row.state}" for row in each_row(newest)},
            "judges": {judge.name: judge.entry_version() for judge in judge_registry},
            "crowd": crowd[["ensemble", "k", "orders", "voters"]].to_json(orient="records"),
            "battles": len(battles),
            "data_set": data_set.to_json(orient="records"),
            "settings": dict(evaluation_settings),
            "code": TABLE_ASSETS["leaderboard"].code_version,
        }
        entry: dict[str, Any] = {
            "evaluation": len(evaluations) + 1,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "board": version,
            "made_from": sources,
            "rows": board.to_numpy().tolist(),
        }
        board_book.mend()
        board_book.append([entry])
        evaluations.append(entry)
    rows: list[tuple[object, ...]] = []
    for entry in evaluations:
        made_at, made_from = datetime.fromisoformat(entry["made_at"]), json.dumps(entry["made_from"], sort_keys=True)
        about = entry["evaluation"], made_at.replace(tzinfo=None), entry["board"]
        rows += [(*about, *row, made_from) for row in entry["rows"]]
    return TABLES["leaderboard_history"].frame(rows)
