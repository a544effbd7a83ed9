"""What scores would be if a share of the decided labels were wrong, whichever they are."""

from __future__ import annotations

import numpy as np

from emoprefer_assets.stats.labels import A1, A2


def with_wrong_labels(confusion: np.ndarray, wrong: float) -> np.ndarray:
    """Expected counts of label by verdict, shape (..., 3, 3), if a share `wrong` of the labels a1 and a2 is flipped.

    Labels `same` stay as they are.
    """
    found = confusion.astype(float)
    decided = found[..., [A1, A2], :]
    found[..., [A1, A2], :] = (1 - wrong) * decided + wrong * decided[..., ::-1, :]
    return found


def balanced_with_wrong_labels(on_slice: float, on_rest: float, slice_share: float, wrong: float) -> float:
    """The expected balanced score, in percent, if a share `wrong` of the labels is flipped.

    A flipped label changes sides: if it contradicted the shortcut, it now agrees with it, and who was right is wrong.

    Args:
        on_slice, on_rest: shares of right verdicts where labels contradict the shortcut, and where they agree with it.
        slice_share: the share of the decided pairs on which they contradict it.
    """
    kept, flipped = 1 - wrong, wrong
    parts = []
    for share, right, other in ((slice_share, on_slice, on_rest), (1 - slice_share, on_rest, on_slice)):
        stay, come = kept * share, flipped * (1 - share)
        parts.append((stay * right + come * (1 - other)) / (stay + come) if stay + come > 0 else np.nan)
    return 100.0 * float(np.mean(parts))
