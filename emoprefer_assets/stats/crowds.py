"""Judges combined: votes and margins, with judges ranked, picked and weighted on labelled pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from emoprefer_assets.stats.labels import A1, A2, SAME, UNPARSED
from emoprefer_assets.stats.voting import top_k_majority

CROWD_SIZE = 7


@dataclass(frozen=True)
class Voters:
    """What each judge says of each pair.

    Attributes:
        ballots: verdict codes, shape (n_judges, n_orders, n_pairs).
        margins: for a1 (positive) against a2, over orders and rounds, shape (n_judges, n_pairs): log-odds where the
            judge gives probabilities, else hard votes of 1, -1 and 0.
        graded: whether each judge's margins are log-odds, shape (n_judges,).
    """

    ballots: np.ndarray
    margins: np.ndarray
    graded: np.ndarray

    def accuracy(self, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Share of decided pairs among `known` (n_pairs,) with the right sign, shape (n_judges,); a tie is half right.

        One right and one wrong are added, so that no weight is infinite.
        """
        counted = known & (labels != SAME)
        truth = np.where(labels[counted] == A1, 1, -1)
        right = (1 + np.sign(self.margins[:, counted]) * truth) / 2
        return (right.sum(axis=1) + 1) / (counted.sum() + 2)

    def normalised(self) -> np.ndarray:
        """Margins in units of their mean size, shape (n_judges, n_pairs): needs no label."""
        size = np.abs(self.margins).mean(axis=1, keepdims=True)
        return self.margins / np.where(size > 0, size, 1)

    def centred(self) -> Voters:
        """With each graded judge's median margin subtracted: what is left of its position bias."""
        medians = np.where(self.graded, np.median(self.margins, axis=1), 0)
        return Voters(self.ballots, self.margins - medians[:, None], self.graded)


# From voters, labels and the pairs whose labels may be used to a verdict on every pair.
Rule = Callable[[Voters, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Way:
    """One way of combining judges.

    Attributes:
        combine: makes the verdicts.
        votes: which judges count, as indices, from voters, labels and the pairs whose labels may be used.
    """

    combine: Rule
    votes: Rule


def best_judge(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """What the judge with the best accuracy says in the normal order."""
    return voters.ballots[np.argmax(voters.accuracy(labels, known)), 0]


def majority_of_top(k: int) -> Rule:
    """The majority of the k best judges, ties going to the better-ranked (EmoPrefer, arXiv 2507.04278)."""

    def rule(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
        ranked = np.argsort(-voters.accuracy(labels, known), kind="stable")[:k]
        return top_k_majority(voters.ballots[ranked])[-1]

    return rule


def log_odds_vote(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Hard votes weighted by the log-odds of accuracy (Nitzan and Paroush 1982)."""
    return _sign(_log_odds(voters.accuracy(labels, known)) @ np.sign(voters.margins))


def margin_fusion(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The sum of scale-normalised margins (EAPO, doi 10.1145/3840474.3840521); uses no label."""
    return _sign(voters.normalised().sum(axis=0))


def weighted_margins(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Our default: centred and normalised margins of the best seven judges, weighted by the log-odds of accuracy."""
    centred = voters.centred()
    accuracy = centred.accuracy(labels, known)
    ranked = np.argsort(-accuracy, kind="stable")[:CROWD_SIZE]
    return _sign(_log_odds(accuracy[ranked]) @ centred.normalised()[ranked])


def way_of(ensemble: str, k: int) -> Way:
    """The ensemble of that name; `k` matters for a majority."""

    def best(count: int, voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
        return np.argsort(-voters.accuracy(labels, known), kind="stable")[:count]

    match ensemble:
        case "majority":
            return Way(majority_of_top(k), partial(best, k))
        case "weighted_margins":
            return Way(weighted_margins, lambda voters, *labelled: best(CROWD_SIZE, voters.centred(), *labelled))
        case "log_odds_vote":
            return Way(log_odds_vote, lambda voters, *labelled: np.flatnonzero(_log_odds(voters.accuracy(*labelled))))
        case "margin_fusion":
            return Way(margin_fusion, lambda voters, *_: np.arange(len(voters.margins)))
    raise ValueError(f"no ensemble {ensemble!r}")


def held_out(rule: Rule, voters: Voters, labels: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The rule's verdicts, shape (n_pairs,), each by judges ranked and weighted on the other folds' labels."""
    verdicts = np.full(len(labels), UNPARSED, dtype=np.int8)
    for fold in np.unique(folds):
        verdicts[folds == fold] = rule(voters, labels, folds != fold)[folds == fold]
    return verdicts


def held_out_majorities(voters: Voters, labels: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """`held_out` of the majority of the k best judges, for every k, shape (n_judges, n_pairs): each fold is counted
    once."""
    verdicts = np.empty((len(voters.ballots), len(labels)), dtype=np.int8)
    for fold in np.unique(folds):
        here = folds == fold
        ranked = np.argsort(-voters.accuracy(labels, ~here), kind="stable")
        verdicts[:, here] = top_k_majority(voters.ballots[ranked][:, :, here])
    return verdicts


def _log_odds(accuracy: np.ndarray) -> np.ndarray:
    """Weights; a judge below chance gets none."""
    return np.maximum(np.log(accuracy / (1 - accuracy)), 0)


def _sign(margin: np.ndarray) -> np.ndarray:
    return np.select([margin > 0, margin < 0], [A1, A2], SAME).astype(np.int8)
