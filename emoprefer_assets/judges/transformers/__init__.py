"""Language models with and without eyes and ears, run in this process by Hugging Face transformers."""

from emoprefer_assets.judges.transformers.backend import TransformersBackend, load

__all__ = ["TransformersBackend", "load"]
