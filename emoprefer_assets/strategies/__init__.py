"""How judges are asked and how their answers are read: one module a strategy, its templates in `prompts/`.

Pure: no files but the templates, no Dagster, no DuckDB.
"""

from emoprefer_assets.strategies._model import OPTIONS, Pair, Prompter, Step, Strategy
from emoprefer_assets.strategies.prompts import Prompts
from emoprefer_assets.strategies.reading import Reading, read_answer, read_information, read_options, read_reply
from emoprefer_assets.strategies.s1 import S1
from emoprefer_assets.strategies.s2 import DESCRIBE, S2
from emoprefer_assets.strategies.s3 import S3
from emoprefer_assets.strategies.s4 import REASON, S4
from emoprefer_assets.strategies.s5 import S5

ALL = {strategy.name: strategy for strategy in (S1, S2, S3, S4, S5)}
STRATEGIES = tuple(ALL)

__all__ = [
    "ALL",
    "DESCRIBE",
    "OPTIONS",
    "REASON",
    "STRATEGIES",
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
]
