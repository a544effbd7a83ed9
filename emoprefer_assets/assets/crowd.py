"""Several judges combined, ranked and weighted on these pairs (as in the paper) and on other clips' pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd

from emoprefer_assets.assets._audit import audit_of
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers, JudgeVerdicts, labelled_pairs, verdicts_by_judge
from emoprefer_assets.assets.scoring import recognition_over_rounds
from emoprefer_assets.checks import unfit_judges
from emoprefer_assets.names import JUDGE
from emoprefer_assets.stats import interval, top_k_majority
from emoprefer_assets.stats.crowds import (
    CROWD_SIZE,
    Rule,
    Voters,
    best_judge,
    held_out,
    held_out_majorities,
    log_odds_vote,
    margin_fusion,
    way_of,
    weighted_margins,
)
from emoprefer_assets.stats.diagnostics import model_of_votes
from emoprefer_assets.stats.labels import A1, A2, UNPARSED, VERDICTS, codes
from emoprefer_assets.stats.selection import clip_folds
from emoprefer_assets.store import TABLES

IN_SAMPLE, HELD_OUT, DIAGNOSTIC = "in-sample", "held-out", "diagnostic"
NORMAL, BOTH = "normal", "normal+swapped"
_KEY = ("ensemble", "k", "orders", "sample")
CHOICE = "highest lower bound of the held-out balanced score"


@table(group="crowd")
def ensemble_predictions(
    predictions: Answers,
    judge_board: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
    crowd_diagnostics: tuple[str, ...],
) -> pd.DataFrame:
    """What judges say together, by every way of combining them; content-blind judges never vote."""
    pairs = labelled_pairs(consensus_pairs)
    ranked = _ranked_voters(verdicts_by_judge(predictions, pairs, judges), judge_board)
    if not ranked:
        return TABLES["ensemble_predictions"].frame()
    labels, folds = codes(pairs["preference"]), clip_folds(pairs["clip_id"].to_numpy(dtype=str))
    ensembles = chain(_ensembles(ranked, labels, folds), _diagnostics(crowd_diagnostics, ranked))
    rows = [_rows(ensemble, pairs) for ensemble in ensembles]
    return pd.concat(rows, ignore_index=True)


@table(group="crowd")
def ensemble_scores(
    ensemble_predictions: pd.DataFrame,
    predictions: Answers,
    judge_board: pd.DataFrame,
    floor_verdicts: pd.DataFrame,
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
) -> pd.DataFrame:
    """Recognition of each ensemble in-sample and held-out, beside the best single judge and the best baseline."""
    audit = audit_of(raw_pairs, consensus_pairs, floor_verdicts, predictions, judges)
    ranked = _ranked_voters(audit.judged, judge_board) if audit else []
    if audit is None or not ranked:
        return TABLES["ensemble_scores"].frame()
    folds = clip_folds(audit.pairs["clip_id"].to_numpy(dtype=str))
    best_held_out = held_out(best_judge, _voters(ranked, 0), audit.labels, folds)[None]
    best = {IN_SAMPLE: audit.waf_samples(ranked[0].normal), HELD_OUT: audit.waf_samples(best_held_out)}
    best[DIAGNOSTIC] = best[HELD_OUT]
    labelled = ensemble_predictions[ensemble_predictions["pair_id"].isin(audit.pairs["pair_id"])]
    said, rounds = codes(labelled["verdict"]), labelled["round"].to_numpy()
    places = pd.Index(audit.pairs["pair_id"]).get_indexer(labelled["pair_id"])
    key = ["ensemble", "k", "orders", "sample"]
    rows = []
    for _, votes in labelled.assign(row=range(len(labelled))).groupby(key):
        here, ensemble = votes["row"].to_numpy(), votes.iloc[0]
        verdicts = np.full((rounds[here].max() + 1, len(audit.pairs)), -1, dtype=np.int8)
        verdicts[rounds[here], places[here]] = said[here]
        scored = audit.waf_samples(verdicts)
        waf = interval(scored.samples)
        rows.append(
            {
                **ensemble[key],
                **recognition_over_rounds(audit.labels, verdicts),
                "waf_2class_low": waf.low,
                "waf_2class_high": waf.high,
                **scored.gain(best[ensemble["sample"]], "gain_over_best_judge"),
                **scored.gain(audit.floor_waf, "gain_over_floor"),
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
    """The ensemble that judges battles, by the highest lower bound of its held-out balanced score."""
    scores = ensemble_scores[ensemble_scores["sample"] == HELD_OUT]
    if scores.empty:
        return TABLES["crowd"].frame()
    best = scores.sort_values(["balanced_low", "waf_2class", "ensemble", "k"], ascending=[False, False, True, True])
    best = best.head(1)
    pairs = labelled_pairs(consensus_pairs)
    ranked = _ranked_voters(verdicts_by_judge(predictions, pairs, judges), judge_board)
    way = way_of(best["ensemble"].iloc[0], best["k"].iloc[0])
    known = np.ones(len(pairs), dtype=bool)
    picked = way.votes(_voters(ranked, 0), codes(pairs["preference"]), known)
    names = [judge.judge for judge in ranked]
    best = best.assign(rule=CHOICE)
    best["judges"], best["voters"] = [names], [[names[place] for place in picked]]
    return best


@table(group="crowd")
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
    if crowd.empty or asked.empty:
        return TABLES["crowd_verdicts"].frame()
    pairs = labelled_pairs(consensus_pairs)
    fit = judges[~judges["judge"].isin(unfit_judges(judge_checks))]
    on_battles = {found.judge: found for found in verdicts_by_judge(battle_verdicts, asked, fit)}
    ranked = _ranked_voters(verdicts_by_judge(predictions, pairs, judges), judge_board)
    voting = [judge for judge in ranked if judge.judge in crowd["voters"].iloc[0] and judge.judge in on_battles]
    if not voting:
        return TABLES["crowd_verdicts"].frame()
    orders = 1 if crowd["orders"].iloc[0] == NORMAL else 2
    both = [_voters(found, 0) for found in (voting, [on_battles[judge.judge] for judge in voting])]
    graded = both[0].graded & both[1].graded
    margins = np.concatenate([said.margins for said in both], axis=1)
    voters = Voters(
        np.concatenate([said.ballots[:, :orders] for said in both], axis=2),
        # Who gave probabilities for one set of pairs only counts with hard votes on both.
        np.where(graded[:, None], margins, np.sign(margins)),
        graded,
    )
    labels = np.concatenate([codes(pairs["preference"]), np.full(len(asked), UNPARSED, dtype=np.int8)])
    known = np.arange(len(labels)) < len(pairs)
    way = way_of(crowd["ensemble"].iloc[0], crowd["k"].iloc[0])
    verdicts = way.combine(voters, labels, known)[~known]
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


def _ranked_voters(judged: list[JudgeVerdicts], judge_board: pd.DataFrame) -> list[JudgeVerdicts]:
    """The judges that may vote, at their best strategy, best first."""
    ranked = judge_board[(judge_board["kind"] == JUDGE) & judge_board["no_vote"].isna()]
    ranked = ranked.sort_values(["rank", "judge"])
    found = {(judge.judge, judge.strategy): judge for judge in judged}
    return [found[key] for key in zip(ranked["judge"], ranked["strategy"], strict=True)]


def _ensembles(ranked: list[JudgeVerdicts], labels: np.ndarray, folds: np.ndarray) -> Iterator[_Ensemble]:
    everything = np.ones(len(labels), dtype=bool)
    for round_ in range(min(len(judge.normal) for judge in ranked)):
        voters = _voters(ranked, round_)
        for orders, ballots in ((NORMAL, voters.ballots[:, :1]), (BOTH, voters.ballots)):
            asked = Voters(ballots, voters.margins, voters.graded)
            votes = zip(top_k_majority(ballots), held_out_majorities(asked, labels, folds), strict=True)
            for k, (in_sample, apart) in enumerate(votes, start=1):
                yield _Ensemble("majority", k, orders, IN_SAMPLE, round_, in_sample)
                yield _Ensemble("majority", k, orders, HELD_OUT, round_, apart)
    voters = _voters(ranked, 0)
    rules: dict[str, Rule] = {
        "log_odds_vote": log_odds_vote,
        "margin_fusion": margin_fusion,
        "weighted_margins": weighted_margins,
    }
    for name, rule in rules.items():
        k = min(CROWD_SIZE, len(ranked)) if name == "weighted_margins" else len(ranked)
        yield _Ensemble(name, k, BOTH, IN_SAMPLE, 0, rule(voters, labels, everything))
        yield _Ensemble(name, k, BOTH, HELD_OUT, 0, held_out(rule, voters, labels, folds))


def _diagnostics(names: tuple[str, ...], ranked: list[JudgeVerdicts]) -> Iterator[_Ensemble]:
    ballots = _voters(ranked, 0).ballots
    for name in names:
        yield _Ensemble(name, len(ranked), BOTH, DIAGNOSTIC, 0, model_of_votes(name, ballots))


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


def _rows(ensemble: _Ensemble, pairs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ensemble": ensemble.name,
            "k": ensemble.k,
            "orders": ensemble.orders,
            "sample": ensemble.sample,
            "round": ensemble.round,
            "pair_id": pairs["pair_id"],
            "verdict": [VERDICTS[code] for code in ensemble.verdicts],
        }
    )
