"""Models behind an OpenAI-compatible endpoint."""

from emoprefer_assets.judges.openai._backend import OpenaiBackend, endpoint_key, load
from emoprefer_assets.judges.openai._batch import BatchEndpoint
from emoprefer_assets.judges.openai._connection import is_loopback, proxy_of, remedy
from emoprefer_assets.judges.openai._endpoint import Endpoint
from emoprefer_assets.judges.openai._parts import wav

__all__ = [
    "BatchEndpoint",
    "Endpoint",
    "OpenaiBackend",
    "endpoint_key",
    "is_loopback",
    "load",
    "proxy_of",
    "remedy",
    "wav",
]
