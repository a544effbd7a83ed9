"""What one evaluation carries through all of its tables: settings, the account of what is spent, the call caches."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import dagster as dg

from emoprefer_assets.settings import Settings, current_settings
from emoprefer_assets.spending import Spending
from emoprefer_assets.store import CallCache, Warehouse
from emoprefer_assets.tally import Tally


@dataclass(frozen=True)
class Run:
    """One run: of the command, or of Dagster's.

    Attributes:
        settings: where things are and how the evaluation is made.
        tallies: what was asked of each judge so far, also for tables that were stopped half-way.
    """

    settings: Settings
    tallies: dict[str, Tally] = field(default_factory=dict)

    @cached_property
    def spending(self) -> Spending:
        """The one account that every judge call of the run is paid from."""
        return Spending(self.settings.budget, self.settings.daily_budget, self.settings.calls_folder)

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings.warehouse)

    def calls_of(self, judge: str) -> CallCache:
        """Every call that was made for a judge."""
        return CallCache(self.settings.calls_folder, judge)

    def tally_of(self, judge: str) -> Tally:
        """What was asked of the judge in this run."""
        return self.tallies.setdefault(judge, Tally())


@dg.resource(description="Settings from the environment, and the account of what the run spends.")
def run_by_dagster(_: dg.InitResourceContext) -> Run:
    """A run that Dagster starts. No command gives it a budget: EMOPREFER_BUDGET counts over a day, as the daily one."""
    settings = current_settings()
    limits = [limit for limit in (settings.budget, settings.daily_budget) if limit is not None]
    return Run(settings.replaced(budget=None, daily_budget=min(limits, default=None)))
