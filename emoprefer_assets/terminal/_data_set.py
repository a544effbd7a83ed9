"""What is printed first: which data set, and what its labels rest on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from emoprefer_assets.datasets import QUALIFICATION_ITEMS, QUALIFYING_PERCENT
from emoprefer_assets.display import in_terminal
from emoprefer_assets.rows import each_row
from emoprefer_assets.store.published import read_published

# Unanimity that leaves out more of the pairs is said aloud.
MUCH = 1 / 3
ONE_VOTE = "select count(*) as labels, count(*) filter (provenance = 'single') as single from consensus_pairs"
RULES = """
    select rules.kept, rules.lost, other.kept as by_majority
    from consensus_rules as rules, consensus_rules as other
    where rules.rule = 'unanimous' and other.rule = 'majority'
        and (exists (from consensus_pairs where provenance = 'unanimous') or not exists (from consensus_pairs))
"""
QUALIFIED = """
    select count(*) as people, count(*) filter (qualified) as passed
    from annotators
    where votes > 0 and items is not null
"""
EMPTY = r"""
    select
        count(*) as pairs,
        count(*) filter (not (regexp_matches(a1, '[^\s\p{Z}]') and regexp_matches(a2, '[^\s\p{Z}]'))) as empty
    from raw_pairs
"""


def headline(database: Path) -> Text:
    """The data set in a line, its note, and what has to be known of its labels."""
    about = read_published(database, "from data_set").iloc[0]
    kind = " (synthetic)" if about["synthetic"] else ""
    line = f"Data set {about['name']}{kind}: {about['pairs']} pairs on {about['clips']} clips."
    lines = (line, *about["note"].splitlines(), *_what_to_know(database), "")
    return Text("\n".join(in_terminal(text) for text in lines))


def _what_to_know(database: Path) -> Iterator[str]:
    for row in each_row(read_published(database, ONE_VOTE)):
        if row.single:
            yield (
                f"{row.single} of {row.labels} labels are one vote each (consensus rule single): "
                "how far people agree is not known for them."
            )
    for row in each_row(read_published(database, RULES)):
        if not row.kept + row.by_majority:
            yield f"No pair has a label: of {row.lost} pairs with votes, no majority agrees on any. No judge is scored."
        elif row.lost > MUCH * (row.kept + row.lost):
            yield (
                f"Unanimity leaves out {row.lost} of {row.kept + row.lost} pairs with votes; a majority would keep "
                f"{row.by_majority} (EMOPREFER_CONSENSUS=majority)."
            )
    for row in each_row(read_published(database, QUALIFIED)):
        if row.passed < min(row.people, 2):
            yield (
                f"{row.passed} of {row.people} annotators with votes passed the qualification (annotators.csv: "
                f"{QUALIFYING_PERCENT:g} % of {QUALIFICATION_ITEMS} items): votes of others make no label."
            )
    for row in each_row(read_published(database, EMPTY)):
        if row.empty:
            what = f"{row.empty} of {row.pairs} pairs have an empty description"
            yield f"{what}, which loses: no model is asked about them."
