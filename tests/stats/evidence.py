"""How the claims of docs/reading-the-boards.md were checked: `make statistics-evidence`.

Runs the simulations of the tests at full size, two at a time, and writes their figures into the page's table of claims,
and those of real votes, where these are here, into the table of docs/few-votes.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from emoprefer_assets.settings import PROJECT
from tests.conftest import REAL_VERDICTS
from tests.stats.test_anytime import KINDS, at_some_look, names_a_winner, names_one_by_itself
from tests.stats.test_beyond_baselines import cleared
from tests.stats.test_bradley_terry import sparse_boards
from tests.stats.test_comparing import rejected
from tests.stats.test_davidson import equal_systems
from tests.stats.test_few_real_votes import SETTINGS, Setting, few_votes
from tests.stats.test_held_out_crowd import COINS, bias, share_above_chance
from tests.stats.test_power import share_of_judges_found, share_of_systems_found
from tests.stats.test_replacement import let_through
from tests.stats.test_score_intervals import balanced_cover, rounds_cover, score_cover
from tests.stats.test_selective import broken
from tests.stats.test_subgroups import missed

PAGE = PROJECT / "docs" / "reading-the-boards.md"
HEADING = "## What was checked, and how"
OF_REAL_VOTES = PROJECT / "docs" / "few-votes.md"
REAL_HEADING = "## What votes were worth on real data"
REAL_REPEATS = 1000


@dataclass(frozen=True)
class Check:
    """One setting of a simulation: what it is, its repeats, and a function that says what came of it."""

    setting: str
    repeats: int
    run: Callable[[], str]


@dataclass(frozen=True)
class Claim:
    """What a board says, by which procedure, from where, and the checks."""

    claim: str
    procedure: str
    source: str
    checks: tuple[Check, ...]


def _percents(*shares: float) -> str:
    return " and ".join(f"{share:.1f} %" for share in shares)


def _cover(clips: int, pairs: int, skill: float, effect: float, repeats: int) -> str:
    return _percents(*score_cover(clips, pairs, skill, effect, repeats))


def _balanced(clips: int, skill: float, repeats: int) -> str:
    return _percents(balanced_cover(clips, skill, repeats))


def _rounds(clips: int, rounds: int, effect: float, repeats: int) -> str:
    return _percents(rounds_cover(clips, rounds, effect, repeats))


def _rejected(clips: int, pairs: int, count: int, repeats: int) -> str:
    return _percents(rejected(clips, pairs, count, repeats))


def _cleared(clips: int, skill: float, pull: float, repeats: int) -> str:
    return _percents(100 * cleared(clips, skill, pull, repeats)[0])


def _held(clips: int, skill: float, repeats: int) -> str:
    return _percents(100 * cleared(clips, skill, 0.0, repeats)[1])


def _coins(repeats: int) -> str:
    return _percents(100 * share_above_chance(repeats))


def _bias(pairs: int, repeats: int) -> str:
    found, error = bias(COINS, 4, pairs, repeats)
    return f"{found:+.2f} points (standard error {error:.2f})"


def _sparse(meetings: int, repeats: int) -> str:
    slope, held = sparse_boards(meetings, repeats)
    return f"slope {slope:.3f}, {100 * held.mean():.1f} %"


def _ties(repeats: int) -> str:
    found = equal_systems(2.1, repeats)
    return "; ".join(
        f"{name} {gap:+.0f} Elo, holds 0 in {100 * held:.0f} %"
        for name, (gap, held) in zip(("half-wins", "Davidson"), found.values(), strict=True)
    )


def _judges_found(clips: int, pairs: int, repeats: int) -> str:
    return _percents(100 * share_of_judges_found(clips, pairs, repeats))


def _systems_found(clips: int, repeats: int) -> str:
    return _percents(100 * share_of_systems_found(clips, repeats))


def _missed(clips: int, pairs: int, repeats: int) -> str:
    return _percents(*missed(clips, pairs, repeats))


def _let_through(clips: int, pairs: int, right: float, epsilon: float, repeats: int) -> str:
    return _percents(let_through(clips, pairs, 3, right, epsilon, 0.2, repeats))


def _broken(clips: int, pairs: int, alpha: float, repeats: int) -> str:
    mixed, reached = broken(clips, pairs, alpha / 2, alpha, repeats)
    worse, _ = broken(clips, pairs, 1.01 * alpha, alpha, repeats, right=1.0)
    return f"{_percents(mixed, worse)}; a threshold in {reached:.0f} %"


def _looked_at(kind: str, repeats: int) -> str:
    anytime = at_some_look(names_a_winner, kind, 20, repeats)
    return f"{_percents(anytime)}; each look by itself {_percents(at_some_look(names_one_by_itself, kind, 20, 100))}"


CLAIMS = (
    Claim(
        "The interval of an accuracy and of WAF 2 holds the truth in 95 %",
        "Wilson's at the effective sample size, t",
        "Korn and Graubard 1998",
        tuple(
            Check(
                f"{clips} clips, pairs on each: {pairs}, a judge of {100 * skill:.0f} %",
                1000,
                partial(_cover, clips, pairs, skill, effect, 1000),
            )
            for clips, pairs, skill, effect in (
                (20, 1, 0.9, 0.0),
                (60, 1, 0.97, 0.0),
                (66, 3, 0.8, 1.0),
                (200, 3, 0.6, 0.0),
                (563, 1, 0.97, 0.0),
            )
        ),
    ),
    Claim(
        "So does that of a balanced score",
        "MOVER",
        "Zou and Donner 2008",
        tuple(
            Check(f"{clips} clips, a judge of {100 * skill:.0f} %", 1000, partial(_balanced, clips, skill, 1000))
            for clips, skill in ((60, 0.9), (132, 0.8), (563, 0.65))
        ),
    ),
    Claim(
        "Repetitions that differ by chance leave the cover at 95 %",
        "variance between repetitions, Satterthwaite's degrees of freedom",
        "Satterthwaite 1946",
        tuple(
            Check(f"200 clips, repetitions: {rounds}", 1000, partial(_rounds, 200, rounds, 0.0, 1000))
            for rounds in (2, 5)
        ),
    ),
    Claim(
        "Weak spot: repetitions that move all clips by a standard deviation of 5 points",
        "the same",
        "the same",
        tuple(
            Check(f"200 clips, repetitions: {rounds}", 1000, partial(_rounds, 200, rounds, 0.05, 1000))
            for rounds in (2, 3, 5)
        ),
    ),
    Claim(
        "Two equal judges are found to differ in about 5 % of data sets, any of six in 5 to 6 %",
        "max-t over resampled clips",
        "Romano and Wolf 2005",
        tuple(
            Check(
                f"{clips} clips, pairs on each: {pairs}, judges: {count}",
                4000,
                partial(_rejected, clips, pairs, count, 4000),
            )
            for count in (2, 6)
            for clips, pairs in ((66, 3), (200, 5), (40, 15))
        ),
    ),
    Claim(
        "Weak spot: many judges on few clips",
        "the same",
        "the same",
        (Check("40 clips, pairs on each: 15, judges: 12", 4000, partial(_rejected, 40, 15, 12, 4000)),),
    ),
    Claim(
        "A judge that follows the shortcut with 10 % of noise is cleared in about 2.5 %",
        "odds ratio given the baselines, by clip",
        "Cameron and Miller 2015",
        tuple(Check(f"{clips} clips", 1000, partial(_cleared, clips, 0.5, 0.8, 1000)) for clips in (60, 200, 563)),
    ),
    Claim(
        "The odds ratio's interval holds that of an honest judge of 60 %",
        "the same",
        "the same",
        tuple(Check(f"{clips} clips", 1000, partial(_held, clips, 0.6, 1000)) for clips in (60, 200, 563)),
    ),
    Claim(
        "A crowd of twelve coins with four strategies lies above chance in at most 5 %",
        "strategies, ranks and weights in each fold",
        "Varma and Simon 2006",
        (Check("200 pairs", 400, partial(_coins, 400)),),
    ),
    Claim(
        "The crowd's reported WAF 2 is the true one",
        "the same",
        "the same",
        tuple(Check(f"{pairs} pairs", 200, partial(_bias, pairs, 200)) for pairs in (132, 200)),
    ),
    Claim(
        "Ratings are not shrunk, and 95 % of their intervals hold the truth",
        "Bradley-Terry, a prior of 1.2 battles per system in total, t",
        "Bradley and Terry 1952; Cameron and Miller 2015",
        tuple(
            Check(f"20 systems, battles of every two: {meetings}", 600, partial(_sparse, meetings, 600))
            for meetings in (1, 2, 5)
        ),
    ),
    Claim(
        "Equal systems with unequal shares of ties are equal",
        "Davidson's ratings",
        "Davidson 1970",
        (Check("200 clips, 47 % of ties with one of two opponents", 600, partial(_ties, 600)),),
    ),
    Claim(
        "A detectable difference is found in 80 %",
        "standard error times critical value and quantile of the power",
        "Bloom 1995",
        (
            Check("judges, 66 clips, pairs on each: 3", 500, partial(_judges_found, 66, 3, 500)),
            Check("judges, 563 clips", 500, partial(_judges_found, 563, 1, 500)),
            Check("systems, 100 clips", 400, partial(_systems_found, 100, 400)),
        ),
    ),
    Claim(
        "The intervals of subgroups miss the truth in about 5 %, and those of all together in at most 5 %",
        "Wilson's by clip; Bonferroni",
        "Korn and Graubard 1998",
        tuple(
            Check(f"{clips} clips, pairs on each: {pairs}", 1500, partial(_missed, clips, pairs, 1500))
            for clips, pairs in ((30, 4), (200, 5))
        ),
    ),
    Claim(
        "A judge that is worse than the annotators by exactly epsilon may replace one in at most 5 %",
        "t test of clips, Benjamini and Yekutieli",
        "Calderon, Reichart and Dror 2025",
        tuple(
            Check(
                f"{clips} clips, pairs on each: {pairs}, annotators of {100 * right:.0f} %, epsilon {epsilon:g}",
                1500,
                partial(_let_through, clips, pairs, right, epsilon, 1500),
            )
            for clips, pairs, right, epsilon in (
                (30, 1, 1.0, 0.1),
                (66, 3, 0.95, 0.15),
                (66, 3, 0.8, 0.15),
                (200, 1, 0.8, 0.2),
            )
        ),
    ),
    Claim(
        "A judge that decides alone is wrong in more than alpha in at most 10 %: where confidence tells, and where it "
        "is always just above alpha",
        "Learn then Test by clip",
        "Angelopoulos et al. 2025",
        tuple(
            Check(
                f"{clips} clips, pairs on each: {pairs}, alpha {alpha:g}",
                800,
                partial(_broken, clips, pairs, alpha, 800),
            )
            for clips, pairs, alpha in ((66, 3, 0.2), (563, 1, 0.1), (150, 12, 0.1))
        ),
    ),
    Claim(
        "Of 20 looks at a board of equal systems, one says that somebody beats another in at most 5 %",
        "repeated confidence intervals, Bonferroni over looks and pairs of systems",
        "Jennison and Turnbull 1989",
        tuple(
            Check(f"5 systems or more, between looks {more}", 500, partial(_looked_at, kind, 500))
            for kind, more in zip(
                KINDS,
                (
                    "15 clips more",
                    "15 clips more, or one where the best two are nearly told apart",
                    "one system more on the same 66 clips",
                ),
                strict=True,
            )
        ),
    ),
)


def table(answers: list[str]) -> str:
    """The claims as a Markdown table, with what came of each check in order."""
    left = iter(answers)
    rows = [
        f"| {claim.claim} | {claim.procedure} | {claim.source} | {check.setting} | {check.repeats:,} | {next(left)} |"
        for claim in CLAIMS
        for check in claim.checks
    ]
    head = [
        "| claim | procedure | source | data sets of | how many | what came |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows]) + "\n"


def real_row(setting: Setting) -> str:
    """A row of the table of docs/few-votes.md."""
    found = few_votes(setting, REAL_REPEATS)
    cells = (
        setting.data,
        " and ".join(setting.judges),
        f"{setting.votes:,} on {found.pairs:,.0f}",
        f"{found.held_alone:.1f} %, {found.held:.1f} %",
        f"{found.width_alone:.0f}, {found.width:.0f}",
        f"{found.worth:,.0f}",
        f"{found.worth_by_error:,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def real_table(rows: list[str]) -> str:
    """What few votes of real people were worth with real judges."""
    head = [
        "| data | judges | votes on pairs | intervals that hold: alone, with judges | width: alone, with judges "
        "| worth as said | worth by errors |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows]) + "\n"


def write(page: Path, heading: str, found: str) -> None:
    """Put a table in the place of the first one below a heading."""
    below = re.compile(rf"({heading}\n.*?\n)(\|.*?\n)(?=\n|\Z)", re.DOTALL)
    text, count = below.subn(lambda match: match[1] + found, page.read_text())
    if count != 1:
        raise SystemExit(f"{page} has no table below {heading!r}.")
    page.write_text(text)


def main() -> None:
    """Run all checks and write the pages' tables anew."""
    with ProcessPoolExecutor(2) as pool:
        running = [pool.submit(check.run) for claim in CLAIMS for check in claim.checks]
        real = [pool.submit(real_row, setting) for setting in SETTINGS] if REAL_VERDICTS.is_dir() else []
        write(PAGE, HEADING, table([one.result() for one in running]))
        if real:
            write(OF_REAL_VOTES, REAL_HEADING, real_table([one.result() for one in real]))


if __name__ == "__main__":
    main()
