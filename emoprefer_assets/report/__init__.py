"""The report: what a person wants to see of an evaluation, in one HTML file."""

from emoprefer_assets.report._blocks import Figure, Heading, ReportSection, Section, made_table, report_section, text
from emoprefer_assets.report._pictures import (
    chart_of_consistency,
    chart_of_judges,
    chart_of_leaderboard,
    chart_of_reliability,
    svg_of,
)
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._rendering import render_report
from emoprefer_assets.report._reproduction import render_reproduction
from emoprefer_assets.report._standings import render_standings
from emoprefer_assets.report._text import number, span
from emoprefer_assets.report._writing import write_report

__all__ = [
    "Figure",
    "Heading",
    "Published",
    "ReportSection",
    "Section",
    "chart_of_consistency",
    "chart_of_judges",
    "chart_of_leaderboard",
    "chart_of_reliability",
    "made_table",
    "number",
    "render_report",
    "render_reproduction",
    "render_standings",
    "report_section",
    "span",
    "svg_of",
    "text",
    "write_report",
]
