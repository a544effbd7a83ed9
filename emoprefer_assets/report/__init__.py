"""The report: what a person wants to see of an evaluation, in one HTML file."""

from emoprefer_assets.report._rendering import render_report
from emoprefer_assets.report._reproduction import render_reproduction
from emoprefer_assets.report._writing import write_report

__all__ = ["render_report", "render_reproduction", "write_report"]
