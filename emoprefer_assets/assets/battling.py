"""Which descriptions are put against each other once systems have been submitted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from emoprefer_assets.assets._battle_book import BattleBook
from emoprefer_assets.assets._content import content_version
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.counts import BattleCounts
from emoprefer_assets.datasets import pair_id_of
from emoprefer_assets.names import CONTESTED, CROWD, HUMAN, NOT_JUDGED
from emoprefer_assets.rows import each_row
from emoprefer_assets.settings import Settings
from emoprefer_assets.stats.battle_choice import (
    NO_BATTLES,
    Battles,
    adaptive_battles,
    even_battles,
    full_round_robin,
)
from emoprefer_assets.stats.bradley_terry import BradleyTerry, fit_bradley_terry
from emoprefer_assets.store import TABLES, Journal, Warehouse

UNIFORM, ADAPTIVE, FULL = "uniform", "adaptive", "full"


@table(group="competition")
def battles(
    entries: pd.DataFrame, raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame, battle_book: BattleBook
) -> pd.DataFrame:
    """A new system's budget, spread evenly over opponents and clips, what adaptive rounds added, and where that is set,
    the data set's pairs without a label."""
    field = _Field.of(entries, raw_pairs)
    chosen = field.as_table(entries, battle_book) if field.submitted else TABLES["battles"].frame()
    if not battle_book.settings.contested:
        return chosen
    return pd.concat([_contested(raw_pairs, consensus_pairs), chosen]).reset_index(drop=True)


def choose_more_battles(settings: Settings) -> int:
    """Add an adaptive round to the battle book, by the crowd's verdicts so far; without a crowd, by all judges'.

    Returns:
        How many battles were added: none where nobody submitted, all systems differ significantly, all is judged, or
        these entries have had their rounds.
    """
    book = BattleBook(Journal(settings.battle_book), settings.battles)
    with Warehouse(settings.warehouse).reading() as reading:
        entries = reading.frame("entries")
        if book.settings.full or entries["submission"].isna().all():
            return 0
        version = content_version(entries)
        if book.rounds_for(version) >= settings.battles.rounds:
            return 0
        raw_pairs, counts = reading.frame("raw_pairs"), reading.frame("battle_counts")
    playing = _Field.of(entries[~entries["state"].isin(NOT_JUDGED)], raw_pairs)
    if not playing.submitted:
        return 0
    fit = playing.fit(BattleCounts.of(counts))
    chosen = playing.places(_Field.of(entries, raw_pairs).as_table(entries, book))
    more = adaptive_battles(playing.described, playing.own.followed_by(chosen), fit, book.rules)
    book.add(playing.named(more), version)
    return len(more)


@dataclass(frozen=True)
class _Field:
    """Who described what, in the order of arrival.

    Attributes:
        systems: the data set's own first.
        submitted: places of the submitted systems in it.
        clips: that anybody described.
        described: shape (n_systems, n_clips).
        own: the pairs of the data set, which are judged already.
    """

    systems: list[str]
    submitted: list[int]
    clips: list[str]
    described: np.ndarray
    own: Battles

    @classmethod
    def of(cls, entries: pd.DataFrame, raw_pairs: pd.DataFrame) -> _Field:
        systems = entries["system"].drop_duplicates().tolist()
        clips = sorted(set(entries["clip_id"]))
        described = np.zeros((len(systems), len(clips)), dtype=bool)
        described[_index(systems, entries["system"]), _index(clips, entries["clip_id"])] = True
        handed_in = set(entries.loc[entries["submission"].notna(), "system"])
        submitted = [place for place, system in enumerate(systems) if system in handed_in]
        field = cls(systems, submitted, clips, described, NO_BATTLES)
        pairs = raw_pairs[raw_pairs["system1"].isin(systems) & raw_pairs["system2"].isin(systems)]
        pairs = pairs[pairs["system1"] != pairs["system2"]]
        return cls(systems, submitted, clips, described, field.places(pairs))

    def places(self, battles: pd.DataFrame) -> Battles:
        """Columns clip_id, system1, system2 as indices; battles of others are left out."""
        here = battles[battles["system1"].isin(self.systems) & battles["system2"].isin(self.systems)]
        return Battles(
            _index(self.clips, here["clip_id"]),
            _index(self.systems, here["system1"]),
            _index(self.systems, here["system2"]),
        )

    def as_table(self, entries: pd.DataFrame, book: BattleBook) -> pd.DataFrame:
        """The table `battles`: of descriptions that may be judged only."""
        rows: list[tuple[str, str, str, str, int]] = []
        chosen = self.own
        # One after the other, so that a later system changes nothing for earlier ones.
        for batch, system in enumerate(self.submitted, start=1):
            here = np.arange(len(self.systems)) <= system
            described = self.described & here[:, None]
            if book.settings.full:
                new = full_round_robin(described, chosen)
            else:
                new = even_battles(described, chosen, book.rules, [system])
            rows += [(*battle, FULL if book.settings.full else UNIFORM, batch) for battle in self.named(new)]
            chosen = chosen.followed_by(new)
        for batch, of_round in enumerate([] if book.settings.full else book.rounds(), start=len(self.submitted) + 1):
            rows += [(*battle, ADAPTIVE, batch) for battle in of_round]
        table = pd.DataFrame(rows, columns=["clip_id", "system1", "system2", "chosen_by", "batch"])
        texts = entries[~entries["state"].isin(NOT_JUDGED)].set_index(["system", "clip_id"])["description"]
        for side in (1, 2):
            keys = pd.MultiIndex.from_frame(table[[f"system{side}", "clip_id"]])
            table[f"a{side}"] = texts.reindex(keys).to_numpy()
        table = table.dropna(subset=["a1", "a2"])
        table["battle_id"] = [_short_hash(*row) for row in each_row(table[["clip_id", "system1", "system2"]])]
        table["pair_id"] = [pair_id_of(*row) for row in each_row(table[["clip_id", "a1", "a2"]])]
        return table.drop_duplicates("battle_id")

    def fit(self, counts: BattleCounts) -> BradleyTerry:
        """Strengths of all systems by the crowd; without a crowd, by all judges together."""
        systems = pd.Index(self.systems).get_indexer(pd.Index(counts.systems))
        clips = pd.Index(self.clips).get_indexer(pd.Index(counts.clips))
        first, second = systems[counts.first], systems[counts.second]
        judged = counts.sources == CROWD if CROWD in counts.sources else counts.sources != HUMAN
        used = judged[counts.source] & (first >= 0) & (second >= 0)
        return fit_bradley_terry(
            first[used],
            second[used],
            counts.first_wins[used],
            counts.battles[used],
            clips[counts.clip[used]],
            len(self.systems),
        )

    def named(self, battles: Battles) -> list[tuple[str, str, str]]:
        """Clip, system shown first and the other, by name."""
        places = zip(battles.clip, battles.a1, battles.a2, strict=True)
        return [(self.clips[clip], self.systems[a1], self.systems[a2]) for clip, a1, a2 in places]


def _contested(raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame) -> pd.DataFrame:
    """The data set's pairs of two systems that judges are not asked about for their scores."""
    scored = raw_pairs["pair_id"].isin(consensus_pairs["pair_id"])
    known = raw_pairs["system1"].notna() & raw_pairs["system2"].notna() & (raw_pairs["system1"] != raw_pairs["system2"])
    pairs = raw_pairs[known & ~scored]
    # A system may have several descriptions of one clip: the pair names them, not the clip and the two systems.
    battle_ids = [_short_hash(pair) for pair in pairs["pair_id"]]
    pairs = pairs.assign(battle_id=battle_ids, chosen_by=CONTESTED, batch=0)
    return pairs[TABLES["battles"].column_names].drop_duplicates("battle_id")


def _index(known: list[str], values: pd.Series) -> np.ndarray:
    places = pd.Series(range(len(known)), index=known, dtype=int)
    return places.reindex(values).to_numpy(dtype=int)


def _short_hash(*parts: str) -> str:
    return hashlib.blake2b(json.dumps(parts, ensure_ascii=False).encode(), digest_size=8).hexdigest()
