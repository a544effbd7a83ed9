"""The pages that people read, and what their fenced blocks hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from emoprefer_assets.settings import PROJECT

README = PROJECT / "README.md"
DOCS = PROJECT / "docs"
# Of a picture.
MOST_BYTES = 150_000
PAGES = [README, *sorted(DOCS.glob("*.md"))]


def blocks(page: Path, language: str = "") -> list[str]:
    """The contents of a page's fenced blocks in `language`; without one, of those that name none."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return [content for named, content in fenced if named == language]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
