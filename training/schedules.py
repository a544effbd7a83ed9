"""How fast is learned, and when."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

WARM_UP = 50


def rate_at(step: int, steps: int) -> float:
    """Share of the peak learning rate: up in 50 steps, then down along a cosine to a fiftieth."""
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / max(1, steps - WARM_UP)))


def optimiser(parameters: Iterable[Any], peak: float) -> Any:
    import torch

    return torch.optim.AdamW(parameters, lr=peak, betas=(0.9, 0.98), weight_decay=0.01)
