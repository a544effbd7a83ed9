"""Data-quality checks: what each is, how they are run, and in `sentences` the checks themselves."""

from emoprefer_assets.checks._model import CheckOutcome, checks_of
from emoprefer_assets.checks._running import prepare_checks, rows_that_break, run_checks
from emoprefer_assets.checks.sentences import unfit_judges

__all__ = [
    "CheckOutcome",
    "checks_of",
    "prepare_checks",
    "rows_that_break",
    "run_checks",
    "unfit_judges",
]
