"""The paper's Table 2 beside the same figures here: from published outputs in a folder, or from what is evaluated."""

from emoprefer_assets.reproduction._command import reproduce

__all__ = ["reproduce"]
