"""Judges: the registry of who may be asked, and the backends that answer."""

from emoprefer_assets.judges.chat import Backend, ChatMessage, ChatReply, ChatRequest
from emoprefer_assets.judges.embedding import EmbeddingJudge
from emoprefer_assets.judges.loading import backend
from emoprefer_assets.judges.prices import cost_of
from emoprefer_assets.judges.registry import Judge, ModelJudge, Registry
from emoprefer_assets.judges.registry_file import read_registry

__all__ = [
    "Backend",
    "ChatMessage",
    "ChatReply",
    "ChatRequest",
    "EmbeddingJudge",
    "Judge",
    "ModelJudge",
    "Registry",
    "backend",
    "cost_of",
    "read_registry",
]
