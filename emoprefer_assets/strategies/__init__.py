"""How judges are asked and how their answers are read. Pure: no files but the templates, no Dagster, no DuckDB."""

from emoprefer_assets.strategies.prompts import Prompts
from emoprefer_assets.strategies.reading import Reading, read_information, read_options, read_reply

STRATEGIES = ("s1", "s2", "s3", "s4", "s5")
OPTIONS = ("a1", "a2", "same")

__all__ = ["OPTIONS", "STRATEGIES", "Prompts", "Reading", "read_information", "read_options", "read_reply"]
