"""Texts as TF-IDF weights that are fitted on some of them, again and again, where each text is read once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

# Scripts that put no space between words: Thai, Japanese, Chinese.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_UNSPACED_ONE = re.compile(f"[{_UNSPACED}]")
_READ = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_TERM = re.compile(rf"[{_UNSPACED}]+|[^\W{_UNSPACED}]{{2,}}")


def terms(text: str) -> list[str]:
    """Words of two letters and more; where words are not spaced, every character and every two in a row."""
    said: list[str] = _TERM.findall(text.lower())
    if not _UNSPACED_ONE.search(text):
        return said
    found = []
    for term in said:
        found += [*term, *map("".join, pairwise(term))] if _UNSPACED_ONE.match(term) else [term]
    return found


def words_to_read(text: str) -> int:
    """How many words a reader has to read; where words are not spaced, every character."""
    return len(_READ.findall(text))


class WordCounts:
    """How often each of its `terms` stands in each text."""

    def __init__(self, texts: Iterable[str]) -> None:
        from scipy.sparse import csr_matrix
        from sklearn.feature_extraction.text import CountVectorizer

        # A description stands in every pair of its system on a clip.
        places, distinct = pd.factorize(pd.Series(list(texts), dtype=object))
        said = [terms(text) for text in distinct]
        if not any(said):
            self._counts = csr_matrix((len(places), 0), dtype=np.int64)
            return
        self._counts = CountVectorizer(analyzer=list).fit_transform(said)[places]
        self._counts.sort_indices()

    def tf_idf(self, fitted: np.ndarray) -> Any:
        """Weights of all texts by the words of the texts at the places `fitted`, a sparse matrix (n_texts, n_words).

        Row by row what `TfidfVectorizer(sublinear_tf=True)`, fitted on the terms of those texts alone, gives; without a
        column where they have none.
        """
        from sklearn.feature_extraction.text import TfidfTransformer

        counts = self._counts[fitted]
        known = np.flatnonzero(counts.getnnz(axis=0))
        if not len(known):
            return self._counts[:, known]
        return TfidfTransformer(sublinear_tf=True).fit(counts[:, known]).transform(self._counts[:, known])
