"""Texts as TF-IDF weights that are fitted on some of them, again and again, where each text is read once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


class WordCounts:
    """How often each word stands in each text."""

    def __init__(self, texts: Iterable[str]) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        self._counts = CountVectorizer().fit_transform(texts)
        self._counts.sort_indices()

    def tf_idf(self, fitted: np.ndarray) -> Any:
        """Weights of all texts by the words of the texts at the places `fitted`, a sparse matrix (n_texts, n_words).

        Row by row what `TfidfVectorizer(sublinear_tf=True)`, fitted on those texts alone, gives.
        """
        from sklearn.feature_extraction.text import TfidfTransformer

        counts = self._counts[fitted]
        known = np.flatnonzero(counts.getnnz(axis=0))
        return TfidfTransformer(sublinear_tf=True).fit(counts[:, known]).transform(self._counts[:, known])
