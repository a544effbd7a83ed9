"""How judges are asked and how their answers are read. Pure: no files but the templates, no Dagster, no DuckDB."""

from typing import get_args

from emoprefer_assets.judges.registry import Strategy
from emoprefer_assets.strategies.prompts import Prompts
from emoprefer_assets.strategies.reading import Reading, read_information, read_options, read_reply

STRATEGIES = get_args(Strategy)
OPTIONS = ("a1", "a2", "same")

__all__ = ["OPTIONS", "STRATEGIES", "Prompts", "Reading", "read_information", "read_options", "read_reply"]
