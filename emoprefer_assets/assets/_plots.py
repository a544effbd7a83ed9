"""Plots in an asset's metadata, which Dagster's UI shows after a click."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

import dagster as dg
import pandas as pd


def plot_of_judges(judge_board: pd.DataFrame) -> dict[str, Any]:
    """The best judge, and all scores with intervals, as metadata."""
    best = judge_board[(judge_board["kind"] == "judge") & (judge_board["rank"].notna())].sort_values("rank").head(1)
    headline: dict[str, Any] = {}
    if len(best):
        headline["best_judge"] = best["judge"].iloc[0]
        headline["best_judge_waf_2class"] = round(float(best["waf_2class"].iloc[0]), 2)
    return headline | _plot_of("scores_with_intervals", judge_board)


def _plot_of(what: str, rows: pd.DataFrame) -> dict[str, dg.MarkdownMetadataValue]:
    """A table's chart, as metadata."""
    from emoprefer_assets import report

    charts = {
        "scores_with_intervals": report.chart_of_judges,
        "swap_consistency_against_waf": report.chart_of_consistency,
        "ratings_with_intervals": report.chart_of_leaderboard,
        "reliability": report.chart_of_reliability,
    }
    name = f"plot_{what}"
    try:
        chart = charts[what](rows)
        picture = report.svg_of(chart) if chart else ""
    except ValueError as error:
        # What cannot be drawn, such as a name that the renderer stumbles over, is no reason to go without the table.
        return {name: dg.MetadataValue.md(f"not drawn: {type(error).__name__}")}
    if not picture:
        return {}
    inlined = base64.b64encode(picture.encode()).decode()
    return {name: dg.MetadataValue.md(f"![{name}](data:image/svg+xml;base64,{inlined})")}


plot_of_consistency = partial(_plot_of, "swap_consistency_against_waf")
plot_of_leaderboard = partial(_plot_of, "ratings_with_intervals")
plot_of_reliability = partial(_plot_of, "reliability")
