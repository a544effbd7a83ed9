"""From a published database to a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from emoprefer_assets.finding import finding
from emoprefer_assets.names import JUDGE
from emoprefer_assets.plugins import SECTIONS
from emoprefer_assets.report._audit import audit_section
from emoprefer_assets.report._blocks import made_table, report_section, text
from emoprefer_assets.report._board import leaderboard_section
from emoprefer_assets.report._crowds import crowds_section
from emoprefer_assets.report._data import data_section
from emoprefer_assets.report._judges import judges_section
from emoprefer_assets.report._page import render_page
from emoprefer_assets.report._pairs import browsed_pairs
from emoprefer_assets.report._people import people_section
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, number, span
from emoprefer_assets.rows import each_row

for _section in (leaderboard_section, judges_section, crowds_section, audit_section, people_section, data_section):
    report_section(_section)


def render_report(
    connection: duckdb.DuckDBPyConnection,
    media_urls: Mapping[str, str] | None = None,
    posters: Mapping[str, bytes] | None = None,
    kept_in: Path | None = None,
    remarks: Sequence[str] = (),
) -> str:
    """The report of a published database as one HTML text that needs no network.

    Args:
        connection: to the published database; read-only will do.
        media_urls: where the page finds a clip's video, by clip; a clip without one has no player.
        posters: JPEG of each clip, by clip.
        kept_in: folder where the chart library is kept for the next report.
        remarks: sentences behind the finding.
    """
    published = Published(connection)
    pairs = browsed_pairs(connection, published, media_urls or {}, posters or {})
    sections = [section(published) for section in SECTIONS.values()]
    return render_page(_about(published, remarks), sections, pairs, kept_in)


def _about(published: Published, remarks: Sequence[str]) -> dict[str, Any]:
    data_set = published["data_set"].iloc[0]
    lineage = published["lineage"].sort_values(["made_at", "table_name", "judge"])
    rows = [
        (row.table_name, row.judge or NOTHING, number(row.rows), f"{row.made_at:%Y-%m-%d %H:%M}", row.version[:12])
        for row in each_row(lineage)
    ]
    return {
        "name": data_set["name"],
        "synthetic": bool(data_set["synthetic"]),
        "note": data_set["note"],
        "pairs": number(data_set["pairs"]),
        "clips": number(data_set["clips"]),
        "finding": (*finding(published["judge_board"], published["leaderboard"]), *remarks),
        "facts": _facts(published),
        "made_at": f"{lineage['made_at'].max():%Y-%m-%d %H:%M} UTC" if len(lineage) else NOTHING,
        "lineage": made_table(
            "What each table of the published database is, and when it was made (UTC).",
            [text("table"), text("judge"), "rows", text("made"), text("version")],
            rows,
        ),
    }


def _facts(published: Published) -> list[tuple[str, str, str]]:
    """The few figures to see first: what, how much, and which or how sure."""
    facts = []
    judges = published.of_kind(JUDGE).dropna(subset=["waf_2class"])
    if len(judges):
        best = judges.iloc[0]
        low_high = span(best["waf_2class_low"], best["waf_2class_high"], 0)
        facts.append(("best judge", number(best["waf_2class"], 1), f"{best['judge']}, {low_high}"))
    if published.best_baseline:
        facts.append(
            ("best baseline that sees nothing", number(published.best_baseline[1], 1), published.best_baseline[0])
        )
    compared = published["judge_and_annotators"].dropna(subset=["judge_waf_2class"])
    agreement = published.agreement
    if len(compared):
        ceiling = number(compared.iloc[0]["annotators_waf_2class"], 1)
        facts.append(("human ceiling", ceiling, "annotators against the others, on all pairs"))
    elif agreement is not None:
        facts.append(("agreement of two annotators", number(agreement["two_class"], 1), "percent, ties dropped: no F1"))
    offered = published["crowd"][published["crowd"]["not_offered"].isna()]
    if len(offered):
        crowd = offered.iloc[0]
        low_high = span(crowd["waf_2class_low"], crowd["waf_2class_high"], 0)
        facts.append(
            ("crowd, held out", number(crowd["waf_2class"], 1), f"{crowd['ensemble']} of {crowd['k']}, {low_high}")
        )
    return facts
