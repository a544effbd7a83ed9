"""The report: what a person wants to see of an evaluation, in one HTML file."""

from emoprefer_assets.report._pictures import (
    chart_of_consistency,
    chart_of_judges,
    chart_of_leaderboard,
    chart_of_reliability,
    svg_of,
)
from emoprefer_assets.report._rendering import render_report
from emoprefer_assets.report._reproduction import render_reproduction
from emoprefer_assets.report._writing import write_report

__all__ = [
    "chart_of_consistency",
    "chart_of_judges",
    "chart_of_leaderboard",
    "chart_of_reliability",
    "render_report",
    "render_reproduction",
    "svg_of",
    "write_report",
]
