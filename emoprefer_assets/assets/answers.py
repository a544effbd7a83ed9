"""Verdicts as arrays of codes, without texts: of a relation, of each ensemble, and of each judge on given pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import duckdb
import numpy as np
import pandas as pd

from emoprefer_assets.assets.relations import Relation, read_arrays
from emoprefer_assets.stats.labels import A1, A2, FAILED, SAME, VERDICTS

SMALLEST_PROBABILITY = 1e-12
MOST_WITHOUT_VERDICT = 0.2
# Such as those on empty descriptions, which no judge is asked about.
MOST_WITHOUT_PROBABILITIES = 0.2
# The quotient and not its logarithm: dividing rounds alike in DuckDB and numpy, a logarithm need not.
_CODED = """
, options as (select unnest($verdicts) as verdict, unnest(range(len($verdicts))) as code)
select
    judges.place::smallint as judge,
    strategies.place::tinyint as strategy,
    answers.round::smallint as round,
    answers.swapped::boolean as swapped,
    pair_ids.place::integer as pair,
    coalesce(options.code, -1)::tinyint as verdict,
    if(
        p_a1 is null or p_a2 is null, 'nan'::double,
        greatest(p_a1::double, $least::double) / greatest(p_a2::double, $least::double)
    ) as odds
from {relation} as answers
join judges on judges.name = answers.judge
join strategies on strategies.name = answers.strategy
join pair_ids on pair_ids.name = answers.pair_id
left join options on options.verdict = answers.verdict
"""
_CODED_ENSEMBLES = """
, options as (select unnest($verdicts) as verdict, unnest(range(len($verdicts))) as code)
select
    ensembles.place::smallint as ensemble,
    said.k::integer as k,
    orders.place::tinyint as "order",
    samples.place::tinyint as sample,
    said.round::smallint as round,
    pair_ids.place::integer as pair,
    options.code::tinyint as verdict
from {relation} as said
join ensembles on ensembles.name = said.ensemble
join orders on orders.name = said.orders
join samples on samples.name = said.sample
join pair_ids on pair_ids.name = said.pair_id
join options on options.verdict = said.verdict
"""


@dataclass(frozen=True)
class Answers(Relation):
    """The verdicts of a relation with the columns of `sql/tables/s1_predictions.sql`, a row an answer, in any order.

    Attributes:
        judges, strategies, pair_ids: names, each in their order, shape (n_names,).
        judge, strategy, pair: places in them, shape (rows,).
        round: repetition, from 0, shape (rows,).
        swapped: whether a1 and a2 were exchanged in the question, shape (rows,).
        verdict: codes of `stats/labels.py` in the pair's own frame, int8, shape (rows,).
        margin: natural log-odds of a1 over a2, nan where one of the probabilities is not known, shape (rows,).
        by_judge: what `verdicts_by_judge` found for the pairs and judges that it was asked for.
    """

    judges: np.ndarray
    strategies: np.ndarray
    pair_ids: np.ndarray
    judge: np.ndarray
    strategy: np.ndarray
    round: np.ndarray
    swapped: np.ndarray
    pair: np.ndarray
    verdict: np.ndarray
    margin: np.ndarray
    by_judge: dict[tuple[tuple[str, ...], ...], list[JudgeVerdicts]] = field(default_factory=dict, init=False)

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, relation: str) -> Self:
        """The answers of a table or view with the columns of `sql/tables/s1_predictions.sql`.

        Raises:
            KeyError: a verdict that is not one of `VERDICTS`.
        """
        columns = {"judges": "judge", "strategies": "strategy", "pair_ids": "pair_id"}
        names = {several: f"select distinct {one}::varchar as name from {relation}" for several, one in columns.items()}
        values = {"verdicts": list(VERDICTS), "least": SMALLEST_PROBABILITY}
        arrays = read_arrays(connection, relation, names, _CODED.format(relation=relation), values)
        if (arrays["verdict"] < 0).any():
            raise KeyError(f"{relation} holds a verdict that is none of {', '.join(VERDICTS)}")
        odds = arrays.pop("odds")
        return cls(**arrays, margin=np.log(odds, out=odds))


@dataclass(frozen=True)
class EnsembleKey:
    """Which ensemble, as table ensemble_predictions names it."""

    ensemble: str
    k: int
    orders: str
    sample: str


@dataclass(frozen=True)
class EnsembleVerdicts(Relation):
    """What ensembles say: the table ensemble_predictions, a row an ensemble, round and pair, in any order.

    Attributes:
        ensembles, orders, samples, pair_ids: names, each in their order, shape (n_names,).
        ensemble, order, sample, pair: places in them, shape (rows,).
        k: judges that vote, shape (rows,).
        round: repetition, from 0, shape (rows,).
        verdict: codes of `stats/labels.py`, int8, shape (rows,).
    """

    ensembles: np.ndarray
    orders: np.ndarray
    samples: np.ndarray
    pair_ids: np.ndarray
    ensemble: np.ndarray
    k: np.ndarray
    order: np.ndarray
    sample: np.ndarray
    round: np.ndarray
    pair: np.ndarray
    verdict: np.ndarray

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, relation: str) -> Self:
        columns = {"ensembles": "ensemble", "orders": "orders", "samples": "sample", "pair_ids": "pair_id"}
        names = {several: f"select distinct {one}::varchar as name from {relation}" for several, one in columns.items()}
        query = _CODED_ENSEMBLES.format(relation=relation)
        return cls(**read_arrays(connection, relation, names, query, {"verdicts": list(VERDICTS)}))

    def on(self, pair_ids: pd.Series) -> Iterator[tuple[EnsembleKey, np.ndarray]]:
        """Each ensemble's verdicts on these pairs, in their order: codes, shape (rounds, pairs), -1 without one."""
        key = self.ensemble.astype(np.int64) * (int(self.k.max(initial=0)) + 1) + self.k
        key = (key * len(self.orders) + self.order) * len(self.samples) + self.sample
        in_order = np.argsort(key, kind="stable")
        _, starts = np.unique(key[in_order], return_index=True)
        places = pd.Index(pair_ids).get_indexer(pd.Index(self.pair_ids))
        for rows in np.split(in_order, starts[1:]) if len(key) else ():
            one = rows[0]
            names = (of[code[one]] for of, code in ((self.orders, self.order), (self.samples, self.sample)))
            place = places[self.pair[rows]]
            verdicts = np.full((self.round[rows].max() + 1, len(pair_ids)), -1, dtype=np.int8)
            verdicts[self.round[rows][place >= 0], place[place >= 0]] = self.verdict[rows][place >= 0]
            yield EnsembleKey(self.ensembles[self.ensemble[one]], int(self.k[one]), *names), verdicts


@dataclass(frozen=True)
class JudgeVerdicts:
    """All verdicts of one judge and strategy.

    Attributes:
        judge: the judge.
        strategy: the strategy.
        normal: codes, shape (rounds, pairs), in the order of the pairs asked for.
        swapped: codes of the swapped runs in the pair's own frame, shape (rounds, pairs); None without them.
        margin: log-odds of a1 over a2, natural, same shape as `normal`, 0 where a call failed; of a verdict without
            probabilities, which some may be, the median size of the others. None where more than a fifth lack them.
        swapped_margin: the same of the swapped runs, in the pair's own frame.
    """

    judge: str
    strategy: str
    normal: np.ndarray
    swapped: np.ndarray | None
    margin: np.ndarray | None
    swapped_margin: np.ndarray | None

    @property
    def verdicts(self) -> np.ndarray:
        """Codes of both orders, shape (runs, pairs)."""
        return self.normal if self.swapped is None else np.concatenate([self.normal, self.swapped])

    @property
    def refused(self) -> bool:
        """Whether too much is failed or unparsed for the strategy to be chosen: it would pass for a bad judge."""
        return float((self.verdicts > SAME).mean()) > MOST_WITHOUT_VERDICT


def labelled_pairs(consensus_pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs with a human label."""
    return consensus_pairs[consensus_pairs["preference"].notna()].reset_index(drop=True)


def verdicts_by_judge(answers: Answers, pairs: pd.DataFrame, judges: pd.DataFrame) -> list[JudgeVerdicts]:
    """The verdicts on `pairs` of every judge taking part, by judge and strategy.

    A judge whose verdicts do not cover all pairs is left out: they are about an earlier state of the data set.
    """
    asked = tuple(pairs["pair_id"]), tuple(judges["judge"])
    if asked not in answers.by_judge:
        answers.by_judge[asked] = _verdicts_by_judge(answers, *asked)
    return answers.by_judge[asked]


def _verdicts_by_judge(answers: Answers, pair_ids: Sequence[str], judges: Sequence[str]) -> list[JudgeVerdicts]:
    places = pd.Index(pair_ids).get_indexer(pd.Index(answers.pair_ids))[answers.pair]
    taking_part = np.isin(answers.judges, np.array(judges, dtype=object))
    runs = 2 * (answers.judge.astype(np.int32) * len(answers.strategies) + answers.strategy) + answers.swapped
    wanted = np.flatnonzero((places >= 0) & taking_part[answers.judge])
    wanted = wanted[np.argsort(runs[wanted], kind="stable")]
    keys, starts = np.unique(runs[wanted], return_index=True)
    ends = np.append(starts, len(wanted))[1:]
    by_run = {int(key): wanted[start:end] for key, start, end in zip(keys, starts, ends, strict=True)}
    found = []
    for run in sorted({key // 2 for key in by_run}):
        normal, margin = _by_round(answers, by_run.get(2 * run), places, len(pair_ids))
        swapped, swapped_margin = _by_round(answers, by_run.get(2 * run + 1), places, len(pair_ids))
        if normal is None:
            continue
        if swapped is None or len(swapped) != len(normal):
            swapped = swapped_margin = None
        judge, strategy = divmod(run, len(answers.strategies))
        names = answers.judges[judge], answers.strategies[strategy]
        found.append(JudgeVerdicts(*names, normal, swapped, margin, swapped_margin))
    return found


def _by_round(
    answers: Answers, rows: np.ndarray | None, places: np.ndarray, pairs: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Verdicts and margins of some rows, shape (rounds, pairs); None where a pair is missing."""
    if rows is None:
        return None, None
    rounds, round_ = np.unique(answers.round[rows], return_inverse=True)
    where = (round_, places[rows])
    verdicts = np.full((len(rounds), pairs), -1, dtype=np.int8)
    verdicts[where] = answers.verdict[rows]
    if (verdicts < 0).any():
        return None, None
    margin, said = answers.margin[rows], answers.verdict[rows]
    lacking = np.isnan(margin)
    if (lacking & (said != FAILED)).mean() > MOST_WITHOUT_PROBABILITIES or lacking.all():
        return verdicts, None
    size = np.median(np.abs(margin[~lacking]))
    margins = np.empty(verdicts.shape)
    margins[where] = np.where(lacking, size * (said == A1) - size * (said == A2), margin)
    return verdicts, margins
