"""A table's first rows, for Dagster's UI."""

from __future__ import annotations

import re
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from emoprefer_assets.display import in_markdown
from emoprefer_assets.rows import each_row


def preview(frame: pd.DataFrame) -> dg.MarkdownMetadataValue:
    """The first five rows as a Markdown table."""
    cells = [[_cell(_shown(value)) for value in row] for row in each_row(frame.head(5))]
    lines = [[*map(str, frame.columns)], ["---"] * len(frame.columns), *cells]
    return dg.MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return ", ".join(map(_shown, value))
    if pd.isna(value):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) and value % 1 else str(value)


def _cell(value: str) -> str:
    """Text from outside as one cell of a Markdown table, where it makes no picture, no link and no second cell."""
    short = value if len(value) <= 60 else value[:57] + "..."
    # Dagster's Markdown links bare addresses even where they are escaped: a word joiner, which nobody sees, parts them.
    return re.sub("//|www|@", "\\g<0>\u2060", in_markdown(" ".join(short.split())), flags=re.IGNORECASE)
