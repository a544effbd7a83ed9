"""Published leaderboards as a page of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emoprefer_assets.display import on_page
from emoprefer_assets.report._blocks import Section, made_table, text
from emoprefer_assets.report._page import render_tables
from emoprefer_assets.report._text import NOTHING

Cells = tuple[Sequence[str], Sequence[Sequence[str]]]


def render_standings(words: Sequence[str], boards: Mapping[str, Cells]) -> str:
    """One HTML text that needs no network and no script.

    Args:
        words: paragraphs to begin with.
        boards: by whose verdicts, the headings and the rows.
    """
    tables = tuple(
        made_table(
            f"By {on_page(source)}", map(text, columns), [[on_page(cell) or NOTHING for cell in row] for row in rows]
        )
        for source, (columns, rows) in boards.items()
    )
    question = "Which system describes emotions best?"
    return render_tables(Section("leaderboard", "Leaderboard", question, tuple(map(on_page, words)), tables))
