"""Models behind an OpenAI-compatible endpoint."""

from emoprefer_assets.judges.openai._backend import OpenaiBackend, endpoint_key, load

__all__ = ["OpenaiBackend", "endpoint_key", "load"]
