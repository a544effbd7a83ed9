"""Labels and annotators' error rates from votes alone (Dawid and Skene 1979): a diagnostic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.metrics import CLASSES

STEPS = 100
TOLERANCE = 1e-6
SMOOTHING = 0.01


@dataclass(frozen=True)
class DawidSkene:
    """The fitted model.

    Attributes:
        labels: likeliest label of each pair, shape (n_pairs,).
        errors: shape (n_annotators, 3, 3): chance of each vote given each label.
    """

    labels: np.ndarray
    errors: np.ndarray


def dawid_skene(votes: np.ndarray) -> DawidSkene:
    """Fit by expectation-maximisation, from the shares of votes.

    Args:
        votes: label codes, shape (n_annotators, n_pairs); negative where an annotator did not vote.
    """
    cast = np.stack([votes == label for label in range(CLASSES)], axis=2).astype(float)
    posterior = cast.sum(axis=0) + SMOOTHING
    posterior /= posterior.sum(axis=1, keepdims=True)
    errors = np.empty((len(votes), CLASSES, CLASSES))
    for _ in range(STEPS):
        shares = posterior.mean(axis=0)
        errors = np.einsum("pl,apv->alv", posterior, cast) + SMOOTHING
        errors /= errors.sum(axis=2, keepdims=True)
        log = np.log(shares + 1e-12) + np.einsum("apv,alv->pl", cast, np.log(errors))
        new = np.exp(log - log.max(axis=1, keepdims=True))
        new /= new.sum(axis=1, keepdims=True)
        moved = np.abs(new - posterior).max(initial=0)
        posterior = new
        if moved < TOLERANCE:
            break
    return DawidSkene(posterior.argmax(axis=1), errors)
