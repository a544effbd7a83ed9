"""The report's charts for where a table is looked at alone: Vega-Lite in the page's light colours, and as SVG."""

from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd

from emoprefer_assets.display import on_page
from emoprefer_assets.names import BEST_BASELINE, LEFT_OUT, SOURCES
from emoprefer_assets.report import _charts
from emoprefer_assets.report._judge_details import SERIES_OF, kinds_in
from emoprefer_assets.report._page import FOLDER
from emoprefer_assets.report._text import short

WIDTH = 640
# More than these would make a picture that nobody reads, and metadata that nobody wants to store.
MOST_ROWS, MOST_CURVES = 40, 9


def chart_of_judges(judge_board: pd.DataFrame) -> dict[str, Any] | None:
    """WAF 2 of each judge with its interval, best first; None where nothing is scored."""
    scored = judge_board.dropna(subset=["waf_2class"]).sort_values(["waf_2class", "judge"], ascending=[False, True])
    left_out = scored["kind"] == LEFT_OUT
    rows = _of_judges(pd.concat([scored[~left_out], scored[left_out]])).head(MOST_ROWS)
    if rows.empty:
        return None
    baseline = judge_board.loc[judge_board["judge"] == BEST_BASELINE, "waf_2class"]
    lines = {BEST_BASELINE: float(baseline.max())} if baseline.notna().any() else {}
    rows = _charts.points(rows, "name", "waf_2class", "waf_2class", "series")
    return _in_light(_charts.dots(rows, "WAF 2 (percent), 95 % intervals", kinds_in(rows), lines))


def chart_of_consistency(judge_board: pd.DataFrame) -> dict[str, Any] | None:
    """Swap consistency of each judge against its WAF 2; None where no judge has both."""
    rows = _of_judges(judge_board).rename(columns={"swap_consistency": "x", "waf_2class": "y"})
    rows = rows[["name", "series", "x", "y"]].dropna()
    if rows.empty:
        return None
    chart = _charts.scatter(rows, "swap consistency (percent)", "WAF 2 (percent)", kinds_in(rows))
    # Nothing can be pointed at here: names need room.
    return _in_light(chart | {"height": 420})


def chart_of_leaderboard(leaderboard: pd.DataFrame) -> dict[str, Any] | None:
    """Ratings with intervals by crowd and people, or by the first judges where there are neither; None without."""
    ranked = leaderboard[leaderboard["state"] == "ranked"]
    there = ranked["source"].drop_duplicates().tolist()
    sources = [source for source in SOURCES if source in there] or there[: len(SOURCES)]
    if not sources:
        return None
    best_first = ranked[ranked["source"] == sources[0]].sort_values(["component", "rank", "system"])["system"]
    first = best_first.head(MOST_ROWS).tolist()
    rows = ranked[ranked["source"].isin(sources) & ranked["system"].isin(first)]
    rows = rows.assign(place=rows["system"].map(first.index), order=rows["source"].map(sources.index))
    rows = _charts.points(rows.sort_values(["place", "order"]), "system", "rating", "ci", "source")
    rows = rows.assign(name=rows["name"].map(_name), series=rows["source"].map(_name)).drop(columns="source")
    return _in_light(_charts.dots(rows, "rating, 95 % intervals", [_name(source) for source in sources]))


def chart_of_reliability(reliability_curve: pd.DataFrame) -> dict[str, Any] | None:
    """A small chart for each judge and strategy, best calibrated first; None where no judge gives probabilities."""
    if reliability_curve.empty:
        return None
    names = reliability_curve["judge"].map(_name) + " · " + reliability_curve["strategy"]
    rows = reliability_curve.rename(columns={"mean_probability": "x", "frequency": "y"}).assign(name=names)
    off = (rows["x"] - rows["y"]).abs() * rows["pairs"]
    error = off.groupby(names).sum() / rows["pairs"].groupby(names).sum()
    best = error.sort_values().index[:MOST_CURVES]
    drawn = rows.set_index("name").loc[best].reset_index()
    return _in_light(_charts.reliability_of_each(drawn[["name", "x", "y", "pairs"]], WIDTH // 3 - 30))


def svg_of(chart: dict[str, Any]) -> str:
    """A chart as a picture that needs no network.

    Raises:
        ValueError: the renderer stumbles over it, such as over a name in it.
    """
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart))


def _of_judges(judge_board: pd.DataFrame) -> pd.DataFrame:
    return judge_board.assign(name=judge_board["judge"].map(_name), series=judge_board["kind"].map(SERIES_OF))


def _name(text: str) -> str:
    return " ".join(short(on_page(text), 40).split())


def _in_light(specification: dict[str, Any]) -> dict[str, Any]:
    style = (FOLDER / "report.css").read_text(encoding="utf-8")
    light = {f"var(--{name})": colour for name, colour in re.findall(r"--([\w-]+): light-dark\((#\w+),", style)}
    # A name that looks like a variable stays what it is.
    text = re.sub(r"var\(--[\w-]+\)", lambda found: light.get(found.group(), found.group()), json.dumps(specification))
    coloured: dict[str, Any] = json.loads(text)
    coloured["background"] = light["var(--raised)"]
    # Names are as wide as the reader's font makes them, which is not known here.
    coloured["padding"] = {"left": 32, "right": 32, "top": 12, "bottom": 12}
    if coloured.get("width") == "container":
        coloured["width"] = WIDTH
    return coloured
