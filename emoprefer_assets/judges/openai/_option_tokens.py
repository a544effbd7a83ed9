"""Log-probabilities of options from the few likeliest tokens that a chat endpoint shows at each position."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emoprefer_assets.display import listed
from emoprefer_assets.judges.chat import INSTEAD, LEAST_MASS

# A beginning that several options share may stay unsplit while it holds less than this share of what the options hold.
NEGLIGIBLE = 0.01
# Log-probabilities come rounded.
ROUNDING = 1e-6
# Blank tokens can follow each other for ever.
DEEPEST = 8


@dataclass(frozen=True)
class Position:
    """One token of an answer.

    Attributes:
        token: the one that was chosen.
        likeliest: tokens that could have stood there, with their natural log-probabilities; `token` among them.
    """

    token: str
    likeliest: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class OptionScores:
    """What the shown tokens say of the options.

    Attributes:
        log_probabilities: natural, one an option; empty where there is a failure.
        unsplit: beginnings that several options share and whose continuation was not shown but is wanted.
        failure: why there are no log-probabilities, or "".
    """

    log_probabilities: tuple[float, ...]
    unsplit: tuple[str, ...]
    failure: str


def next_tokens(path: Sequence[Position]) -> dict[str, tuple[tuple[str, float], ...]]:
    """The distribution of the next token after each beginning that the answer went through, by the folded beginning."""
    after: dict[str, tuple[tuple[str, float], ...]] = {}
    text = ""
    for position in path:
        after.setdefault(_folded(text), position.likeliest)
        text += position.token
    return after


def score_options(options: Sequence[str], after: Mapping[str, Sequence[tuple[str, float]]]) -> OptionScores:
    """The log-probability that an answer begins with each option, in any spelling.

    Case and leading blanks do not count. Probability is followed token by token from the empty answer:

    - a token that completes an option (`same`, `A1.`) counts for it;
    - a token that only begins one option (`sam`) is followed where `after` knows what comes next and otherwise counts
      for the option in full, an upper bound; where the likeliest option hangs on that, there is a failure instead;
    - a token that begins several options (`a` of a1 and a2) is split by what `after` says comes next; where it does
      not say, the beginning is named in `unsplit`, for another question to be asked, and is a failure for now;
    - an option that is not shown at all gets an upper bound: the smallest probability shown where it might have stood,
      or what the shown ones leave, if that is less.

    Args:
        options: lower case; none begins another.
        after: from `next_tokens`; may hold several answers' positions.
    """
    # Turned round, what is no number fails as well.
    if not all(sum(math.exp(min(value, 1.0)) for _, value in shown) <= 1.01 for shown in after.values()):
        return OptionScores((), (), "the endpoint's log-probabilities add up to more than 1, or are no numbers")
    sharing = _Sharing(tuple(options), after)
    sharing.share("", 1.0, DEEPEST)
    counted = {option: sharing.certain[option] + sharing.begun[option] for option in options}
    total = sum(counted.values()) + sum(sharing.unsplit.values())
    if total < LEAST_MASS:
        token, _ = max(after.get("", ()), key=lambda item: item[1], default=("", 0.0))
        said = f"answers begin with none of {listed(options)} but, likeliest, with {token!r}"
        return OptionScores((), (), f"{said}. {INSTEAD}")

    unsplit, failures, ceilings = [], [], dict(sharing.ceilings)
    for beginning, mass in sharing.unsplit.items():
        group = sharing.open_options(beginning)
        weighty = mass > NEGLIGIBLE * total
        known = [option for option in group if counted[option]]
        if beginning.strip() and (weighty or len(known) < len(group)):
            unsplit.append(beginning)
        if weighty or (beginning.strip() and not known):
            failures.append(f"no log-probabilities for {listed(group)}: what follows {beginning!r} was not shown")
        for option in group:
            ceilings[option] = max(ceilings.get(option, 0.0), mass)
    top = max(options, key=lambda option: counted[option])
    if sharing.certain[top] < max(sharing.certain[option] for option in options):
        failures.append(f'whether "{top}" is likeliest hangs on tokens that only begin it')
    if failures:
        return OptionScores((), tuple(unsplit), failures[0])
    probabilities = [counted[option] or ceilings.get(option, 0.0) for option in options]
    if not all(probabilities):
        return OptionScores((), tuple(unsplit), "the endpoint shows too few tokens")
    return OptionScores(tuple(math.log(probability) for probability in probabilities), tuple(unsplit), "")


def without_the_split(
    options: Sequence[str], after: Mapping[str, Sequence[tuple[str, float]]], beginnings: Sequence[str]
) -> OptionScores | None:
    """Scores where nobody says what follows `beginnings`, shared out evenly; None where the verdict hangs on that.

    The likeliest option holds more than all that begin so together, whatever the true shares are.
    """
    open_ones = {beginning: [option for option in options if option.startswith(beginning)] for beginning in beginnings}
    even = {
        beginning: [(option[len(beginning) :], -math.log(len(group))) for option in group]
        for beginning, group in open_ones.items()
    }
    scores = score_options(options, {**after, **even})
    if scores.failure:
        return None
    mass = {option: math.exp(score) for option, score in zip(options, scores.log_probabilities, strict=True)}
    top = max(options, key=lambda option: mass[option])
    shared = {option for group in open_ones.values() for option in group}
    return scores if top not in shared and mass[top] > sum(mass[option] for option in shared) else None


@dataclass
class _Sharing:
    """Follows probability from the empty answer into the options."""

    options: tuple[str, ...]
    after: Mapping[str, Sequence[tuple[str, float]]]
    certain: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    begun: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    unsplit: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    ceilings: dict[str, float] = field(default_factory=dict)

    def open_options(self, beginning: str) -> list[str]:
        return [option for option in self.options if option.startswith(beginning.lstrip())]

    def share(self, beginning: str, mass: float, depth: int) -> None:
        for option in self.options:
            if beginning.startswith(option):
                self.certain[option] += mass
                return
        possible = self.open_options(beginning)
        # Probabilities that underflow are an endpoint's way to say "forbidden here".
        shown = [(token, math.exp(value)) for token, value in self.after.get(beginning, ()) if token and value > -700]
        if not shown or not depth:
            if len(possible) == 1:
                self.begun[possible[0]] += mass
            elif possible:
                self.unsplit[beginning] += mass
            return
        smallest = min(probability for _, probability in shown)
        hidden = 1 - sum(probability for _, probability in shown)
        unseen = set(possible)
        for token, probability in shown:
            longer = _folded(beginning + token)
            if longer.strip():
                unseen -= {option for option in possible if longer.startswith(option) or option.startswith(longer)}
            self.share(longer, mass * probability, depth - 1)
        for option in unseen:
            self.ceilings[option] = max(self.ceilings.get(option, 0.0), mass * min(smallest, max(hidden, ROUNDING)))


def _folded(text: str) -> str:
    """Lower case without leading blanks; one blank stands for nothing but blanks."""
    return text.lower().lstrip() or (" " if text else "")
