"""The account of a run: what its calls have cost, what is under way may cost, and what may still be sent."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path
from threading import RLock

from filelock import FileLock

from emoprefer_assets.store import CallCache

DAY_SECONDS = 24 * 3600
# A budget of three calls is not two because the sum of their costs is rounded.
_ROUNDING = 1 + 1e-9


class Spending:
    """Shared by all judges of a run, and safe to use from several threads.

    Amounts are in the currency of the registry's prices.

    Args:
        budget: what this run's calls may cost; None is no limit.
        daily_budget: what the calls of all runs on these call caches may cost in any 24 hours; None is no limit.
        calls: the folder of the call caches.
    """

    def __init__(self, budget: float | None, daily_budget: float | None, calls: Path) -> None:
        self.budget = budget
        self.daily_budget = daily_budget
        self._calls = calls
        self._spent = 0.0
        # By judge and key: the estimate as it was given, and what is reserved.
        self._under_way: dict[tuple[str, str], tuple[float, float]] = {}
        # Times that a judge's call has cost more than estimated, at most.
        self._excess: dict[str, float] = {}
        # Judges whose allowed calls are more than can be paid, since that is known.
        self._overdrawn: set[str] = set()
        self._turn = RLock()

    @property
    def spent(self) -> float:
        """What this run's answered calls have cost."""
        return self._spent

    @property
    def under_way(self) -> float:
        """What this run's calls under way will cost at most."""
        with self._turn:
            return sum(reserved for _, reserved in self._under_way.values())

    @property
    def spent_today(self) -> float:
        """What the calls of all runs have cost in the last 24 hours, with what is under way."""
        since = time.time() - DAY_SECONDS
        return sum(CallCache(self._calls, file.stem).spent_since(since) for file in self._calls.glob("*.sqlite"))

    def afford(self, cache: CallCache, estimates: Sequence[tuple[str, float]]) -> int:
        """How many of these calls, in order, may be sent now. They are reserved, on disk where they cost anything.

        Where a judge's calls have cost more than estimated, its later ones are expected to do so as well.

        Args:
            cache: of the judge, open.
            estimates: the key of each call and what it will cost at most.
        """
        if not any(estimate for _, estimate in estimates):
            return len(estimates)
        with self._turn:
            if self.daily_budget is None:
                return self._reserve(cache, estimates, self._left())
            # No judge has a name that begins with a point.
            with FileLock(self._calls / ".spending.lock"):
                return self._reserve(cache, estimates, min(self._left(), self._left_today()))

    def settle(self, cache: CallCache, key: str, cost: float) -> None:
        """Put the true cost in place of the estimate, after the call was recorded in its cache."""
        with self._turn:
            estimate, _ = self._under_way.pop((cache.judge, key), (0.0, 0.0))
            self._spent += cost
            if estimate and cost > estimate * self._excess.get(cache.judge, 1.0) * _ROUNDING:
                self._excess[cache.judge] = cost / estimate
                self._note_overdraft(cache.judge)

    def is_overdrawn(self, cache: CallCache) -> bool:
        """Whether calls that the judge was allowed could exceed a budget, as others have cost more than estimated."""
        return cache.judge in self._overdrawn

    def give_back(self, cache: CallCache, keys: Collection[str]) -> None:
        """Take back calls that were never answered.

        One that was sent may be charged all the same: leave it, and it counts as spent for 24 hours.
        """
        with self._turn:
            priced = [key for key in keys if self._under_way.pop((cache.judge, key), None)]
        if priced:
            cache.release(priced)

    def refusal(self, where: str) -> str:
        """What to say where nothing more can be afforded: which budget, what is spent, and what to do.

        Args:
            where: the judge, as errors name it.
        """
        left, left_today = self._left(), self._left_today()
        if left_today < left:
            budget, spent, under_way = self.daily_budget, self.spent_today, 0.0
            which, when = "daily budget", " in the last 24 hours, with what is under way"
            remedy = "run again later, or with a larger EMOPREFER_DAILY_BUDGET, to go on"
        else:
            budget, spent, under_way = self.budget, self.spent, self.under_way
            which, when = "budget", ""
            remedy = "run again with a larger --budget to go on"
        waits = f", {under_way:.4g} is reserved for calls under way" if under_way else ""
        over = " Calls have cost more than estimated: answers were longer than asked for." if self._excess else ""
        return (
            f"{where}: the {which} of {budget or 0:g} is reached: {spent:.4g} of it is spent{when}{waits}, and the "
            f"next call could exceed it.{over} All answers are kept: {remedy}."
        )

    def _note_overdraft(self, judge: str) -> None:
        under_way = [amounts for (of, _), amounts in self._under_way.items() if of == judge]
        more = sum(self._excess[judge] * estimate - reserved for estimate, reserved in under_way)
        if more > 0 and (more > self._left() or more > self._left_today()):
            self._overdrawn.add(judge)

    def _reserve(self, cache: CallCache, estimates: Sequence[tuple[str, float]], left: float) -> int:
        excess, count = self._excess.get(cache.judge, 1.0), 0
        self._overdrawn.discard(cache.judge)
        reserved: dict[tuple[str, str], tuple[float, float]] = {}
        for key, estimate in estimates:
            left -= excess * estimate
            if estimate and left < 0:
                break
            count += 1
            if estimate:
                reserved[cache.judge, key] = estimate, excess * estimate
        if reserved:
            cache.reserve([(key, most) for (_, key), (_, most) in reserved.items()])
            self._under_way |= reserved
        return count

    def _left(self) -> float:
        return float("inf") if self.budget is None else self.budget * _ROUNDING - self.spent - self.under_way

    def _left_today(self) -> float:
        return float("inf") if self.daily_budget is None else self.daily_budget * _ROUNDING - self.spent_today
