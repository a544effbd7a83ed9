"""Recorded predictions in the format of the paper's code."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emoprefer_assets.stats.labels import SWAPPED

ROUNDS = (0, 1)


def write_outputs(folder: Path, judge: str, step: str, gold: np.ndarray, seed: int) -> dict[tuple[bool, int], list]:
    """Files as the paper's code writes them, both orders, two rounds; what they say, in the pairs' own frame."""
    said = {}
    for round_ in ROUNDS:
        dice = np.random.default_rng([seed, round_])
        for swapped in (False, True):
            verdicts = np.where(dice.random(len(gold)) < 0.7, gold, dice.choice(["a1", "a2", "same"], len(gold)))
            said[swapped, round_] = verdicts.tolist()
            turned = [[SWAPPED[value] if swapped else value for value in values] for values in (gold, verdicts)]
            name = f"{judge}-audiovideo-{step}-emoprefer{'reverse' if swapped else ''}-round{round_}.npz"
            np.savez_compressed(folder / name, gt_labels=turned[0], pred_labels=turned[1])
    return said
