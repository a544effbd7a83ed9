"""How far a study is: votes a pair, and what its annotators' answers look like."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from emoprefer_assets.people.assignment import ATTENTION, PAIR, QUALIFICATION, REPEAT
from emoprefer_assets.people.study import Item, Plan
from emoprefer_assets.people.votes import SKIP, Answer, Votes
from emoprefer_assets.people.voting import right_answers
from emoprefer_assets.stats.agreement import MISSING, Agreement, agreement, reliability
from emoprefer_assets.stats.labels import SAME, VERDICTS
from emoprefer_assets.stats.resampling import clip_bootstrap

# Silent reading of English (Brysbaert 2019, doi.org/10.1016/j.jml.2019.104047). Nobody reads at twice this speed.
WORDS_A_MINUTE = 238
# Scripts without spaces between words, where two characters are about a word.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD, _CHARACTER = re.compile(rf"[^\W{_UNSPACED}]+"), re.compile(f"[{_UNSPACED}]")
# Below it nothing is called unusual.
LEAST = 10
# Chance of calling one side too common where an annotator has no preference; shared among the annotators.
LEVEL = 0.05


@dataclass(frozen=True)
class AnnotatorStatus:
    """Where an annotator stands; shares are of 1, and None where there is nothing to take one of.

    Attributes:
        done, asked: votes and skips on pairs, and pairs that they are shown.
        seconds: the median of an answer to a pair.
        left: share of votes for the text on the left, ties left out.
        agreement: share of equal votes with each other annotator, ties left out.
        consistency: share of equal votes on pairs that were shown again in the other order.
        attention: share of right answers to attention checks.
        qualified: None where the study has no qualification, or it is not finished.
        unusual: why to look at them, in words.
    """

    annotator: str
    done: int
    asked: int
    seconds: float | None
    left: float | None
    agreement: float | None
    consistency: float | None
    attention: float | None
    qualified: bool | None
    unusual: tuple[str, ...]


@dataclass(frozen=True)
class PairStatus:
    """Votes on a pair, how many are to be cast, and how often it was skipped."""

    pair: str
    done: int
    asked: int
    skipped: int


@dataclass(frozen=True)
class StudyStatus:
    """A study as it stands.

    Attributes:
        agreement: share of equal votes of two annotators, ties left out.
        krippendorff_alpha: of all votes, ties too.
        consistency: share of equal votes on pairs that were shown again, of all annotators.
    """

    study: str
    pairs: tuple[PairStatus, ...]
    annotators: tuple[AnnotatorStatus, ...]
    agreement: float | None
    krippendorff_alpha: float | None
    consistency: float | None


def study_status(plan: Plan, votes: Votes) -> StudyStatus:
    """What can be said of a study's votes now; nothing is written."""
    live = [answer for answer in votes.all() if answer.withdrawn is None]
    people = list(dict.fromkeys([*plan.annotators, *(answer.annotator for answer in live)]))
    shown = {annotator: [showing.item for showing in plan.pairs(annotator)] for annotator in people}
    keys = [key for kind, key in plan.items if kind == PAIR]
    cast = [answer for answer in live if answer.kind == PAIR and (PAIR, answer.key) in plan.items]
    each, everyone, alpha = _agreement(plan, people, keys, cast)
    by_person: dict[str, list[Answer]] = defaultdict(list)
    for answer in live:
        by_person[answer.annotator].append(answer)
    asked = Counter(item.key for one in plan.annotators for item in shown[one] if item.kind == PAIR)
    done = Counter(answer.key for answer in cast if answer.choice != SKIP)
    skipped = Counter(answer.key for answer in cast if answer.choice == SKIP)
    return StudyStatus(
        plan.study.name,
        tuple(PairStatus(key, done[key], asked[key], skipped[key]) for key in keys),
        tuple(_annotator(plan, one, by_person[one], shown[one], each.get(one), len(people)) for one in people),
        _known(everyone.two_class.value / 100) if everyone else None,
        alpha,
        _share([same for one in people for same in _repeats(by_person[one])]),
    )


def _agreement(
    plan: Plan, people: Sequence[str], keys: Sequence[str], cast: Sequence[Answer]
) -> tuple[dict[str, Agreement], Agreement | None, float | None]:
    """Of each annotator with the others, of all, and Krippendorff's alpha."""
    matrix = np.full((len(people), len(keys)), MISSING, dtype=np.int8)
    row, column = ({name: place for place, name in enumerate(names)} for names in (people, keys))
    for answer in cast:
        if answer.choice != SKIP:
            matrix[row[answer.annotator], column[answer.key]] = VERDICTS.index(answer.choice)
    if ((matrix != MISSING).sum(axis=0) < 2).all():
        return {}, None, None
    bootstrap = clip_bootstrap(np.array([plan.items[PAIR, key].clip for key in keys], dtype=str))
    each, everyone = agreement(matrix, bootstrap)
    alpha = reliability(matrix, bootstrap).krippendorff_alpha.value
    return dict(zip(people, each, strict=True)), everyone, _known(alpha)


def _annotator(
    plan: Plan, annotator: str, own: Sequence[Answer], shown: Sequence[Item], agreed: Agreement | None, people: int
) -> AnnotatorStatus:
    pairs = [answer for answer in own if answer.kind == PAIR]
    voted = [answer for answer in pairs if answer.choice != SKIP]
    left = [answer.choice == answer.left for answer in voted if answer.choice != VERDICTS[SAME]]
    read = [
        answer.seconds / _reading(plan.items[PAIR, answer.key]) for answer in voted if (PAIR, answer.key) in plan.items
    ]
    checks = [answer.choice == answer.correct for answer in own if answer.kind == ATTENTION]
    repeats = _repeats(own)
    return AnnotatorStatus(
        annotator,
        len(pairs),
        sum(item.kind == PAIR for item in shown),
        round(median(answer.seconds for answer in voted), 2) if voted else None,
        _share(left),
        _known(agreed.two_class.value / 100) if agreed else None,
        _share(repeats),
        _share(checks),
        _qualified(plan, annotator, own),
        tuple(_unusual(left, read, checks, agreed, LEVEL / people)),
    )


def _unusual(
    left: Sequence[bool], read: Sequence[float], checks: Sequence[bool], agreed: Agreement | None, level: float
) -> Iterator[str]:
    """Why to look at an annotator.

    Args:
        read: how long each vote took, in times that reading its texts takes.
    """
    from scipy.stats import binomtest

    if len(left) >= LEAST and binomtest(sum(left), len(left)).pvalue < level:
        side, votes = max(("left", sum(left)), ("right", len(left) - sum(left)), key=lambda one: one[1])
        yield f"{side} in {votes} of {len(left)} votes"
    if len(read) >= LEAST and median(read) < 0.5:
        yield "faster than reading"
    if agreed and agreed.two_class_comparisons >= LEAST and agreed.two_class.value < 50:
        yield "mostly against the others"
    if len(checks) >= 2 and 2 * sum(checks) < len(checks):
        yield "attention checks wrong"


def _qualified(plan: Plan, annotator: str, own: Sequence[Answer]) -> bool | None:
    qualification = plan.study.qualification
    answers = [answer for answer in own if answer.kind == QUALIFICATION]
    rounds = right_answers(answers, plan.qualification(annotator)) if answers else []
    if any(right >= qualification.needed for right in rounds):
        return True
    return False if rounds and len(rounds) >= qualification.tries else None


def _repeats(own: Sequence[Answer]) -> list[bool]:
    """Whether a pair that was shown again got the same vote."""
    first = {answer.key: answer.choice for answer in own if answer.kind == PAIR}
    again = [answer for answer in own if answer.kind == REPEAT and first.get(answer.key, SKIP) != SKIP]
    return [answer.choice == first[answer.key] for answer in again if answer.choice != SKIP]


def _reading(item: Item) -> float:
    """Seconds that reading both texts takes."""
    text = f"{item.a1} {item.a2}"
    words = len(_WORD.findall(text)) + len(_CHARACTER.findall(text)) / 2
    return max(words, 1) * 60 / WORDS_A_MINUTE


def _share(found: Sequence[bool]) -> float | None:
    return sum(found) / len(found) if found else None


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
