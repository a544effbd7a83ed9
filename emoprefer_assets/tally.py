"""What asking took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Calls, answers from the call cache, tokens and money.

    Attributes:
        calls: questions that were put to a model now, by step.
        from_cache: cached answers that were used.
        failed: calls without an answer.
        tokens_in, tokens_out: of the calls.
        cost: in the currency of the registry's prices.
    """

    calls: dict[str, int] = field(default_factory=dict)
    from_cache: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0

    @property
    def all_calls(self) -> int:
        """Calls of all steps."""
        return sum(self.calls.values())

    def add(self, step: str, calls: int, tokens_in: int, tokens_out: int, cost: float) -> None:
        """Count `calls` of a step with all their tokens and their cost together."""
        self.calls[step] = self.calls.get(step, 0) + calls
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.cost += cost

    def count(self, other: Tally) -> None:
        """Count another one's calls, too."""
        for step, calls in other.calls.items():
            self.calls[step] = self.calls.get(step, 0) + calls
        self.from_cache += other.from_cache
        self.failed += other.failed
        self.tokens_in += other.tokens_in
        self.tokens_out += other.tokens_out
        self.cost += other.cost


# What was asked so far, and the most calls that it will take.
Progress = Callable[[Tally, int], None]
