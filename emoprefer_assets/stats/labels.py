"""Verdicts as small integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

A1, A2, SAME, UNPARSED, FAILED = range(5)
VERDICTS = ("a1", "a2", "same", "unparsed", "failed")
LABELS = VERDICTS[:3]
# Columns of what a judge gives to each label.
PROBABILITIES = ["p_a1", "p_a2", "p_same"]
# Printed with two digits they may miss 1 by this much.
SUM_TOLERANCE = 0.015
# The same verdict about the two descriptions in the other order.
SWAPPED = {"a1": "a2", "a2": "a1", "same": "same"}
_CODES = {verdict: code for code, verdict in enumerate(VERDICTS)}


def codes(verdicts: ArrayLike) -> np.ndarray:
    """Verdict codes of a list, array or column of words, shape (n,), int8.

    Raises:
        KeyError: a verdict that is not one of `VERDICTS`.
    """
    # A column of texts hands them out one by one much slower than an array of objects.
    return np.array([_CODES[verdict] for verdict in np.asarray(verdicts, dtype=object)], dtype=np.int8)
