"""The terminal, and JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from rich.console import Console

from emoprefer_assets.display import in_json

PIPED_WIDTH = 110
MOST_WIDTH = 160


def console() -> Console:
    """As wide as the terminal, up to 160 columns; a pipe gets 110. COLUMNS and NO_COLOR have the last word."""
    piped = None if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal() else PIPED_WIDTH
    # Without a colour system, rich writes no escape at all.
    plain: dict[str, Any] = {"color_system": None} if os.environ.get("NO_COLOR") else {}
    found = Console(width=piped, highlight=False, **plain)
    found.width = min(found.width, MOST_WIDTH)
    return found


def as_json(value: object) -> str:
    """JSON for programs, which a terminal may show as well."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return in_json(text) + "\n"
