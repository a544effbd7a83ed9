"""Counted battles as boards: one a source of verdicts, all over the same systems and clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from emoprefer_assets.judges.emotion_words import count_emotion_words
from emoprefer_assets.stats import (
    BradleyTerry,
    RatingDraws,
    StyleControl,
    StyleReference,
    combine_with_people,
    control_style,
    fit_bradley_terry,
    rating_draws,
)
from emoprefer_assets.stats.comparing import Z_95
from emoprefer_assets.store import TABLES

HUMAN, CROWD, COMBINED = "human", "crowd", "people with crowd"
RANKED, QUARANTINED = "ranked", "quarantined"
STYLE = {"characters": len, "emotion_words": count_emotion_words}


@dataclass(frozen=True)
class Board:
    """One source's battles and their fit.

    Attributes:
        source: whose verdicts.
        counts: the source's rows of table battle_counts.
        systems: names; indices below are places in it.
        first, second: index of each row's systems, shape (n,).
        clips: index of each row's clip, shape (n,); the same clips have the same index on every board.
        fit: over all `systems`, whether or not this source judged them.
    """

    source: str
    counts: pd.DataFrame
    systems: np.ndarray
    first: np.ndarray
    second: np.ndarray
    clips: np.ndarray
    fit: BradleyTerry

    @cached_property
    def draws(self) -> RatingDraws:
        """The fit resampled by clip, made once."""
        return rating_draws(self.fit)

    def rows(self, draws: RatingDraws | None = None) -> pd.DataFrame:
        """The leaderboard of the systems that fought, best first; by another fit of the same battles if it is given."""
        draws = draws or self.draws
        fit = draws.fit
        rank_low, rank_high = draws.rank_interval
        board = pd.DataFrame(
            {
                "piece": fit.pieces,
                "system": self.systems,
                "state": RANKED,
                "rating": fit.rating,
                "ci_low": fit.rating - Z_95 * fit.rating_error,
                "ci_high": fit.rating + Z_95 * fit.rating_error,
                "rank_low": rank_low,
                "rank_high": rank_high,
                "tied_with": [self.systems[tied].tolist() for tied in draws.tied_with],
                "p_best": draws.best,
                "strength": fit.strength,
            }
        ).join(self._tallies)
        board = board[board["clips"] > 0]
        board = board.assign(piece=board["piece"].rank(method="dense").astype(int))
        board["rank"] = board.groupby("piece")["rating"].rank(ascending=False, method="min").astype(int)
        return board.sort_values(["piece", "rank", "system"], ignore_index=True)

    def at_equal_style(self, own: pd.DataFrame, styles: pd.DataFrame) -> StyleControl | None:
        """The same battles with covariates of style; None where a description is not known.

        Args:
            own: the styles that a unit is taken from: columns of `STYLE`.
            styles: index (system, clip_id), columns of `STYLE`.
        """
        spread = own.std(ddof=0).to_numpy()
        names = [name for name, unit in zip(STYLE, spread, strict=True) if unit > 0]
        sides = [
            styles[names].reindex(pd.MultiIndex.from_frame(self.counts[[f"{side}_system", "clip_id"]])).to_numpy()
            for side in ("first", "second")
        ]
        if not names or np.isnan(sides).any():
            return None
        reference = StyleReference(tuple(names), own[names].mean().to_numpy(), spread[spread > 0])
        first, second, wins, battles, clips = self._battles
        first_style, second_style = sides
        return control_style(
            first, second, wins, battles, clips, len(self.systems), first_style, second_style, reference
        )

    @property
    def _battles(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        wins, battles = (self.counts[column].to_numpy() for column in ("first_wins", "battles"))
        return self.first, self.second, wins, battles, self.clips

    @cached_property
    def _tallies(self) -> pd.DataFrame:
        """Battles, wins, clips and percent tied of each of `systems`."""
        sides, clips = np.concatenate([self.first, self.second]), np.tile(self.clips, 2)
        wins, battles, ties = (self.counts[column].to_numpy() for column in ("first_wins", "battles", "ties"))

        def of_both_sides(first: np.ndarray, second: np.ndarray) -> np.ndarray:
            return np.bincount(sides, np.concatenate([first, second]), len(self.systems))

        fought = of_both_sides(battles, battles)
        met = np.unique(np.stack([sides, clips]), axis=1)[0]
        return pd.DataFrame(
            {
                "battles": fought,
                "wins": of_both_sides(wins, battles - wins),
                "clips": np.bincount(met, minlength=len(self.systems)),
                "tie_share": 100.0 * of_both_sides(ties, ties) / np.where(fought > 0, fought, np.nan),
            }
        )


def boards_of(battle_counts: pd.DataFrame) -> list[Board]:
    """A board for each source of verdicts, by name."""
    systems = np.unique(battle_counts[["first_system", "second_system"]].to_numpy(dtype=str))
    clips = np.unique(battle_counts["clip_id"].to_numpy(dtype=str))
    boards = []
    for source, counts in battle_counts.groupby("source"):
        first, second, clip = (
            np.searchsorted(known, counts[column].to_numpy(dtype=str))
            for known, column in ((systems, "first_system"), (systems, "second_system"), (clips, "clip_id"))
        )
        wins, battles = counts["first_wins"].to_numpy(), counts["battles"].to_numpy()
        fit = fit_bradley_terry(first, second, wins, battles, clip, len(systems), all_clips=len(clips))
        boards.append(Board(str(source), counts.reset_index(drop=True), systems, first, second, clip, fit))
    return boards


def combined_board(boards: Sequence[Board]) -> Board | None:
    """People's board with the crowd's help, of the systems that both judged; None where one of them is missing."""
    by_source = {board.source: board for board in boards}
    if HUMAN not in by_source or CROWD not in by_source:
        return None
    crowd, human = by_source[CROWD], by_source[HUMAN]
    key = ["clip_id", "first_system", "second_system"]
    people = human.counts.assign(human=human.counts["first_wins"] / human.counts["battles"])[[*key, "human"]]
    voted = crowd.counts.merge(people, on=key, how="left")["human"].to_numpy()
    if np.isnan(voted).all():
        return None
    said = (crowd.counts["first_wins"] / crowd.counts["battles"]).to_numpy()
    fit = combine_with_people(crowd.first, crowd.second, said, voted, crowd.clips, len(crowd.systems)).fit
    connected = fit.pieces[crowd.first] == fit.pieces[crowd.second]
    return Board(
        COMBINED, crowd.counts[connected].reset_index(drop=True), crowd.systems, crowd.first[connected],
        crowd.second[connected], crowd.clips[connected], fit,
    )  # fmt: skip


def quarantined_rows(entries: pd.DataFrame, sources: Sequence[str]) -> pd.DataFrame:
    """The submitted systems of which no description may be judged: on every board, without a rank."""
    by_system = entries.groupby("system")["state"].agg(set)
    waiting = [system for system, states in by_system.items() if states == {QUARANTINED}]
    rows = [
        {"source": source, "piece": 1, "system": system, "state": QUARANTINED, "battles": 0.0, "wins": 0.0, "clips": 0}
        for source in sources
        for system in waiting
    ]
    return pd.DataFrame(rows, columns=TABLES["leaderboard"].column_names)


def styles_of(entries: pd.DataFrame) -> pd.DataFrame:
    """The style of every description: index (system, clip_id), columns of `STYLE`."""
    styles = {name: entries["description"].map(measure) for name, measure in STYLE.items()}
    return pd.DataFrame(styles).set_index(pd.MultiIndex.from_frame(entries[["system", "clip_id"]]))
