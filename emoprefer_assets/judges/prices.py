"""What a call costs, by the registry's prices."""

from __future__ import annotations

from emoprefer_assets.judges.chat import ChatReply
from emoprefer_assets.judges.registry import ModelJudge


def cost_of(asked: ModelJudge, reply: ChatReply) -> float:
    """Money for a call, in the currency of the registry's prices, which are for a million tokens.

    Reasoning tokens are among `tokens_out`, and cached ones among `tokens_in`.
    """
    price_cached = asked.price_in if asked.price_cached is None else asked.price_cached
    uncached = reply.tokens_in - reply.tokens_cached
    return (uncached * asked.price_in + reply.tokens_cached * price_cached + reply.tokens_out * asked.price_out) / 1e6
