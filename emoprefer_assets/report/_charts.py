"""Charts as Vega-Lite specifications, made with Altair.

Colours are names of the page's CSS variables, so light, dark and print need no second drawing. Every series has a shape
or a dash of its own beside its colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

if TYPE_CHECKING:
    import altair as alt

INK, QUIET, LINE = "var(--ink)", "var(--quiet)", "var(--line)"
SERIES = ("var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)")
SHAPES = ("circle", "diamond", "square", "triangle-up")
ROW = 24
HEIGHT = 300
FONT = "system-ui, sans-serif"
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": QUIET,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 190,
        "titlePadding": 8,
        "tickCount": 6,
    },
    "axisY": {"grid": False, "ticks": False, "labelPadding": 8},
    "legend": {
        "labelColor": INK,
        "titleColor": QUIET,
        "labelFontSize": 12,
        "symbolSize": 80,
        "orient": "top",
        "title": None,
        "labelLimit": 240,
        "symbolOpacity": 1,
        "symbolStrokeWidth": 2,
    },
    "text": {"color": QUIET, "fontSize": 11},
}


def finished(chart: alt.LayerChart | alt.FacetChart | alt.Chart, height: int = HEIGHT) -> dict[str, Any]:
    """The chart's specification, as wide as the page gives it."""
    import altair as alt

    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    wide = chart.properties(width="container", height=height, autosize=fit)
    specification: dict[str, Any] = wide.configure(**CONFIG).to_dict()
    return specification


def points(found: pd.DataFrame, name: str, value: str, of: str = "", *extra: str) -> pd.DataFrame:
    """Rows for `dots`: low and high are columns `of`_low and `of`_high of `found`, of `value` where it is not named."""
    low, high = (f"{of or value}_{end}" for end in ("low", "high"))
    return found[[name, value, low, high, *extra]].set_axis(["name", "value", "low", "high", *extra], axis=1)


def dots(
    rows: pd.DataFrame,
    axis: str,
    series: Sequence[str] = (),
    references: Mapping[str, float] | None = None,
    zero: bool = False,
    extra: Sequence[str] = (),
    chooser: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """A dot with its interval for each name, first row on top.

    Args:
        rows: columns name, value, low, high; series where there are several; `extra` go into the tooltip.
        axis: title of the axis of values.
        series: their names, in the order of colours and shapes; several of them stand below each other.
        references: vertical lines with their names.
        zero: draw the axis from where the values are, or with zero in it.
        chooser: a parameter and its first value; only rows whose column `choice` has the value are drawn.
    """
    import altair as alt

    base = alt.Chart(rows)
    if chooser:
        parameter = alt.param(name=chooser[0], value=chooser[1])
        base = base.add_params(parameter).transform_filter(f"datum.choice === {chooser[0]}")
    encoding: dict[str, Any] = {
        "y": alt.Y("name:N", sort=None, title=None),
        "tooltip": [
            alt.Tooltip("name:N", title="name"),
            *([alt.Tooltip("series:N", title="which")] if series else []),
            alt.Tooltip("value:Q", format=".2f", title=axis),
            alt.Tooltip("low:Q", format=".2f", title="95 % from"),
            alt.Tooltip("high:Q", format=".2f", title="to"),
            *(alt.Tooltip(column) for column in extra),
        ],
    }
    if series:
        encoding |= {"color": _colour(series), "shape": _shape(series)}
        if rows.duplicated(["choice", "name"] if chooser else ["name"]).any():
            encoding["yOffset"] = alt.YOffset("series:N", sort=list(series))
    per_choice = rows.groupby("choice")["name"].nunique().max() if chooser else rows["name"].nunique()
    height = int(per_choice) * (ROW * 5 // 3 if "yOffset" in encoding else ROW)
    line_encoding = {key: value for key, value in encoding.items() if key != "shape"}
    scale = alt.Scale(zero=zero, nice=True)
    x, low = alt.X("value:Q", title=axis, scale=scale), alt.X("low:Q", title=axis, scale=scale)
    colour: dict[str, Any] = {} if series else {"color": SERIES[0]}
    layers = [
        base.mark_rule(strokeWidth=2.5, opacity=0.45, **colour).encode(x=low, x2="high:Q", **line_encoding),
        base.mark_point(filled=True, size=75, opacity=1, **colour).encode(x=x, **encoding),
    ]
    return finished(alt.layer(*_reference_lines(references or {}), *layers), height)


def pairs_of_dots(
    rows: pd.DataFrame, axis: str, ends: tuple[str, str], reference: Mapping[str, float]
) -> dict[str, Any]:
    """Two dots a name with a line between: columns name, series (one of `ends`), value, low, high."""
    import altair as alt

    y = alt.Y("name:N", sort=None, title=None)
    scale = alt.Scale(domain=[0, 100])
    base = alt.Chart(rows)
    line = base.mark_rule(color=LINE, strokeWidth=3).encode(y=y, x=alt.X("min(value):Q", title=axis), x2="max(value):Q")
    point = base.mark_point(filled=True, size=85, opacity=1).encode(
        y=y,
        x=alt.X("value:Q", scale=scale, title=axis),
        color=alt.Color("series:N", scale=alt.Scale(domain=list(ends), range=[SERIES[1], SERIES[0]])),
        shape=alt.Shape("series:N", scale=alt.Scale(domain=list(ends), range=[SHAPES[1], SHAPES[0]])),
        tooltip=_tooltip("name", "series", "value", "low", "high"),
    )
    return finished(alt.layer(*_reference_lines(reference), line, point), ROW * rows["name"].nunique())


def scatter(
    rows: pd.DataFrame,
    x: str,
    y: str,
    series: Sequence[str],
    logarithmic: bool = False,
    references: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """A named point each: columns name, series, x, y."""
    import altair as alt

    # Points at one place share a name.
    near = rows.groupby([rows["x"].round(1), rows["y"].round(1)])["name"]
    rows = rows.assign(label=near.transform(", ".join).where(near.cumcount() == 0, ""))
    scale = alt.Scale(type="log") if logarithmic else alt.Scale(zero=False, nice=True)
    base = alt.Chart(rows).encode(
        x=alt.X("x:Q", title=x, scale=scale, axis=alt.Axis(tickCount=6)),
        y=alt.Y("y:Q", title=y, scale=alt.Scale(zero=False, nice=True, padding=8), axis=alt.Axis(grid=True)),
        tooltip=_tooltip("name", "series", "x", "y"),
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(color=_colour(series), shape=_shape(series))
    names = base.mark_text(align="left", dx=8, dy=-7, limit=150).encode(text="label:N")
    # Names of more points than these would lie on each other.
    return finished(alt.layer(*_levels(references or {}), points, *([names] if len(rows) <= 16 else [])))


def curves(rows: pd.DataFrame, x: str, y: str, references: Mapping[str, float]) -> dict[str, Any]:
    """A line for each series and style: columns series, dash, x, y, low, high; x counts."""
    import altair as alt

    series, dashes = rows["series"].drop_duplicates().tolist(), rows["dash"].drop_duplicates().tolist()
    count = int(rows["x"].max())
    base = alt.Chart(rows).encode(
        x=alt.X(
            "x:Q",
            title=x,
            scale=alt.Scale(nice=False, zero=False, padding=24),
            axis=alt.Axis(values=list(range(1, count + 1, 1 + count // 15)), format="d"),
        ),
        color=_colour(series),
        tooltip=_tooltip("series", "dash", "x", "y", "low", "high"),
    )
    scale = alt.Scale(zero=False, nice=True)
    band = base.mark_rule(strokeWidth=2, opacity=0.35).encode(
        y=alt.Y("low:Q", title=y, scale=scale, axis=alt.Axis(grid=True)), y2="high:Q"
    )
    line = base.mark_line(strokeWidth=2).encode(
        y=alt.Y("y:Q", title=y, scale=scale),
        strokeDash=alt.StrokeDash("dash:N", scale=alt.Scale(domain=dashes, range=[[1, 0], [6, 4]][: len(dashes)])),
    )
    point = base.mark_point(filled=True, size=60, opacity=1).encode(
        y=alt.Y("y:Q", title=y, scale=scale), shape=_shape(series)
    )
    return finished(alt.layer(*_levels(references), band, line, point))


def reliability(rows: pd.DataFrame, parameter: str, first: str) -> dict[str, Any]:
    """One judge's frequency against probability: columns choice, x, y, pairs; the diagonal is a judge that knows."""
    import altair as alt

    chosen = alt.param(name=parameter, value=first)
    unit = alt.Scale(domain=[0, 1])
    ends = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]}))
    diagonal = ends.mark_line(strokeDash=[5, 4], color=QUIET, strokeWidth=1).encode(x="x:Q", y="y:Q")
    base = alt.Chart(rows).transform_filter(f"datum.choice === {parameter}")
    line = base.mark_line(color=SERIES[0]).encode(x="x:Q", y="y:Q")
    points = base.mark_point(filled=True, color=SERIES[0], opacity=1).encode(
        x=alt.X("x:Q", scale=unit, title="judge's probability of a1 (mean of each tenth)"),
        y=alt.Y("y:Q", scale=unit, title="share on which people prefer a1", axis=alt.Axis(grid=True)),
        size=alt.Size("pairs:Q", scale=alt.Scale(rangeMin=30, rangeMax=300), legend=None),
        tooltip=_tooltip("x", "y", "pairs"),
    )
    return finished(alt.layer(diagonal, line, points).add_params(chosen))


def reliability_of_each(rows: pd.DataFrame, size: int) -> dict[str, Any]:
    """Every judge's frequency against probability, in a square of its own: columns name, x, y, pairs."""
    import altair as alt

    unit = alt.Scale(domain=[0, 1])
    x, y = alt.X("x:Q", scale=unit, title="probability of a1"), alt.Y("y:Q", scale=unit, title="share that prefers a1")
    base = alt.Chart(rows)
    diagonal = base.mark_rule(strokeDash=[5, 4], color=QUIET).encode(
        x=alt.datum(0, scale=unit), x2=alt.datum(1), y=alt.datum(0, scale=unit), y2=alt.datum(1)
    )
    line = base.mark_line(color=SERIES[0]).encode(x=x, y=y)
    points = base.mark_point(filled=True, color=SERIES[0], opacity=1).encode(
        x=x, y=y, size=alt.Size("pairs:Q", scale=alt.Scale(rangeMin=20, rangeMax=200), legend=None)
    )
    head = alt.Header(title=None, labelColor=INK, labelFontSize=12, labelLimit=size)
    each = alt.layer(diagonal, line, points).properties(width=size, height=size)
    order = rows["name"].drop_duplicates().tolist()
    facets = each.facet(alt.Facet("name:N", header=head, sort=order), columns=3)
    specification: dict[str, Any] = facets.configure(**CONFIG).to_dict()
    return specification


def bars(rows: pd.DataFrame, x: str, y: str) -> dict[str, Any]:
    """A histogram: columns start, end, count; the part above zero in another colour."""
    import altair as alt

    base = (
        alt.Chart(rows)
        .mark_bar(stroke="var(--paper)", strokeWidth=1)
        .encode(
            x=alt.X("start:Q", title=x, bin="binned", axis=alt.Axis(tickCount=8)),
            x2="end:Q",
            y=alt.Y("count:Q", title=y, axis=alt.Axis(grid=True)),
            color=alt.condition("datum.start >= 0", alt.value(SERIES[0]), alt.value(SERIES[1])),
            tooltip=[
                alt.Tooltip("start:Q", title="from"),
                alt.Tooltip("end:Q", title="to"),
                alt.Tooltip("count:Q", title="pairs"),
            ],
        )
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=INK).encode(x="x:Q")
    return finished(alt.layer(base, zero), 220)


def parts(rows: pd.DataFrame, axis: str, series: Sequence[str]) -> dict[str, Any]:
    """A bar of parts each: columns name, series, value."""
    import altair as alt

    chart = (
        alt.Chart(rows)
        .mark_bar(stroke="var(--paper)", strokeWidth=1.5)
        .encode(
            y=alt.Y("name:N", sort=None, title=None),
            x=alt.X("sum(value):Q", title=axis),
            color=_colour(series),
            order=alt.Order("order:Q"),
            tooltip=_tooltip("name", "series", "value"),
        )
    )
    return finished(chart, ROW * rows["name"].nunique())


def _colour(series: Sequence[str]) -> alt.Color:
    import altair as alt

    return alt.Color("series:N", scale=alt.Scale(domain=list(series), range=SERIES[: len(series)]))


def _shape(series: Sequence[str]) -> alt.Shape:
    import altair as alt

    return alt.Shape("series:N", scale=alt.Scale(domain=list(series), range=SHAPES[: len(series)]))


def _tooltip(*columns: str) -> list[alt.Tooltip]:
    import altair as alt

    titles = {"series": "which", "dash": "votes", "low": "95 % from", "high": "to"}
    numbers = {"value", "low", "high", "x", "y"}
    return [
        alt.Tooltip(f"{column}:Q", format=".2f", title=titles.get(column, column))
        if column in numbers
        else alt.Tooltip(f"{column}:N", title=titles.get(column, column))
        for column in columns
    ]


def _reference_lines(references: Mapping[str, float]) -> list[alt.Chart]:
    """Vertical lines, named above the drawing; names of several stand above each other, as lines can be close."""
    import altair as alt

    layers = []
    align: Literal["left", "right"] = "right" if len(references) > 1 else "left"
    for place, (name, value) in enumerate(sorted(references.items(), key=lambda line: line[1])):
        base = alt.Chart(pd.DataFrame({"name": [name], "x": [value]})).encode(x="x:Q")
        text = base.mark_text(align=align, baseline="bottom", dy=-3 - 13 * place)
        layers += [base.mark_rule(strokeDash=[5, 4], color=QUIET), text.encode(y=alt.value(0), text="name:N")]
    return layers


def _levels(references: Mapping[str, float]) -> list[alt.Chart]:
    import altair as alt

    rows = pd.DataFrame({"name": list(references), "y": list(references.values())})
    if rows.empty:
        return []
    base = alt.Chart(rows).encode(y="y:Q")
    name = base.mark_text(align="right", baseline="bottom", dy=-3).encode(x=alt.value("width"), text="name:N")
    return [base.mark_rule(strokeDash=[5, 4], color=QUIET), name]
