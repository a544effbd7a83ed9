"""Battles on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emoprefer_assets.settings import BattleSettings
from emoprefer_assets.stats.battle_choice import ChoiceRules
from emoprefer_assets.store import Journal


@dataclass(frozen=True)
class BattleBook:
    """The battles that adaptive rounds have chosen, which follow from nothing else; the others follow from the entries.

    Attributes:
        journal: a line a round: its battles as (clip, system shown first, the other), and the version of the entries
            that it was chosen for.
        settings: how many battles there may be.
    """

    journal: Journal
    settings: BattleSettings

    @property
    def rules(self) -> ChoiceRules:
        """How battles are chosen by these settings."""
        return ChoiceRules(
            budget=self.settings.per_system, floor=self.settings.random_share, settled=self.settings.confidence
        )

    def rounds(self) -> list[list[tuple[str, str, str]]]:
        """The battles of each round, oldest first: (clip, system shown first, the other)."""
        return [[tuple(battle) for battle in entry["battles"]] for _, entry in self.journal.entries()]

    def rounds_for(self, entries: str) -> int:
        """How many rounds there have been for the entries of this version."""
        return sum(entry["entries"] == entries for _, entry in self.journal.entries())

    def add(self, battles: Sequence[tuple[str, str, str]], entries: str) -> None:
        """Put a round on record; an empty one is none."""
        if battles:
            self.journal.mend()
            self.journal.append([{"battles": battles, "entries": entries}])
