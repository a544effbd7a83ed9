"""For notebooks: evaluate, and have what was found as pandas or Arrow tables and Altair charts.

`import emoprefer_assets as ea` hands these functions out. Without `home` they speak of the evaluation that the command
`emoprefer` speaks of in the same folder (EMOPREFER_HOME, the project).
"""

from __future__ import annotations

import html
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from emoprefer_assets.display import in_message, listed, on_page
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.export import PAIRS
from emoprefer_assets.finding import finding
from emoprefer_assets.names import LEFT_OUT, SOURCES
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.settings import Settings, current_settings
from emoprefer_assets.store.published import open_published, read_published

if TYPE_CHECKING:
    import altair as alt

_BOARDS = {
    "judge_board": f"from judge_board order by kind = '{LEFT_OUT}', waf_2class desc, judge",
    "leaderboard": "from leaderboard order by source, component, rank, system",
    "ensemble_scores": "from ensemble_scores order by ensemble, orders, k, sample",
    "human_agreement": "from human_agreement order by annotator",
    "reliability_curve": "from reliability_curve order by all",
}
# What a cell shows of the two boards, above their charts; the tables have all columns.
_SHOWN = {
    "judge_board": ["rank", "tier", "judge", "kind", "strategy", "waf_2class", "swap_consistency", "odds_ratio"],
    "leaderboard": ["source", "rank", "tier", "system", "rating", "ci_low", "ci_high", "battles"],
}
_MOST_ROWS = 24


@dataclass(frozen=True, eq=False)
class Boards(Mapping[str, pd.DataFrame]):
    """The boards of an evaluation, a DataFrame each; as the last expression of a cell it shows what was found.

    Attributes:
        database: the published DuckDB file, for SQL: `duckdb.connect(boards.database, read_only=True)`.
        tables: by name; their columns are described in docs/tables.md.
        title: of the data set.
        words: the finding, in sentences.

    Examples:
        >>> boards = ea.boards()
        >>> boards["judge_board"][["judge", "waf_2class"]]
        >>> boards.charts["judge_board"].properties(title="My judges")
    """

    database: Path
    tables: Mapping[str, pd.DataFrame]
    title: str
    words: tuple[str, ...]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    @cached_property
    def charts(self) -> dict[str, alt.TopLevelMixin]:
        """Altair charts: judge_board, consistency, leaderboard, reliability; what has nothing to show is left out."""
        import altair as alt

        return {name: alt.Chart.from_dict(chart) for name, chart in self._drawn.items()}

    @cached_property
    def _drawn(self) -> dict[str, dict[str, Any]]:
        from emoprefer_assets import report

        drawn = {
            "judge_board": report.chart_of_judges(self["judge_board"]),
            "consistency": report.chart_of_consistency(self["judge_board"]),
            "leaderboard": report.chart_of_leaderboard(self["leaderboard"]),
            "reliability": report.chart_of_reliability(self["reliability_curve"]),
        }
        return {name: chart for name, chart in drawn.items() if chart}

    def __repr__(self) -> str:
        rows = [f"{name}: {len(table)} rows" for name, table in self.items()]
        return "\n".join([self.title, *self.words, *rows])

    def _repr_html_(self) -> str:
        """The finding, the two boards, and a picture of each, which needs no network."""
        from emoprefer_assets.report import svg_of

        parts = [f"<p><b>{html.escape(on_page(self.title))}</b></p>"]
        parts += [f"<p>{html.escape(on_page(sentence))}</p>" for sentence in self.words]
        for name, columns in _SHOWN.items():
            if name in self._drawn:
                rows = self[name][columns].astype(object)
                if name == "leaderboard":
                    rows = rows[rows["source"].isin(SOURCES)]
                shown = rows.where(rows.notna(), "")
                parts.append(shown.to_html(index=False, max_rows=_MOST_ROWS, float_format="{:.4g}".format))
                parts.append(svg_of(self._drawn[name]))
        return "\n".join(parts)


def evaluate(
    data: str | Path | None = None,
    judges: str | Collection[str] = (),
    *,
    home: str | Path | None = None,
    registry: str | Path | None = None,
    strategies: Collection[str] = STRATEGIES,
    rounds: int | None = None,
    budget: float | None = None,
    say: Callable[[str], None] = print,
) -> Boards:
    """Bring everything up to date, asking judges only what no earlier evaluation has answered; as `emoprefer run`.

    A judge that cannot answer is a warning, and the others go on.

    Args:
        data: the data set's folder.
        judges: names in the registry; all that take part, if none is named.
        home: the folder where calls and results are kept.
        registry: the judge registry, a file as data/judges.yaml.
        strategies: of s1 to s5 and those of plugins.
        rounds: repetitions of every question.
        budget: what the judge calls may cost, by the registry's prices.
        say: called with a line for each thing that is done.

    Raises:
        EmopreferError: the data, the registry or a judge's name is wrong; nobody can answer.

    Examples:
        >>> boards = ea.evaluate(data="my-data", judges=["longer", "qwen3omni"], home="my-home", budget=5)
    """
    from emoprefer_assets import evaluation
    from emoprefer_assets.run import Run

    settings = _settings(home, data_dir=data, judges_file=registry, rounds=rounds, budget=budget)
    names = [judges] if isinstance(judges, str) else judges
    report = evaluation.evaluate(Run(settings), names, strategies, say)
    for failure in report.failures.values():
        warnings.warn(f"not evaluated: {failure}", stacklevel=2)
    say(f"{sum(report.calls.values()):,} judge calls were made; they cost {report.cost:.4g}.")
    return boards(home)


def boards(home: str | Path | None = None) -> Boards:
    """The boards as last evaluated.

    Raises:
        EmopreferError: nothing has been evaluated yet.

    Examples:
        >>> ea.boards()["leaderboard"].query("source == 'human'")
    """
    database = _database(home)
    tables = {name: read_published(database, query) for name, query in _BOARDS.items()}
    about = read_published(database, "from data_set").iloc[0]
    name = f"{about['name']} (synthetic)" if about["synthetic"] else about["name"]
    title = f"{name}: {about['pairs']:,} pairs on {about['clips']:,} clips"
    return Boards(database, tables, title, tuple(finding(tables["judge_board"], tables["leaderboard"])))


def pairs(home: str | Path | None = None, arrow: bool = False) -> Any:
    """The data set's pairs, a row each: both texts, who wrote them, and what people prefer.

    Args:
        arrow: a pyarrow Table instead of a DataFrame.

    Returns:
        pair_id, clip_id, system1, a1, system2, a2; preference (a1, a2 or same; null without consensus), provenance,
        votes; video, audio (paths in the data set's folder; null where absent); position (row in the file, from 1).

    Raises:
        EmopreferError: nothing has been evaluated yet, or pyarrow is not installed.

    Examples:
        >>> ea.pairs()["preference"].value_counts(dropna=False)
    """
    return _read(home, PAIRS, arrow)


def predictions(judge: str, home: str | Path | None = None, arrow: bool = False) -> Any:
    """What a judge said of each pair, strategy, round and order, beside the human label.

    Args:
        arrow: a pyarrow Table instead of a DataFrame.

    Returns:
        The columns of table `predictions` (docs/tables.md) and `preference`, the label; null without one.

    Raises:
        EmopreferError: the judge has said nothing, nothing has been evaluated yet, or pyarrow is not installed.

    Examples:
        >>> said = ea.predictions("longer")
        >>> (said["verdict"] == said["preference"]).groupby([said["strategy"], said["swapped"]]).mean()
    """
    known = read_published(_database(home), "select distinct judge from predictions order by judge")["judge"].tolist()
    if judge not in known:
        raise EmopreferError(
            f'no predictions of judge "{in_message(judge)}". Those that have some: {listed(known, 20)}.'
        )
    query = """
        select predictions.*, preference
        from predictions join consensus_pairs using (pair_id)
        where judge = $judge
        order by strategy, round, swapped, consensus_pairs.position
    """
    return _read(home, query, arrow, judge=judge)


def _read(home: str | Path | None, query: str, arrow: bool, **parameters: object) -> Any:
    if not arrow:
        return read_published(_database(home), query, **parameters)
    with open_published(_database(home)) as connection:
        try:
            return connection.sql(query, params=parameters).to_arrow_table()
        except ModuleNotFoundError:
            raise EmopreferError("Arrow tables need pyarrow. Run `pip install pyarrow`.") from None


def _database(home: str | Path | None) -> Path:
    database = _settings(home).database
    if not database.exists():
        raise EmopreferError(
            f"{database}: nothing has been evaluated yet. Call ea.evaluate() first, or name its `home`."
        )
    return database


def _settings(home: str | Path | None, **given: object) -> Settings:
    """Of a home that is named, the published database is in it: two homes must not publish over each other."""
    if home is not None:
        given |= {"home": home, "database": Path(home) / "emoprefer.duckdb"}
    return current_settings(**{name: value for name, value in given.items() if value is not None})
