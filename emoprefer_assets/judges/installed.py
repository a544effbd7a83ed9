"""The libraries of a backend that come with an extra of this package."""

from __future__ import annotations

from importlib.util import find_spec

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.registry import GeminiJudge, LocalJudge

# By backend, which has the name of its extra, or that of another.
_LIBRARIES = {
    "transformers": ("torch", "transformers"),
    "embedding": ("torch", "transformers"),
    "vllm": ("vllm",),
    "gemini": ("google.genai", "av"),
}
_OTHER_EXTRAS = {"embedding": "transformers"}


def require_installed(judge: LocalJudge | GeminiJudge) -> None:
    """Look for the libraries without importing them.

    Raises:
        JudgeUnavailable: one is not installed; says which extra brings it.
    """
    extra = _OTHER_EXTRAS.get(judge.backend, judge.backend)
    needed = f"backend {judge.backend}"
    missing = [library for library in _LIBRARIES[judge.backend] if find_spec(library) is None]
    if not missing and getattr(judge, "adapter", None) and find_spec("peft") is None:
        extra, needed, missing = "adapters", "an adapter", ["peft"]
    if missing:
        raise JudgeUnavailable(
            f"{judge.where}: {missing[0]} is not installed, and {needed} needs it. "
            f'Run `pip install "emoprefer-assets[{extra}]"`.'
        )
