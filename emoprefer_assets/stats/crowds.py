"""Judges combined: votes and margins, with strategies, ranks and weights from labelled pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from emoprefer_assets.plugins import ENSEMBLES
from emoprefer_assets.stats.labels import A1, A2, SAME, UNPARSED
from emoprefer_assets.stats.metrics import CLASSES, confusion_cells, recognition_of
from emoprefer_assets.stats.selection import Split

CROWD_SIZE = 7
# In units of a normal prior with standard deviation 1: keeps the weight of a judge that is never wrong finite.
PENALTY = 1.0


@dataclass(frozen=True)
class Voters:
    """What each judge says of each pair.

    Attributes:
        ballots: verdict codes, shape (n_judges, n_orders, n_pairs).
        margins: for a1 (positive) against a2, mean over orders and rounds, shape (n_judges, n_pairs): log-odds where
            the judge gives probabilities, else hard votes of 1, -1 and 0. Position bias cancels out in both orders.
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
        """Margins of about unit size, shape (n_judges, n_pairs); needs no label.

        Log-odds are divided by their mean size. A hard vote is one: divided by the mean, it would count the more, the
        more often its judge ties.
        """
        size = np.abs(self.margins).mean(axis=1, keepdims=True)
        return self.margins / np.where(self.graded[:, None] & (size > 0), size, 1)

    def of(self, places: np.ndarray) -> Voters:
        """The judges at `places`, in their order."""
        return Voters(self.ballots[places], self.margins[places], self.graded[places])


@dataclass(frozen=True)
class Candidates:
    """Every judge under every strategy that the board accepts.

    Attributes:
        judges: a number for each candidate's judge, shape (n_candidates,).
        normal: verdict codes of each in the normal order, shape (its rounds, n_pairs).
    """

    judges: np.ndarray
    normal: Sequence[np.ndarray]

    def folds(self, labels: np.ndarray, splits: Sequence[Split]) -> list[Fold]:
        """The splits with strategies and ranks chosen inside each (Varma and Simon 2006).

        Both by two-class weighted F1 on the known pairs, mean over rounds, as the board does; of equals, the first.
        """
        cells = self._cells(labels)
        everything = self._counts(cells)
        # Fewer pairs are hidden than known.
        return [Fold(split, self._ranked(everything - self._counts(cells[:, ~split.known]))) for split in splits]

    def _cells(self, labels: np.ndarray) -> np.ndarray:
        """Which cell of all confusions each verdict falls in, shape (all rounds, n_pairs)."""
        said = np.concatenate(self.normal)
        return confusion_cells(labels, said) + CLASSES**2 * np.arange(len(said))[:, None]

    def _counts(self, cells: np.ndarray) -> np.ndarray:
        counts = np.bincount(cells.ravel(), minlength=CLASSES**2 * len(cells))
        return counts.reshape(-1, CLASSES, CLASSES)

    def _ranked(self, counts: np.ndarray) -> np.ndarray:
        rounds = np.array([len(verdicts) for verdicts in self.normal])
        starts = np.append(0, rounds.cumsum()[:-1])
        waf = np.nan_to_num(np.add.reduceat(recognition_of(counts).waf_2class, starts) / rounds, nan=-np.inf)
        ranked = np.lexsort((np.arange(len(waf)), self.judges, -waf))
        _, first = np.unique(self.judges[ranked], return_index=True)
        return ranked[np.sort(first)]


@dataclass(frozen=True)
class Fold:
    """Pairs to be scored by judges that other pairs' labels chose.

    Attributes:
        split: which pairs are scored, and whose labels are known.
        ranked: the candidates that the known labels choose, best first, shape (n_judges,).
    """

    split: Split
    ranked: np.ndarray


# From voters, best first, labels, and the pairs whose labels may be used to a verdict on every pair.
Rule = Callable[[Voters, np.ndarray, np.ndarray], np.ndarray]


def ensemble(rule: Rule) -> Rule:
    """Register the decorated rule by its name: it is scored in-sample and held-out."""
    ENSEMBLES.add(rule.__name__, rule)
    return rule


def best_judge(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """What the best judge says in the normal order."""
    return voters.ballots[0, 0]


@ensemble
def log_odds_vote(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Hard votes weighted by the log-odds of accuracy (Nitzan and Paroush 1982)."""
    return verdicts_of_margins(log_odds_weights(voters, labels, known) @ np.sign(voters.margins))


def log_odds_weights(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The weights of `log_odds_vote`, shape (n_judges,); a judge below chance gets none."""
    accuracy = voters.accuracy(labels, known)
    return np.maximum(np.log(accuracy / (1 - accuracy)), 0)


@ensemble
def margin_fusion(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The sum of scale-normalised margins (EAPO, doi 10.1145/3840474.3840521); uses no label."""
    return verdicts_of_margins(voters.normalised().sum(axis=0))


@ensemble
def weighted_margins(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Normalised margins of the best seven judges, weighted by the log-odds of accuracy."""
    best = voters.of(np.arange(len(voters.margins))[:CROWD_SIZE])
    return verdicts_of_margins(log_odds_weights(best, labels, known) @ best.normalised())


@ensemble
def calibrated_panel(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Normalised margins with the weights >= 0 of the least log-loss: their sum is the log-odds of a1."""
    return verdicts_of_margins(panel_weights(voters, labels, known) @ voters.normalised())


def panel_weights(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The weights of `calibrated_panel`, shape (n_judges,)."""
    counted = known & (labels != SAME)
    return non_negative_weights(voters.normalised()[:, counted], np.where(labels[counted] == A1, 1, -1))


def non_negative_weights(evidence: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Weights >= 0, shape (n_judges,), whose sum of evidence is the log-odds of a1 with the least log-loss.

    Logistic regression with a ridge penalty (le Cessie and van Houwelingen 1992), no weight below zero and no
    intercept: exchanging a1 and a2 exchanges the answer. A free sign would let a judge count against what it says,
    which need not hold on other kinds of pairs.

    Args:
        evidence: for a1 (positive) against a2, shape (n_judges, n_pairs), of about unit size.
        truth: 1 where a1 is right, -1 where a2 is, shape (n_pairs,).
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    signed = np.ascontiguousarray((evidence * truth).T)
    pairs = max(len(signed), 1)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signed @ weights
        value = np.logaddexp(0, -margins).sum() + PENALTY / 2 * weights @ weights
        slope = PENALTY * weights - expit(-margins) @ signed
        return value / pairs, slope / pairs

    judges = len(evidence)
    fitted = minimize(loss, np.zeros(judges), jac=True, method="L-BFGS-B", bounds=[(0, None)] * judges)
    return np.asarray(fitted.x)


def held_out(rule: Rule, voters: Voters, labels: np.ndarray, folds: Sequence[Fold]) -> np.ndarray:
    """The rule's verdicts, shape (n_pairs,), each by strategies, ranks and weights from the fold's known labels.

    Args:
        voters: all candidates.
    """
    verdicts = np.full(len(labels), UNPARSED, dtype=np.int8)
    for fold in folds:
        scored, known = fold.split.scored, fold.split.known
        verdicts[scored] = rule(voters.of(fold.ranked), labels, known)[scored]
    return verdicts


def held_out_majorities(voters: Voters, labels: np.ndarray, folds: Sequence[Fold]) -> np.ndarray:
    """The majority of the k best judges (EmoPrefer, arXiv 2507.04278), for every k, shape (n_judges, n_pairs)."""
    verdicts = np.full((len(folds[0].ranked), len(labels)), UNPARSED, dtype=np.int8)
    for fold in folds:
        scored = fold.split.scored
        verdicts[:, scored] = top_k_majority(voters.ballots[fold.ranked][:, :, scored])
    return verdicts


def verdicts_of_margins(margin: np.ndarray) -> np.ndarray:
    """The verdict codes of margins for a1 (positive) against a2, shape (n_pairs,)."""
    return np.select([margin > 0, margin < 0], [A1, A2], SAME).astype(np.int8)


def top_k_majority(verdicts: np.ndarray) -> np.ndarray:
    """The majority of the k best judges for every k; ties go to the better-ranked judge (EmoPrefer, arXiv 2507.04278).

    Args:
        verdicts: codes, shape (n_judges, n_orders, n_pairs), best judge first. Unparsed and failed abstain.

    Returns:
        codes, shape (n_judges, n_pairs): row k - 1 is the vote of the k best; unparsed where all abstain.
    """
    judges, orders, pairs = verdicts.shape
    ballots = verdicts.reshape(judges * orders, pairs)
    cast = np.stack([ballots == label for label in range(SAME + 1)])
    counts = cast.cumsum(axis=1)
    # The place of the best-ranked ballot for each label decides between labels with equally many votes.
    first = np.where(cast.any(axis=1), cast.argmax(axis=1), judges * orders)
    after_k = counts[:, orders - 1 :: orders, :]
    score = after_k * (judges * orders + 1) - first[:, None, :]
    winners = score.argmax(axis=0)
    return np.where(after_k.sum(axis=0) > 0, winners, UNPARSED).astype(np.int8)
