"""Models behind an OpenAI-compatible endpoint."""

from emoprefer_assets.judges.openai._backend import OpenaiBackend, load

__all__ = ["OpenaiBackend", "load"]
