"""The sample's votes as studies that people took part in: in which order, which side left, how long, and what again.

The votes are those of `people.py`. What a study keeps of each is added to them: pairs are shown in the order and on the
sides that `emoprefer vote` would show them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emoprefer_assets.datasets import VOTE_DETAILS
from emoprefer_assets.offline import words_to_read
from emoprefer_assets.people.assignment import ATTENTION, PAIR, REPEAT, shown_to
from emoprefer_assets.stats.labels import SWAPPED
from synthesis.descriptions import Description
from synthesis.people import Annotator

# Of silent reading (Brysbaert 2019), which our own people keep to.
WORDS_A_MINUTE = 238
CLIP_SECONDS = 3.0
# People stop after so many answers and go on the next day.
SITTING = 40
# As `emoprefer study init` writes them.
REPEATS, ATTENTION_CHECKS = 0.1, ("1", "2", "3")


@dataclass(frozen=True)
class Habits:
    """How a simulated annotator votes, whatever they vote.

    Attributes:
        pace: seconds in times of reading both texts.
        watches: whether they see the clip to its end.
        leans_left: share of the votes for the text on the right that become votes for the one on the left. The votes
            were there first, so that it is the sides of these pairs that are turned.
        tells: whether they say how sure they are.
    """

    pace: float = 1.0
    watches: bool = True
    leans_left: float = 0.0
    tells: bool = True


HABITS = {
    "Lena": Habits(),
    "明月": Habits(pace=1.3),
    "Omar": Habits(pace=0.9, leans_left=0.12),
    "hasty": Habits(pace=0.2, watches=False, tells=False),
    "careless": Habits(pace=0.7, leans_left=0.5, tells=False),
}


@dataclass(frozen=True)
class Question:
    """A pair as people vote on it: its name, and what is left and right of it in the data set."""

    key: str
    a1: Description
    a2: Description


def collect(
    study: str,
    begins: datetime,
    questions: Sequence[Question],
    votes: Mapping[tuple[str, str], str],
    people: Sequence[Annotator],
    dice: random.Random,
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """What the study keeps: a row a vote, in the order of `votes`, and a row a pair that was shown again.

    Args:
        study: its name.
        begins: when the first annotator does; each of the others a day after the one before.
        votes: by the question's key and the annotator's name.
    """
    asked = {question.key: question for question in questions}
    kept: dict[tuple[str, str], dict[str, object]] = {}
    again = []
    for place, person in enumerate(people):
        habits, now = HABITS[person.name], begins + timedelta(days=place)
        sitting = now
        turned: set[str] = set()
        shown = shown_to(f"a{place + 1:02d}", list(asked), PAIR, REPEATS, ATTENTION_CHECKS)
        for number, showing in enumerate(shown, start=1):
            if showing.kind == ATTENTION:
                continue
            question = asked[showing.key]
            if showing.kind == PAIR:
                vote = votes[showing.key, person.name]
                if vote == SWAPPED[showing.left] and dice.random() < habits.leans_left:
                    turned.add(showing.key)
            else:
                vote = person.vote(question.a1.quality, question.a2.quality, dice)
            left = SWAPPED[showing.left] if showing.key in turned else showing.left
            if showing.kind == REPEAT and vote == SWAPPED[left] and dice.random() < habits.leans_left:
                vote = left
            row = _row(study, question, person, vote, left, dice)
            now += timedelta(seconds=float(str(row["seconds"])) + 1)
            row |= {"time": f"{now:%Y-%m-%dT%H:%M:%SZ}", "attempt": 1 if showing.kind == PAIR else 2}
            if showing.kind == PAIR:
                kept[showing.key, person.name] = row
            else:
                again.append(row)
            if number % SITTING == 0:
                now = sitting = sitting + timedelta(days=1)
    return [kept[key] for key in votes], again


def _row(
    study: str, question: Question, person: Annotator, vote: str, left: str, dice: random.Random
) -> dict[str, object]:
    habits = HABITS[person.name]
    replays = dice.choices((0, 1, 2), (7, 2, 1))[0] if habits.watches else 0
    reading = 60 * sum(words_to_read(text.text) for text in (question.a1, question.a2)) / WORDS_A_MINUTE
    seconds = habits.pace * reading * dice.lognormvariate(0, 0.25)
    seconds += CLIP_SECONDS * (1 + replays) if habits.watches else 0
    known: dict[str, object] = dict.fromkeys(VOTE_DETAILS, "")
    known |= {"study": study, "left": left, "seconds": f"{seconds:.1f}", "replays": replays}
    if habits.tells:
        known["confidence"] = _confidence(abs(question.a1.quality - question.a2.quality), dice)
    return {"pair": question.key, "annotator": person.name, "vote": vote, **known}


def _confidence(apart: int, dice: random.Random) -> int:
    """1 (a guess) to 3 (sure): the further the two are apart in quality the surer, one step off now and then."""
    sure = 1 if apart == 0 else 2 if apart < 3 else 3
    return max(1, min(3, sure + dice.choices((-1, 0, 1), (1, 8, 1))[0]))
