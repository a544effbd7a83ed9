"""How judges are asked and how their answers are read: one module a strategy, its templates in `prompts/`.

Pure: no files but the templates, no Dagster, no DuckDB.
"""

from emoprefer_assets.judges import ChatReply, ChatRequest
from emoprefer_assets.plugins import STRATEGIES as ALL

# Each registers one.
from emoprefer_assets.strategies import s1, s2, s3, s4, s5  # noqa: F401
from emoprefer_assets.strategies._model import OPTIONS, Pair, Prompter, Step, Strategy, strategy
from emoprefer_assets.strategies.prompts import Prompts
from emoprefer_assets.strategies.reading import Reading, read_answer, read_information, read_options, read_reply
from emoprefer_assets.strategies.s2 import DESCRIBE
from emoprefer_assets.strategies.s4 import REASON

__all__ = [
    "ALL",
    "DESCRIBE",
    "OPTIONS",
    "REASON",
    "ChatReply",
    "ChatRequest",
    "Pair",
    "Prompter",
    "Prompts",
    "Reading",
    "Step",
    "Strategy",
    "read_answer",
    "read_information",
    "read_options",
    "read_reply",
    "strategy",
]
