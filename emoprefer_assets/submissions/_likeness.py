"""Which texts are nearly the same, among millions: MinHash over shingles, then the shingles themselves."""

from __future__ import annotations

import numpy as np

# Shingles are eight bytes: about a word and a half of English, nearly three Chinese characters.
SHINGLE_BYTES = 8
BANDS, ROWS_OF_BAND = 4, 3
NEARLY_THE_SAME = 0.85
_CHUNK_BYTES = 4_000_000
_SEED = 20241007
_CANONICAL = {**dict.fromkeys("\t\n\r.,;:!?\"'()[]{}<>*_-–—“”‘’…、。", " "), **dict.fromkeys("123456789", "0")}


def canonical(folded: str, clip_id: str) -> str:
    """What two texts are compared by: without punctuation, numbers and the clip's own name."""
    text = folded.replace(clip_id.lower(), "")
    for char in _CANONICAL.keys() & set(text):
        text = text.replace(char, _CANONICAL[char])
    return " ".join(text.split())


def minima(texts: list[str]) -> np.ndarray:
    """MinHash of each text, shape (n_texts, BANDS * ROWS_OF_BAND), uint32: two agree in as large a share of places as
    of their shingles."""
    rng = np.random.default_rng(_SEED)
    factors = rng.integers(0, 2**63, BANDS * ROWS_OF_BAND, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    found = np.empty((len(texts), len(factors)), dtype=np.uint32)
    first = 0
    while first < len(texts):
        chunk, size, last = [], 0, first
        while last < len(texts) and size < _CHUNK_BYTES:
            chunk.append(_padded(texts[last]))
            size += len(chunk[-1])
            last += 1
        found[first:last] = _minima(chunk, factors)
        first = last
    return found


def likeness(first: str, second: str) -> float:
    """Share of the shingles of both that are in each of them."""
    one, other = _shingles(first), _shingles(second)
    return len(one & other) / len(one | other)


def earlier_alike(groups: np.ndarray, texts: list[str], codes: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """The place of an earlier text of the same group that is nearly the same as each, or -1.

    Args:
        groups: shape (n_texts,), integers.
        codes: shape (n_texts,), equal where texts are equal.
        hashes: `minima` of the texts.

    Returns:
        Shape (n_texts,). Compared are those that share a band: with the first of them and with the one before. At a
        likeness of 0.9 that is 99.5 % of all, at 0.85 it is 97.8 %.
    """
    pairs = [_neighbours(groups, codes.astype(np.uint64))]
    for band in range(BANDS):
        keys = hashes[:, band * ROWS_OF_BAND : (band + 1) * ROWS_OF_BAND].astype(np.uint64)
        pairs.append(_neighbours(groups, _mixed(_mixed(keys[:, 0] << np.uint64(32) | keys[:, 1]) ^ keys[:, 2])))
    candidates = np.unique(np.concatenate(pairs), axis=0)
    later, earlier = candidates.T
    same = codes[later] == codes[earlier]
    # Twelve places estimate the likeness roughly: what is not far from it is compared by its shingles.
    close = (hashes[later] == hashes[earlier]).mean(axis=1) >= NEARLY_THE_SAME - 0.3
    alike = np.full(len(texts), -1)
    for place in np.flatnonzero(same | close):
        one, other = later[place], earlier[place]
        if alike[one] < 0 and (same[place] or likeness(texts[one], texts[other]) >= NEARLY_THE_SAME):
            alike[one] = other
    return alike


def _neighbours(groups: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Pairs (later, earlier) of equal group and key: each with the first of them, and with the one before it."""
    mixed = _mixed(_mixed(groups.astype(np.uint64)) ^ keys)
    order = np.argsort(mixed, kind="stable")
    is_first = np.r_[True, mixed[order][1:] != mixed[order][:-1]]
    starts = np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))
    members = np.flatnonzero(~is_first)
    to_first = np.column_stack([order[members], order[starts[members]]])
    to_previous = np.column_stack([order[members], order[members - 1]])
    return np.concatenate([to_first, to_previous])


def _minima(chunk: list[bytes], factors: np.ndarray) -> np.ndarray:
    lengths = np.array([len(text) for text in chunk])
    ends = np.cumsum(lengths)
    buffer = b"".join(chunk)
    windows = np.ndarray(len(buffer) - SHINGLE_BYTES + 1, "<u8", buffer, strides=(1,))
    windows = np.append(_mixed(windows), np.uint64(2**64 - 1))
    # Windows that reach into the next text stand between an end and the next start, and are passed over.
    bounds = np.column_stack([ends - lengths, ends - SHINGLE_BYTES + 1]).ravel()
    return np.column_stack(
        [np.minimum.reduceat((windows * factor) >> np.uint64(32), bounds)[::2] for factor in factors]
    ).astype(np.uint32)


def _mixed(values: np.ndarray) -> np.ndarray:
    values = values * np.uint64(0x9E3779B97F4A7C15)
    return values ^ (values >> np.uint64(29))


def _padded(text: str) -> bytes:
    return text.encode().ljust(SHINGLE_BYTES)


def _shingles(text: str) -> set[bytes]:
    content = _padded(text)
    return {content[place : place + SHINGLE_BYTES] for place in range(len(content) - SHINGLE_BYTES + 1)}
