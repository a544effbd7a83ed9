"""The report: what a person wants to see of an evaluation, in one HTML file."""

from emoprefer_assets.report._blocks import Figure, Heading, ReportSection, Section, made_table, report_section, text
from emoprefer_assets.report._pictures import (
    picture_of_consistency,
    picture_of_judges,
    picture_of_leaderboard,
    picture_of_reliability,
)
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._rendering import render_report
from emoprefer_assets.report._reproduction import render_reproduction
from emoprefer_assets.report._text import number, span
from emoprefer_assets.report._writing import write_report

__all__ = [
    "Figure",
    "Heading",
    "Published",
    "ReportSection",
    "Section",
    "made_table",
    "number",
    "picture_of_consistency",
    "picture_of_judges",
    "picture_of_leaderboard",
    "picture_of_reliability",
    "render_report",
    "render_reproduction",
    "report_section",
    "span",
    "text",
    "write_report",
]
