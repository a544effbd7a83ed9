"""Votes as a table of annotators and pairs, and what judges say of the pairs that have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from emoprefer_assets.assets.answers import Answers, JudgeVerdicts, verdicts_by_judge
from emoprefer_assets.names import DAWID_SKENE
from emoprefer_assets.settings import RULES_OF_SEVERAL
from emoprefer_assets.stats.agreement import MISSING
from emoprefer_assets.stats.dawid_skene import dawid_skene
from emoprefer_assets.stats.labels import VERDICTS, codes
from emoprefer_assets.store import run_step


def ballots_of(annotations: pd.DataFrame, annotators: pd.DataFrame) -> pd.DataFrame:
    """Votes of the qualified annotators: a row an annotator, a column a pair, null where there is no vote."""
    qualified = annotators.loc[annotators["qualified"], "annotator"]
    counted = annotations[annotations["annotator"].isin(qualified)]
    return counted.pivot(index="annotator", columns="pair_id", values="vote")


def codes_of(ballots: pd.DataFrame) -> np.ndarray:
    """Label codes, shape (annotators, pairs); `MISSING` where there is no vote."""
    known = ballots.notna().to_numpy(dtype=bool)
    votes = np.full(ballots.shape, MISSING, dtype=np.int8)
    votes[known] = codes(ballots.to_numpy()[known])
    return votes


def labels_by_rule(
    raw_pairs: pd.DataFrame, annotations: pd.DataFrame, annotators: pd.DataFrame
) -> dict[str, pd.Series]:
    """The labels that each consensus rule gives, and a model of the annotators, which never makes one; index pair_id.

    Of pairs with two qualified votes or more; without any there is nothing.
    """
    ballots = ballots_of(annotations, annotators)
    ballots = ballots.loc[:, ballots.notna().sum(axis=0) >= 2]
    if not ballots.shape[1]:
        return {}
    inputs = {"raw_pairs": raw_pairs, "annotations": annotations, "annotators": annotators}
    steps = {rule: run_step("consensus_pairs", {"consensus_rule": rule}, **inputs) for rule in RULES_OF_SEVERAL}
    found = {rule: kept.set_index("pair_id")["preference"] for rule, kept in steps.items()}
    likeliest = np.array(VERDICTS)[dawid_skene(codes_of(ballots)).labels]
    return found | {DAWID_SKENE: pd.Series(likeliest, index=ballots.columns)}


@dataclass(frozen=True)
class VotedPairs:
    """The pairs with two qualified votes or more, labelled ones first.

    Attributes:
        pair_ids: shape (n_pairs,).
        annotators: shape (n_annotators,).
        clips: of each pair, shape (n_pairs,).
        votes: label codes, shape (n_annotators, n_pairs); `MISSING` where there is no vote.
        labelled: how many of them have a label; judges answer the others, contested ones, as battles.
        predictions, battle_verdicts: what judges say of the two parts, by judge and strategy.
    """

    pair_ids: np.ndarray
    annotators: np.ndarray
    clips: np.ndarray
    votes: np.ndarray
    labelled: int
    predictions: Mapping[tuple[str, str], JudgeVerdicts]
    battle_verdicts: Mapping[tuple[str, str], JudgeVerdicts]

    @classmethod
    def of(
        cls,
        raw_pairs: pd.DataFrame,
        annotations: pd.DataFrame,
        annotators: pd.DataFrame,
        consensus_pairs: pd.DataFrame,
        predictions: Answers,
        battle_verdicts: Answers,
        judges: pd.DataFrame,
    ) -> VotedPairs | None:
        """From the tables of these names; None where no pair has two qualified votes."""
        ballots = ballots_of(annotations, annotators)
        several = (ballots.notna().sum(axis=0) >= 2).to_numpy()
        if not several.any():
            return None
        labelled = ballots.columns.isin(consensus_pairs["pair_id"])
        parts = [pd.DataFrame({"pair_id": ballots.columns[several & part]}) for part in (labelled, ~labelled)]
        ballots = ballots[pd.concat(parts)["pair_id"]]
        return cls(
            ballots.columns.to_numpy(dtype=object),
            ballots.index.to_numpy(dtype=object),
            raw_pairs.set_index("pair_id")["clip_id"][ballots.columns].to_numpy(dtype=str),
            codes_of(ballots),
            len(parts[0]),
            *(
                {(one.judge, one.strategy): one for one in verdicts_by_judge(answers, pairs, judges)}
                for answers, pairs in zip((predictions, battle_verdicts), parts, strict=True)
            ),
        )

    def said_by(self, judge: str, strategy: str, swapped: bool = False) -> tuple[np.ndarray, np.ndarray | None] | None:
        """Verdict codes and margins of all pairs in one order, in the pair's own frame, shape (rounds, n_pairs).

        There are no margins where the judge gives none; there is nothing where it was not asked about all pairs.
        """
        sizes = self.labelled, len(self.pair_ids) - self.labelled
        known = self.predictions.get((judge, strategy)), self.battle_verdicts.get((judge, strategy))
        found = []
        for said, size in zip(known, sizes, strict=True):
            if not size:
                continue
            if said is None:
                return None
            verdicts, margin = (said.swapped, said.swapped_margin) if swapped else (said.normal, said.margin)
            if verdicts is None:
                return None
            found.append((verdicts, margin))
        rounds = min(len(verdicts) for verdicts, _ in found)
        margins = [margin[:rounds] for _, margin in found if margin is not None]
        together = np.concatenate([verdicts[:rounds] for verdicts, _ in found], axis=1)
        return together, np.concatenate(margins, axis=1) if len(margins) == len(found) else None
