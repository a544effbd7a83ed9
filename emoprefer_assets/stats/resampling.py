"""Intervals from resampled clips: several pairs on one clip move together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from emoprefer_assets.stats.metrics import CLASSES, Recognition, confusion_cells, recognition_of

RESAMPLES = 1000
SEED = 0
LEVEL = 0.95
# Resamples weighed at once: bounds the memory of many clips.
AT_ONCE = 100
# Single precision holds every whole number below it.
EXACT_BELOW = 2**24


@dataclass(frozen=True)
class Interval:
    """A percentile interval (Efron and Tibshirani 1993, chapter 13)."""

    low: float
    high: float

    def contains(self, value: float) -> bool:
        """Whether `value` lies in it; both ends belong to it, and nan contains nothing."""
        return self.low <= value <= self.high

    def columns(self, name: str) -> dict[str, float]:
        """Both ends, by the names that they have in tables."""
        return {f"{name}_low": self.low, f"{name}_high": self.high}


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 percent interval; nan where nothing can be compared."""

    value: float
    interval: Interval

    @property
    def figures(self) -> tuple[float, float, float]:
        """The value and both ends."""
        return self.value, self.interval.low, self.interval.high

    def columns(self, name: str, ends: str = "") -> dict[str, float]:
        """The value and both ends, by the names that they have in tables; `ends` where these have another."""
        return {name: self.value, **self.interval.columns(ends or name)}


@dataclass(frozen=True)
class ClipBootstrap:
    """Clips drawn with replacement; every score of one data set uses the same draws, so differences are paired.

    Attributes:
        clips: index of each pair's clip, shape (n_pairs,).
        weights: how often each clip was drawn, shape (resamples, n_clips).
    """

    clips: np.ndarray
    weights: np.ndarray

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Resampled sums of `values`, shape (n_pairs, k), over pairs; shape (resamples, k)."""
        clips = self.weights.shape[1]
        by_clip = [np.bincount(self.clips, column, clips) for column in values.T]
        return self._weighted(np.stack(by_clip, axis=1))

    def means(self, values: np.ndarray, counted: np.ndarray) -> np.ndarray:
        """Resampled means of `values`, shape (..., n_pairs), over the pairs `counted`; shape (resamples, ...)."""
        columns = np.where(counted, values, 0).reshape(-1, len(counted))
        sums = self.sums(np.concatenate([columns, counted[None]]).T)
        counts = sums[:, -1:]
        means = np.divide(sums[:, :-1], counts, out=np.full(sums[:, :-1].shape, np.nan), where=counts > 0)
        return means.reshape(-1, *values.shape[:-1])

    def recognition(self, labels: np.ndarray, verdicts: np.ndarray) -> Recognition:
        """Resampled recognition, each metric of shape (resamples, rounds).

        Args:
            labels: label codes, shape (n_pairs,).
            verdicts: verdict codes, shape (rounds, n_pairs).
        """
        rounds, clips = len(verdicts), self.weights.shape[1]
        cells = confusion_cells(labels[None], verdicts)
        places = (self.clips[None] * rounds + np.arange(rounds)[:, None]) * CLASSES**2 + cells
        by_clip = np.bincount(places.ravel(), minlength=clips * rounds * CLASSES**2).reshape(clips, -1)
        resampled = self._weighted(by_clip).reshape(-1, rounds, CLASSES, CLASSES)
        return recognition_of(resampled)

    def clips_with(self, counted: np.ndarray) -> int:
        """How many clips have a pair of `counted`, shape (n_pairs,)."""
        return int(np.count_nonzero(np.bincount(self.clips[counted])))

    def _weighted(self, by_clip: np.ndarray) -> np.ndarray:
        # Of whole numbers, the sums that single precision holds are exact, and take half the time.
        largest = np.abs(by_clip).max(initial=0) * self.weights.shape[1]
        exact = largest < EXACT_BELOW and bool((by_clip == np.rint(by_clip)).all())
        by_clip = by_clip.astype(np.float32 if exact else float)
        sums = np.empty((len(self.weights), by_clip.shape[1]))
        for start in range(0, len(sums), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            sums[some] = self.weights[some].astype(by_clip.dtype) @ by_clip
        return sums


def clip_bootstrap(clips: np.ndarray, resamples: int = RESAMPLES, seed: int = SEED) -> ClipBootstrap:
    """Draw the clips of `clips`, shape (n_pairs,), any labels, with replacement."""
    _, index = np.unique(clips, return_inverse=True)
    count = int(index.max(initial=-1)) + 1
    return ClipBootstrap(index, _drawn(count, resamples, seed))


# One data set's tables all resample as many clips, and drawing them takes longer than most of what is done with them.
@lru_cache(maxsize=2)
def _drawn(clips: int, resamples: int, seed: int) -> np.ndarray:
    drawn = np.zeros((resamples, clips), dtype=np.uint16)
    if clips:
        rng, chances = np.random.default_rng(seed), np.full(clips, 1 / clips)
        for row in drawn:
            row[:] = rng.multinomial(clips, chances)
    drawn.flags.writeable = False
    return drawn


def interval(samples: np.ndarray, level: float = LEVEL) -> Interval:
    """The middle `level` of `samples`, shape (resamples,); nan where no resample has a value."""
    known = samples[~np.isnan(samples)]
    if not len(known):
        return Interval(np.nan, np.nan)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
