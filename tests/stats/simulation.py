"""Simulated labels and judges with known truth, to test what the statistics claim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.labels import A1, A2


@dataclass(frozen=True)
class Simulation:
    """One simulated data set.

    Attributes:
        labels: label codes, shape (n_pairs,), a1 and a2 equally likely.
        shortcut: what the dominant shortcut says, shape (n_pairs,); right on a chosen share of pairs.
        verdicts: codes of each judge, normal order, shape (n_judges, n_pairs).
        swapped: codes of each judge, swapped order, in the pair's own frame, shape (n_judges, n_pairs).
        clips: index of each pair's clip, shape (n_pairs,).
    """

    labels: np.ndarray
    shortcut: np.ndarray
    verdicts: np.ndarray
    swapped: np.ndarray
    clips: np.ndarray


def simulate(
    dice: np.random.Generator,
    skill: tuple[float, ...],
    clips: int = 300,
    pairs_a_clip: int = 1,
    shortcut_right: float = 0.8,
    shortcut_pull: float = 0.0,
    position_pull: float = 0.0,
    clip_effect: float = 0.0,
) -> Simulation:
    """Draw a data set and judges.

    Args:
        skill: of each judge, the chance of a right verdict where nothing else pulls.
        clips: number of clips.
        pairs_a_clip: pairs on each clip.
        shortcut_right: how often people agree with the shortcut.
        shortcut_pull: how often a judge answers by the shortcut instead of by its skill.
        position_pull: how often a judge answers with the first position, whatever it holds.
        clip_effect: standard deviation, in skill, of how hard a clip is, shared by its pairs and by all judges.
    """
    pairs = clips * pairs_a_clip
    clip_of_pair = np.repeat(np.arange(clips), pairs_a_clip)
    labels = dice.integers(A1, A2 + 1, pairs)
    shortcut = np.where(dice.random(pairs) < shortcut_right, labels, 1 - labels)
    hardness = dice.normal(0, clip_effect, clips)[clip_of_pair]
    chances = np.clip(np.array(skill)[:, None] + hardness, 0, 1)
    own = np.where(dice.random((len(skill), pairs)) < chances, labels, 1 - labels)
    pulled = np.where(dice.random(own.shape) < shortcut_pull, shortcut, own)
    normal, swapped = (np.where(dice.random(own.shape) < position_pull, first, pulled) for first in (A1, A2))
    return Simulation(
        labels.astype(np.int8), shortcut.astype(np.int8), normal.astype(np.int8), swapped.astype(np.int8), clip_of_pair
    )
