"""Does a judge look at its clips and listen to them? The table of that in the audit."""

from __future__ import annotations

from emoprefer_assets.report._blocks import Table, intervals, numbers, table_of, words
from emoprefer_assets.report._published import Published


def media_use_table(published: Published) -> Table | None:
    """A row a judge and condition; None where no judge was asked."""
    found = published["media_use"]
    if found.empty:
        return None
    return table_of(
        found,
        f"Does a judge look and listen? What it loses when its clip is changed, on {found['pairs'].max():.0f} labelled "
        f"pairs in both orders: points of {' or '.join(sorted(set(found['measure'])))} of what people prefer, with "
        "95 % by clip.",
        words("judge: its clip", lambda row: f"{row.judge}: {row.condition}"),
        numbers("changed %", "verdicts_changed", 1),
        numbers("repeats %", "repeats_changed", 1),
        numbers("loss", "change", 1, sign=True),
        intervals("change", sign=True),
        numbers("can be found", "detectable_change", 1),
        words("use"),
        numbers("WAF 2", "waf_change", 1, "change in points, normal order", sign=True),
        intervals("waf_change", sign=True),
    )
