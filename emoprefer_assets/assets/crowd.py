"""Several judges combined, by strategies, ranks and weights from these pairs (as in the paper) and from others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from emoprefer_assets.assets._audit import Audit, WafSamples, audit_of, pairs_with_texts
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers, EnsembleVerdicts, JudgeVerdicts, labelled_pairs, verdicts_by_judge
from emoprefer_assets.assets.scoring import recognition_over_rounds
from emoprefer_assets.checks import unfit_judges
from emoprefer_assets.names import JUDGE
from emoprefer_assets.plugins import ENSEMBLES
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.crowds import (
    CROWD_SIZE,
    Candidates,
    Fold,
    Voters,
    best_judge,
    held_out,
    held_out_majorities,
    log_odds_vote,
    log_odds_weights,
    top_k_majority,
)
from emoprefer_assets.stats.diagnostics import model_of_votes
from emoprefer_assets.stats.labels import A1, A2, UNPARSED, VERDICTS, codes
from emoprefer_assets.stats.selection import clip_splits, stratum_splits
from emoprefer_assets.store import TABLES

IN_SAMPLE, HELD_OUT, NEW_STRATUM, DIAGNOSTIC = "in-sample", "held-out", "new-stratum", "diagnostic"
NORMAL, BOTH = "normal", "normal+swapped"
# Fixed, so that its score is not that of the luckiest of several.
CROWD = "log_odds_vote"
# With fewer no sign test reaches p = 0.05, though every clip points the same way: an interval shows nothing there.
FEWEST_CLIPS = 6
WHY = (
    "fixed in advance, as the best vote of independent judges (Nitzan and Paroush 1982), with or without probabilities"
)


@table(group="crowd")
def ensemble_predictions(
    predictions: Answers,
    judge_board: pd.DataFrame,
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
    crowd_diagnostics: tuple[str, ...],
) -> pd.DataFrame:
    """What judges say together, by every way of combining them; content-blind judges never vote."""
    pairs = pairs_with_texts(raw_pairs, consensus_pairs)
    voting = _Voting.of(verdicts_by_judge(predictions, pairs, judges), judge_board)
    if voting is None:
        return TABLES["ensemble_predictions"].frame()
    folds = voting.folds(pairs)
    ensembles = chain(
        _majorities(voting, folds, codes(pairs["preference"])),
        _weighted(voting, folds, codes(pairs["preference"])),
        _diagnostics(crowd_diagnostics, voting, folds[HELD_OUT], codes(pairs["preference"])),
    )
    return _rows(list(ensembles), pairs)


@table(group="crowd")
def ensemble_scores(
    ensemble_predictions: EnsembleVerdicts,
    predictions: Answers,
    judge_board: pd.DataFrame,
    baseline_verdicts: pd.DataFrame,
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
) -> pd.DataFrame:
    """Recognition of each ensemble in-sample and held-out, beside the best single judge and the best baseline."""
    audit = audit_of(raw_pairs, consensus_pairs, baseline_verdicts, predictions, judges)
    voting = _Voting.of(audit.judged, judge_board) if audit else None
    if audit is None or voting is None:
        return TABLES["ensemble_scores"].frame()
    best = _best_judges(voting, audit)
    rows = []
    for key, verdicts in ensemble_predictions.on(audit.pairs["pair_id"]):
        scored = audit.waf_samples(verdicts)
        rows.append(
            {
                **asdict(key),
                **recognition_over_rounds(audit.labels, verdicts),
                **scored.interval.columns("waf_2class"),
                **scored.gain(best[key.sample], "gain_over_best_judge"),
                **scored.gain(audit.best_baseline_waf, "gain_over_baseline"),
                **audit.balance(verdicts),
                "rounds": len(verdicts),
            }
        )
    return pd.DataFrame(rows)


@table(group="crowd")
def crowd(
    ensemble_scores: pd.DataFrame,
    judge_board: pd.DataFrame,
    predictions: Answers,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
) -> pd.DataFrame:
    """The ensemble that judges battles: fixed in advance, and not offered where it is shown to be worse than one."""
    scores = ensemble_scores[ensemble_scores["ensemble"] == CROWD]
    found = scores[scores["sample"] == HELD_OUT].reset_index(drop=True)
    if found.empty:
        return TABLES["crowd"].frame()
    pairs = labelled_pairs(consensus_pairs)
    ranked = _ranked_voters(verdicts_by_judge(predictions, pairs, judges), judge_board)
    everything = np.ones(len(pairs), dtype=bool)
    picked = np.flatnonzero(log_odds_weights(_voters(ranked, 0), codes(pairs["preference"]), everything))
    names = [judge.judge for judge in ranked]
    found = found.assign(rule=WHY, not_offered=_why_not_offered(scores, pairs["clip_id"].nunique()))
    found["judges"], found["voters"] = [names], [[names[place] for place in picked]]
    return found


@table(group="competition")
def crowd_verdicts(
    battles: pd.DataFrame,
    battle_verdicts: Answers,
    crowd: pd.DataFrame,
    judge_board: pd.DataFrame,
    predictions: Answers,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
    judge_checks: pd.DataFrame,
) -> pd.DataFrame:
    """What the crowd says of each battle, by judges weighted on all labelled pairs."""
    asked = battles.drop_duplicates("pair_id").reset_index(drop=True)
    if asked.empty or crowd["not_offered"].isna().sum() == 0:
        return TABLES["crowd_verdicts"].frame()
    pairs = labelled_pairs(consensus_pairs)
    fit = judges[~judges["judge"].isin(unfit_judges(judge_checks))]
    on_battles = {found.judge: found for found in verdicts_by_judge(battle_verdicts, asked, fit)}
    ranked = _ranked_voters(verdicts_by_judge(predictions, pairs, judges), judge_board)
    voting = [judge for judge in ranked if judge.judge in crowd["voters"].iloc[0] and judge.judge in on_battles]
    if not voting:
        return TABLES["crowd_verdicts"].frame()
    both = [_voters(found, 0) for found in (voting, [on_battles[judge.judge] for judge in voting])]
    voters = Voters(
        np.concatenate([said.ballots for said in both], axis=2),
        np.concatenate([said.margins for said in both], axis=1),
        both[0].graded & both[1].graded,
    )
    labels = np.concatenate([codes(pairs["preference"]), np.full(len(asked), UNPARSED, dtype=np.int8)])
    known = np.arange(len(labels)) < len(pairs)
    verdicts = log_odds_vote(voters, labels, known)[~known]
    names = [judge.judge for judge in voting]
    return pd.DataFrame(
        {"pair_id": asked["pair_id"], "verdict": [VERDICTS[code] for code in verdicts], "voters": [names] * len(asked)}
    )


@dataclass(frozen=True)
class _Ensemble:
    name: str
    k: int
    orders: str
    sample: str
    round: int
    verdicts: np.ndarray


@dataclass(frozen=True)
class _Voting:
    """The judges that may vote.

    Attributes:
        answered: their verdicts under every strategy that the board accepts.
        candidates: the same for choosing among them.
        ranked: places in `answered` of each judge at its strategy on the board, best first.
        rounds: that all of `answered` have.
    """

    answered: list[JudgeVerdicts]
    candidates: Candidates
    ranked: np.ndarray
    rounds: int

    @classmethod
    def of(cls, judged: Sequence[JudgeVerdicts], judge_board: pd.DataFrame) -> _Voting | None:
        ranked = _ranked_voters(judged, judge_board)
        if not ranked:
            return None
        names = [judge.judge for judge in ranked]
        answered = [found for found in judged if found.judge in names and not found.refused]
        _, numbers = np.unique([found.judge for found in answered], return_inverse=True)
        place_of = {(found.judge, found.strategy): place for place, found in enumerate(answered)}
        return cls(
            answered,
            Candidates(numbers, [found.normal for found in answered]),
            np.array([place_of[judge.judge, judge.strategy] for judge in ranked]),
            min(len(found.normal) for found in answered),
        )

    def voters(self, round_: int) -> Voters:
        return _voters(self.answered, round_)

    def folds(self, pairs: pd.DataFrame) -> dict[str, list[Fold]]:
        """Folds by clip, and folds of whole system pairs; none of these where all pairs are of one."""
        labels, clips = codes(pairs["preference"]), pairs["clip_id"].to_numpy(dtype=str)
        systems = np.sort(pairs[["system1", "system2"]].fillna("").to_numpy(dtype=str), axis=1)
        _, strata = np.unique(systems, axis=0, return_inverse=True)
        splits = {HELD_OUT: clip_splits(clips), NEW_STRATUM: stratum_splits(strata, clips)}
        return {sample: self.candidates.folds(labels, of_sample) for sample, of_sample in splits.items() if of_sample}


def _best_judges(voting: _Voting, audit: Audit) -> dict[str, WafSamples]:
    """`waf_2class` of the best single judge of each sample, chosen as its ensembles are."""
    rounds = [voting.voters(round_) for round_ in range(voting.rounds)]
    best = {IN_SAMPLE: audit.waf_samples(voting.answered[voting.ranked[0]].normal)}
    for sample, folds in voting.folds(audit.pairs).items():
        best[sample] = audit.waf_samples(
            np.stack([held_out(best_judge, voters, audit.labels, folds) for voters in rounds])
        )
    best[DIAGNOSTIC] = best[HELD_OUT]
    return best


def _why_not_offered(scores: pd.DataFrame, clips: int) -> str | None:
    """Why the crowd judges nothing, from its scores of each sample; None where it may."""
    for row in each_row(scores[scores["sample"].isin([HELD_OUT, NEW_STRATUM])].sort_values("sample")):
        if clips >= FEWEST_CLIPS and row.gain_over_best_judge_high < 0:
            low_high = f"{row.gain_over_best_judge_low:+.1f} to {row.gain_over_best_judge_high:+.1f}"
            return f"worse than its best judge: {row.gain_over_best_judge:+.1f} points ({low_high}), {row.sample}"
    return None


def _ranked_voters(judged: Sequence[JudgeVerdicts], judge_board: pd.DataFrame) -> list[JudgeVerdicts]:
    """The judges that may vote, at their best strategy, best first."""
    ranked = judge_board[(judge_board["kind"] == JUDGE) & judge_board["no_vote"].isna()]
    ranked = ranked.sort_values(["rank", "judge"])
    found = {(judge.judge, judge.strategy): judge for judge in judged}
    return [found[key] for key in zip(ranked["judge"], ranked["strategy"], strict=True)]


def _majorities(voting: _Voting, folds: Mapping[str, list[Fold]], labels: np.ndarray) -> Iterator[_Ensemble]:
    for round_ in range(voting.rounds):
        voters = voting.voters(round_)
        for orders, ballots in ((NORMAL, voters.ballots[:, :1]), (BOTH, voters.ballots)):
            asked = Voters(ballots, voters.margins, voters.graded)
            by_sample = {IN_SAMPLE: top_k_majority(ballots[voting.ranked])}
            by_sample |= {sample: held_out_majorities(asked, labels, apart) for sample, apart in folds.items()}
            for sample, of_every_k in by_sample.items():
                for k, verdicts in enumerate(of_every_k, start=1):
                    yield _Ensemble("majority", k, orders, sample, round_, verdicts)


def _weighted(voting: _Voting, folds: Mapping[str, list[Fold]], labels: np.ndarray) -> Iterator[_Ensemble]:
    voters, count = voting.voters(0), len(voting.ranked)
    everything = np.ones(len(labels), dtype=bool)
    for name, rule in sorted(ENSEMBLES.items()):
        k = min(CROWD_SIZE, count) if name == "weighted_margins" else count
        yield _Ensemble(name, k, BOTH, IN_SAMPLE, 0, rule(voters.of(voting.ranked), labels, everything))
        for sample, apart in folds.items():
            yield _Ensemble(name, k, BOTH, sample, 0, held_out(rule, voters, labels, apart))


def _diagnostics(names: tuple[str, ...], voting: _Voting, folds: list[Fold], labels: np.ndarray) -> Iterator[_Ensemble]:
    """Models of the votes of all pairs; labels of other clips choose strategies alone."""
    for name in names:
        verdicts = held_out(
            lambda voters, *_, name=name: model_of_votes(name, voters.ballots), voting.voters(0), labels, folds
        )
        yield _Ensemble(name, len(voting.ranked), BOTH, DIAGNOSTIC, 0, verdicts)


def _voters(ranked: list[JudgeVerdicts], round_: int) -> Voters:
    """Ballots of one round, and margins over all rounds and both orders; a missing swapped run is the normal one."""
    ballots, margins, graded = [], [], []
    for judge in ranked:
        swapped = judge.normal if judge.swapped is None else judge.swapped
        ballots.append(np.stack([judge.normal[round_], swapped[round_]]))
        graded.append(judge.margin is not None and (judge.swapped is None or judge.swapped_margin is not None))
        if graded[-1]:
            orders = [said for said in (judge.margin, judge.swapped_margin) if said is not None]
        else:
            orders = [(said == A1).astype(float) - (said == A2) for said in (judge.normal, swapped)]
        margins.append(np.concatenate(orders).mean(axis=0))
    return Voters(np.stack(ballots), np.stack(margins), np.array(graded))


def _rows(ensembles: Sequence[_Ensemble], pairs: pd.DataFrame) -> pd.DataFrame:
    """The table: names as categories, as there are millions of rows."""

    def of_each(names: Sequence[str]) -> Any:
        places, there = pd.factorize(np.array(names, dtype=object))
        return pd.Categorical.from_codes(np.repeat(places, len(pairs)), pd.Index(there))

    verdicts = np.concatenate([one.verdicts for one in ensembles])
    return pd.DataFrame(
        {
            "ensemble": of_each([one.name for one in ensembles]),
            "k": np.repeat(np.array([one.k for one in ensembles], dtype=np.int32), len(pairs)),
            "orders": of_each([one.orders for one in ensembles]),
            "sample": of_each([one.sample for one in ensembles]),
            "round": np.repeat(np.array([one.round for one in ensembles], dtype=np.int32), len(pairs)),
            "pair_id": pd.Categorical.from_codes(
                np.tile(np.arange(len(pairs)), len(ensembles)), pd.Index(pairs["pair_id"])
            ),
            "verdict": pd.Categorical.from_codes(verdicts, pd.Index(VERDICTS)),
        }
    )
