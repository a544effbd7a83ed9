"""What asking took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Calls, answers from the call cache, tokens and money.

    Attributes:
        calls: questions that were put to a model now, by step.
        from_cache: cached answers that were used.
        recorded: verdicts that were read from files, for which nobody was asked.
        failed: calls without an answer.
        reasons: of the failed calls, how many by each.
        tokens_in, tokens_out: of the calls.
        cost: in the currency of the registry's prices.
    """

    calls: Counter[str] = field(default_factory=Counter)
    from_cache: int = 0
    recorded: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0

    @property
    def all_calls(self) -> int:
        """Calls of all steps."""
        return sum(self.calls.values())

    def add(self, step: str, calls: int, tokens_in: int, tokens_out: int, cost: float) -> None:
        """Count `calls` of a step with all their tokens and their cost together."""
        self.calls[step] += calls
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.cost += cost

    def fail(self, reason: str) -> None:
        """Count a call of those that were added as failed."""
        self.failed += 1
        self.reasons[reason] += 1

    @property
    def usual_failure(self) -> str:
        """The most common reason of failed calls; "" where none failed."""
        return max(self.reasons, key=self.reasons.__getitem__, default="")

    def count(self, other: Tally) -> None:
        """Count another one's calls, too."""
        self.calls.update(other.calls)
        self.reasons.update(other.reasons)
        self.from_cache += other.from_cache
        self.recorded += other.recorded
        self.failed += other.failed
        self.tokens_in += other.tokens_in
        self.tokens_out += other.tokens_out
        self.cost += other.cost


# What was asked so far, and the most calls that it will take.
Progress = Callable[[Tally, int], None]
