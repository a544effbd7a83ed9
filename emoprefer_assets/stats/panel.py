"""Weights of at least zero for judges, by logistic regression."""

from __future__ import annotations

import numpy as np

# In units of a normal prior with standard deviation 1: keeps a judge that is never wrong finite.
PENALTY = 1.0


def non_negative_weights(evidence: np.ndarray, truth: np.ndarray, penalty: float = PENALTY) -> np.ndarray:
    """Weights >= 0, shape (n_judges,), whose sum of evidence is the log-odds of a1 with the least log-loss.

    Logistic regression with a ridge penalty (le Cessie and van Houwelingen 1992), no weight below zero and no
    intercept: exchanging a1 and a2 exchanges the answer. A free sign would let a judge count against what it says,
    which need not hold on other kinds of pairs.

    Args:
        evidence: for a1 (positive) against a2, shape (n_judges, n_pairs), of about unit size.
        truth: 1 where a1 is right, -1 where a2 is, shape (n_pairs,).
        penalty: times half the sum of squared weights, added to the sum of log-losses.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    signed = np.ascontiguousarray((evidence * truth).T)
    pairs = max(len(signed), 1)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signed @ weights
        value = np.logaddexp(0, -margins).sum() + penalty / 2 * weights @ weights
        slope = penalty * weights - expit(-margins) @ signed
        return value / pairs, slope / pairs

    judges = len(evidence)
    fitted = minimize(loss, np.zeros(judges), jac=True, method="L-BFGS-B", bounds=[(0, None)] * judges)
    return np.asarray(fitted.x)
