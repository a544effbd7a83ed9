"""Plots in an asset's metadata, which Dagster's UI shows after a click."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import dagster as dg
import pandas as pd


def plot_of_judges(judge_board: pd.DataFrame) -> dict[str, Any]:
    """The best judge, and all scores with intervals, as metadata."""
    from emoprefer_assets.report import chart_of_judges

    best = judge_board[(judge_board["kind"] == "judge") & (judge_board["rank"].notna())].sort_values("rank").head(1)
    headline: dict[str, Any] = {}
    if len(best):
        headline["best_judge"] = best["judge"].iloc[0]
        headline["best_judge_waf_2class"] = round(float(best["waf_2class"].iloc[0]), 2)
    return headline | _plot("plot_scores_with_intervals", chart_of_judges, judge_board)


def plot_of_consistency(judge_board: pd.DataFrame) -> dict[str, dg.MarkdownMetadataValue]:
    """Swap consistency against WAF, as metadata."""
    from emoprefer_assets.report import chart_of_consistency

    return _plot("plot_swap_consistency_against_waf", chart_of_consistency, judge_board)


def plot_of_leaderboard(leaderboard: pd.DataFrame) -> dict[str, dg.MarkdownMetadataValue]:
    """Ratings with intervals, as metadata."""
    from emoprefer_assets.report import chart_of_leaderboard

    return _plot("plot_ratings_with_intervals", chart_of_leaderboard, leaderboard)


def plot_of_reliability(reliability_curve: pd.DataFrame) -> dict[str, dg.MarkdownMetadataValue]:
    """Reliability curves, as metadata."""
    from emoprefer_assets.report import chart_of_reliability

    return _plot("plot_reliability", chart_of_reliability, reliability_curve)


def _plot(
    name: str, draw: Callable[[pd.DataFrame], dict[str, Any] | None], rows: pd.DataFrame
) -> dict[str, dg.MarkdownMetadataValue]:
    from emoprefer_assets.report import svg_of

    try:
        chart = draw(rows)
        picture = svg_of(chart) if chart else ""
    except ValueError as error:
        # What cannot be drawn, such as a name that the renderer stumbles over, is no reason to go without the table.
        return {name: dg.MetadataValue.md(f"not drawn: {type(error).__name__}")}
    if not picture:
        return {}
    inlined = base64.b64encode(picture.encode()).decode()
    return {name: dg.MetadataValue.md(f"![{name}](data:image/svg+xml;base64,{inlined})")}
