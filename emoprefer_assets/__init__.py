"""EmoPrefer Assets: judge emotion descriptions with people, models and honest baselines.

In a notebook: `import emoprefer_assets as ea`, then `ea.evaluate()`, `ea.boards()`, `ea.pairs()` and
`ea.predictions(judge)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emoprefer_assets.notebook import boards, evaluate, pairs, predictions

__all__ = ["boards", "evaluate", "pairs", "predictions"]


def __getattr__(name: str) -> object:
    """A function for notebooks, imported when it is asked for: most modules of the package need none of its imports."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from emoprefer_assets import notebook

    return getattr(notebook, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
