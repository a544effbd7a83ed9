"""Models behind an OpenAI-compatible endpoint."""

from emoprefer_assets.judges.openai._backend import OpenaiBackend, endpoint_key, load
from emoprefer_assets.judges.openai._connection import is_loopback, proxy_of, remedy

__all__ = ["OpenaiBackend", "endpoint_key", "is_loopback", "load", "proxy_of", "remedy"]
