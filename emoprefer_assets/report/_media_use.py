"""Does a judge look at its clips and listen to them? The table of that in the audit."""

from __future__ import annotations

from emoprefer_assets.report._blocks import Heading, Table, made_table, text
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import number, span
from emoprefer_assets.rows import each_row


def media_use_table(published: Published) -> tuple[Table, ...]:
    """A row a judge and condition; nothing where no judge was asked."""
    found = published["media_use"]
    if found.empty:
        return ()
    cells = [
        (
            f"{row.judge}: {row.condition}",
            number(row.verdicts_changed, 1),
            number(row.repeats_changed, 1),
            number(row.change, 1, sign=True),
            span(row.change_low, row.change_high, 1, sign=True),
            number(row.detectable_change, 1),
            row.use,
            number(row.waf_change, 1, sign=True),
            span(row.waf_change_low, row.waf_change_high, 1, sign=True),
        )
        for row in each_row(found)
    ]
    pairs, measures = int(found["pairs"].max()), sorted(set(found["measure"]))
    caption = (
        f"Does a judge look and listen? What it loses when its clip is changed, on {pairs} labelled pairs in both "
        f"orders: points of {' or '.join(measures)} of what people prefer, with 95 % by clip."
    )
    headings: list[Heading | str] = [
        text("judge: its clip"),
        "changed %",
        "repeats %",
        "loss",
        "95 %",
        "can be found",
        "use",
        Heading("WAF 2", hint="change in points, normal order"),
        "95 %",
    ]
    return (made_table(caption, headings, cells),)
