"""Counted battles as boards: one a source of verdicts, all over the same systems and clips."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from emoprefer_assets.assets.counts import BattleCounts
from emoprefer_assets.names import COMBINED
from emoprefer_assets.offline import count_emotion_words
from emoprefer_assets.stats.bradley_terry import ELO_PER_STRENGTH, BradleyTerry, fit_bradley_terry
from emoprefer_assets.stats.comparing import Comparisons
from emoprefer_assets.stats.davidson import fit_davidson
from emoprefer_assets.stats.fragility import fragility
from emoprefer_assets.stats.prediction_powered import PredictionPowered, combine_with_people
from emoprefer_assets.stats.rating_draws import RatingDraws, rating_draws
from emoprefer_assets.stats.resampling import LEVEL
from emoprefer_assets.stats.style_control import StyleControl, StyleReference, control_style
from emoprefer_assets.stats.tiers import tiers
from emoprefer_assets.store import TABLES

RANKED = "ranked"
# Why people's board with the crowd's help is not shown.
NO_VOTES = (
    "people's labels came without votes: pairs on which people disagree may be missing, so they are no random part"
)
NOTHING_SHARED = "people voted on none of the crowd's battles: nothing corrects the crowd"
NOT_JUDGED = (
    "the crowd has not judged {} pairs that people voted on, among them those on which they disagree: the others are "
    "no random part. EMOPREFER_BATTLES_CONTESTED=yes asks about them, and a judge's recording has to hold them"
)
NOTHING_ADDED = "people voted on each of the crowd's battles: it would repeat their own board"
CHOSEN = (
    "the crowd says other things of the pairs that people voted on than of the rest between the same systems "
    "(p {:.2g}): they are no random part"
)
NOT_RANDOM = 0.01
STYLE = {"characters": len, "emotion_words": count_emotion_words}


@dataclass(frozen=True)
class Board:
    """One source's battles and their fit.

    Attributes:
        source: whose verdicts.
        systems, clips, pairs: names, alike on every board.
        first, second: places of each row's systems in `systems`, shape (n,).
        clip, pair: places of each row's clip and pair of descriptions in `clips` and `pairs`, shape (n,).
        wins: battles that `first` won, ties as half, shape (n,).
        battles, ties: shape (n,).
        fit: over all `systems`, whether or not this source judged them.
        weighed_wins, weighed_battles: what each row weighs in `fit`, shape (n,).
    """

    source: str
    systems: np.ndarray
    clips: np.ndarray
    pairs: np.ndarray
    first: np.ndarray
    second: np.ndarray
    clip: np.ndarray
    pair: np.ndarray
    wins: np.ndarray
    battles: np.ndarray
    ties: np.ndarray
    fit: BradleyTerry
    weighed_wins: np.ndarray
    weighed_battles: np.ndarray

    @cached_property
    def draws(self) -> RatingDraws:
        """The fit resampled by clip, made once."""
        return rating_draws(self.fit)

    @property
    def matches(self) -> np.ndarray:
        """A number for each row's clip, systems and pair, alike on every board and ascending, shape (n,)."""
        both: np.ndarray = (self.clip * len(self.systems) + self.first) * len(self.systems) + self.second
        numbers: np.ndarray = both * len(self.pairs) + self.pair
        return numbers

    def rows(self, draws: RatingDraws | None = None) -> pd.DataFrame:
        """The leaderboard of the systems that fought, best first; by another fit of the same battles if it is given."""
        draws = draws or self.draws
        fit = draws.fit
        comparisons = draws.comparisons
        rank_low, rank_high = comparisons.rank_interval
        ci_low, ci_high = fit.rating_interval()
        board = pd.DataFrame(
            {
                "component": fit.components,
                "system": self.systems,
                "state": RANKED,
                "rating": fit.rating,
                "ci_low": ci_low,
                "ci_high": ci_high,
                "rank_low": rank_low,
                "rank_high": rank_high,
                "tier": _tiers(comparisons, fit),
                "tied_with": [self.systems[tied].tolist() for tied in comparisons.tied_with],
                "equivalent_to": [self.systems[equal].tolist() for equal in comparisons.equivalent_to],
                # Of one system alone there are none, which the median of a frame passes over without a word.
                "detectable_difference": ELO_PER_STRENGTH * pd.DataFrame(comparisons.detectable).median(axis=1),
                "first_in_replicates": draws.first_in_replicates,
                "strength": fit.strength,
            }
        ).join(self._tallies)
        board = board[board["clips"] > 0]
        board = board.assign(component=board["component"].rank(method="dense").astype(int))
        board["rank"] = board.groupby("component")["rating"].rank(ascending=False, method="min").astype(int)
        return board.sort_values(["component", "rank", "system"], ignore_index=True)

    def robustness(self) -> pd.DataFrame:
        """Whether ties and single clips make the ratings, index system: `davidson_rating` and the columns after it."""
        found = pd.DataFrame(index=pd.Index(self.systems, name="system"))
        # People's verdicts with the crowd's help are weighed, and a weighed tie is no tie any more.
        if self.source != COMBINED:
            rows = self.first, self.second, self.wins, self.battles, self.ties, self.clip
            by_davidson = fit_davidson(*rows, len(self.systems))
            low, high = by_davidson.fit.rating_interval()
            found = found.assign(
                davidson_rating=by_davidson.fit.rating,
                davidson_low=low,
                davidson_high=high,
                ties_differ=by_davidson.p_ties_differ < 1 - LEVEL,
            )
        for lead in fragility(self.fit, self.first, self.second, self.weighed_wins, self.weighed_battles, self.clip):
            if lead.clips is not None and lead.challenger is not None:
                leader = self.systems[lead.leader]
                found.loc[leader, "challenger"] = self.systems[lead.challenger]
                found.loc[leader, "clips_to_change"] = len(lead.clips)
        return found

    def at_equal_style(self, own: pd.DataFrame, styles: pd.DataFrame) -> StyleControl | None:
        """The same battles with covariates of style; None where a description is not known.

        Args:
            own: the styles that a unit is taken from: columns of `STYLE`.
            styles: index `places_of_texts`, columns of `STYLE`.
        """
        spread = own.std(ddof=0).to_numpy()
        names = [name for name, unit in zip(STYLE, spread, strict=True) if unit > 0]
        first, second = (
            styles[names].reindex(side * len(self.pairs) + self.pair).to_numpy() for side in (self.first, self.second)
        )
        if not names or np.isnan(first).any() or np.isnan(second).any():
            return None
        reference = StyleReference(tuple(names), own[names].mean().to_numpy(), spread[spread > 0])
        battles = self.first, self.second, self.wins, self.battles, self.clip
        return control_style(*battles, len(self.systems), first, second, reference)

    @property
    def _tallies(self) -> pd.DataFrame:
        """Battles, wins, clips and percent tied of each of `systems`."""
        count, sides = len(self.systems), np.concatenate([self.first, self.second])

        def of_both_sides(first: np.ndarray, second: np.ndarray) -> np.ndarray:
            return np.bincount(sides, np.concatenate([first, second]), count)

        fought = of_both_sides(self.battles, self.battles)
        met = np.zeros((len(self.clips), count), dtype=bool)
        met[np.tile(self.clip, 2), sides] = True
        return pd.DataFrame(
            {
                "battles": fought,
                "wins": of_both_sides(self.wins, self.battles - self.wins),
                "clips": met.sum(axis=0),
                "tie_share": 100.0 * of_both_sides(self.ties, self.ties) / np.where(fought > 0, fought, np.nan),
            }
        )


def _tiers(comparisons: Comparisons, fit: BradleyTerry) -> np.ndarray:
    """The letters of each system in its component, shape (n_systems,)."""
    letters = np.empty(len(fit.components), dtype=object)
    for component in np.unique(fit.components):
        members = np.flatnonzero(fit.components == component)
        members = members[np.argsort(-fit.strength[members], kind="stable")]
        letters[members] = tiers(comparisons.tied[np.ix_(members, members)])
    return letters


def boards_of(counts: BattleCounts, wanted: Collection[str] | None = None) -> Iterator[Board]:
    """A board for each source of verdicts that is wanted (all, if None), by name.

    One at a time: each holds the slopes of every clip and system.
    """
    for place, source in enumerate(counts.sources):
        if wanted is not None and source not in wanted:
            continue
        here = slice(*np.searchsorted(counts.source, [place, place + 1]))
        first, second, clip, pair = (
            column[here].astype(np.intp) for column in (counts.first, counts.second, counts.clip, counts.pair)
        )
        wins, battles, ties = (column[here] for column in (counts.first_wins, counts.battles, counts.ties))
        fit = fit_bradley_terry(first, second, wins, battles, clip, len(counts.systems), all_clips=len(counts.clips))
        names = counts.systems, counts.clips, counts.pairs
        yield Board(source, *names, first, second, clip, pair, wins, battles, ties, fit, wins, battles)


@dataclass(frozen=True)
class PeopleWithCrowd:
    """People's board with the crowd's help, and what it rests on.

    Attributes:
        board: None where it is not shown.
        found: None where people and crowd share no battle, or people's votes are not known.
        not_shown: why; None where it is shown.
    """

    board: Board | None
    found: PredictionPowered | None
    not_shown: str | None


def combine(crowd: Board, human: Board, votes: bool, drawn: Collection[str] = ()) -> PeopleWithCrowd:
    """People's board with the crowd's help, where people's battles are a random part of the crowd's.

    Args:
        votes: whether `human` holds people's votes; else labels, which are what was left of votes.
        drawn: pairs that were drawn at random for people. Of two systems with such pairs, the others that people voted
            on are no random part of their battles, and stand for themselves.
    """
    if not votes:
        return PeopleWithCrowd(None, None, NO_VOTES)
    known = np.minimum(np.searchsorted(human.matches, crowd.matches), len(human.matches) - 1)
    both = human.matches[known] == crowd.matches
    if not both.any():
        return PeopleWithCrowd(None, None, NOTHING_SHARED)
    voted = np.where(both, (human.wins / human.battles)[known], np.nan)
    said = crowd.wins / crowd.battles
    found = combine_with_people(
        *(crowd.first, crowd.second, said, voted, crowd.clip, len(crowd.systems)),
        strata=_not_drawn(crowd, both, np.isin(crowd.pairs[crowd.pair], list(drawn))),
    )
    if missing := len(human.matches) - int(both.sum()):
        return PeopleWithCrowd(None, found, NOT_JUDGED.format(missing))
    if found.battles == found.labelled:
        return PeopleWithCrowd(None, found, NOTHING_ADDED)
    if found.p_random < NOT_RANDOM:
        return PeopleWithCrowd(None, found, CHOSEN.format(found.p_random))
    connected = found.fit.components[crowd.first] == found.fit.components[crowd.second]
    weighed = replace(
        crowd, source=COMBINED, fit=found.fit, weighed_wins=found.row_wins, weighed_battles=found.row_battles
    )
    columns = ("first", "second", "clip", "pair", "wins", "battles", "ties", "weighed_wins", "weighed_battles")
    board = replace(weighed, **{column: getattr(weighed, column)[connected] for column in columns})
    return PeopleWithCrowd(board, found, None)


def _not_drawn(crowd: Board, voted: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """1 where people voted on a pair that was not drawn, of two systems that have such, else 0: shape (n,)."""
    between = np.minimum(crowd.first, crowd.second) * len(crowd.systems) + np.maximum(crowd.first, crowd.second)
    strata: np.ndarray = (voted & ~drawn & np.isin(between, between[voted & drawn])).astype(int)
    return strata


def unranked_rows(systems: Mapping[str, str], sources: Collection[str]) -> pd.DataFrame:
    """The systems of which no description may be judged, with why: on every board, without a rank."""
    rows = [(source, system, state) for source in sources for system, state in systems.items()]
    unranked = pd.DataFrame(rows, columns=["source", "system", "state"])
    unranked = unranked.assign(component=1, battles=0.0, wins=0.0, clips=0)
    return unranked.reindex(columns=TABLES["leaderboard"].column_names)


def texts_of(*pairs: pd.DataFrame) -> pd.DataFrame:
    """The descriptions of tables of pairs, a row a pair and side: columns pair_id, clip_id, system, text."""
    columns = ["pair_id", "clip_id", "system", "text"]
    sides = [
        table[["pair_id", "clip_id", f"system{side}", f"a{side}"]].set_axis(columns, axis=1)
        for table in pairs
        for side in (1, 2)
    ]
    return pd.concat(sides).dropna(subset=["system"])


def places_of_texts(texts: pd.Index, counts: BattleCounts) -> np.ndarray:
    """A number for each (system, pair_id), as `Board.at_equal_style` looks for it; below 0 where none fought so."""
    names = (counts.systems, counts.pairs)
    system, pair = (pd.Index(known).get_indexer(texts.get_level_values(level)) for level, known in enumerate(names))
    return np.where((system < 0) | (pair < 0), -1, system * len(counts.pairs) + pair)


def styles_of(texts: pd.DataFrame) -> pd.DataFrame:
    """The style of each of `texts`: index (system, pair_id), columns of `STYLE`; of the pair's own text, as a system
    may have several on one clip."""
    measured = texts["text"].drop_duplicates()
    by_text = pd.DataFrame({name: measured.map(measure).astype(float) for name, measure in STYLE.items()})
    styles = by_text.set_index(measured).reindex(texts["text"])
    return styles.set_axis(pd.MultiIndex.from_frame(texts[["system", "pair_id"]])).groupby(level=[0, 1]).mean()
