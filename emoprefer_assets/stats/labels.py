"""Verdicts as small integers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

A1, A2, SAME, UNPARSED, FAILED = range(5)
VERDICTS = ("a1", "a2", "same", "unparsed", "failed")
_CODES = {verdict: code for code, verdict in enumerate(VERDICTS)}


def codes(verdicts: Iterable[str]) -> np.ndarray:
    """Verdict codes, shape (n,), int8.

    Raises:
        KeyError: a verdict that is not one of `VERDICTS`.
    """
    return np.array([_CODES[verdict] for verdict in verdicts], dtype=np.int8)
