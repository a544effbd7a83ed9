"""The queries of docs/cookbook.md, and the results printed below them.

`python -m tests.sql.cookbook [DATABASE]`, which `make cookbook` calls, prints them anew.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from emoprefer_assets.settings import PROJECT

FILE = PROJECT / "docs" / "cookbook.md"
_RECIPE = re.compile(
    r"(?P<head>## (?P<question>[^\n]+)\n\n```sql\n(?P<query>.*?)```\n)(?P<result>\n(?:\|[^\n]*\n)+)?", re.DOTALL
)


@dataclass(frozen=True)
class Recipe:
    """A question, its query, and its result as a Markdown table."""

    question: str
    query: str
    result: str


def recipes(page: str) -> Iterator[Recipe]:
    for found in _RECIPE.finditer(page):
        yield Recipe(found["question"], found["query"], (found["result"] or "").strip())


def answer(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The result of `query` as a Markdown table; values as DuckDB writes them as text."""
    rows = connection.sql(query)
    shown = connection.sql(f"select columns(*)::text from ({query.strip().removesuffix(';')})").fetchall()
    lines = [rows.columns, ["---"] * len(rows.columns), *shown]
    return "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines)


def printed_anew(page: str, connection: duckdb.DuckDBPyConnection) -> str:
    """The page with the results that `connection` gives."""
    return _RECIPE.sub(lambda found: f"{found['head']}\n{answer(connection, found['query'])}\n", page)


def _cell(value: str | None) -> str:
    return "" if value is None else value.replace("|", "\\|").replace("\n", " ")


def main(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        FILE.write_text(printed_anew(FILE.read_text(encoding="utf-8"), connection), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "data" / "emoprefer.duckdb")
