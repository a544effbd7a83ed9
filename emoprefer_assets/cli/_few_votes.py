"""How many votes are enough, and on which pairs: study plan, study next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

import click

from emoprefer_assets.cli._group import NEW_FILE
from emoprefer_assets.cli._people import study
from emoprefer_assets.cli._planning import difference_option, discordance_here, power_option
from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.names import COMBINED, HUMAN, JUDGE
from emoprefer_assets.settings import current_settings
from emoprefer_assets.stats.selective import ALPHAS

WIDTH = 40.0
ALPHA = 0.1
HERE = f"""
    with counted as (from annotations semi join (from annotators where qualified) using (annotator))
    select
        count(distinct clip_id)::integer as clips,
        count(*)::integer as pairs,
        (select count(*) from counted)::integer as votes,
        (select count(distinct pair_id) from counted)::integer as voted,
        (select count(*) from consensus_pairs where preference in ('a1', 'a2'))::integer as decided,
        (select count(distinct pair_id) from battle_counts where source = '{HUMAN}')::integer as battles
    from raw_pairs
"""
# People's clips and not the crowd's make the interval of a board by both.
RATINGS = f"""
    with of_people as (
        select component, count(distinct clip_id)::integer as clips
        from battle_counts
        join leaderboard using (source)
        where source = '{HUMAN}' and leaderboard.system = battle_counts.first_system
        group by component
    )
    select
        board.source, board.ci_high - board.ci_low as width, of_people.clips, people.clips as own_clips
    from leaderboard as board
    join leaderboard as people on people.source = '{HUMAN}' and people.system = board.system
    join of_people on of_people.component = people.component
    where board.source in ('{HUMAN}', '{COMBINED}') and board.ci_high > board.ci_low
"""
BEST = f"select judge from judge_board where kind = '{JUDGE}' order by waf_2class desc, judge limit 1"
# Each judge at the strategy by which it stands on the board; those with a threshold first.
THRESHOLDS = f"""
    select judge, strategy, alpha, threshold, not_reached
    from selective_verdicts
    join judge_board using (judge, strategy)
    where kind = '{JUDGE}'
    order by threshold is null, waf_2class desc, judge
"""
LEFT = "from left_to_people order by probability nulls first, pair_id"
REPLACEMENTS = f"from judge_replacement where kind = '{JUDGE}' and not swapped"


@dataclass(frozen=True)
class _Here:
    clips: int
    pairs: int
    votes: int
    voted: int
    decided: int
    battles: int

    @property
    def votes_a_pair(self) -> float:
        return self.votes / self.voted if self.votes else 1.0

    def needed(self, of: str, clips: float, pairs: float) -> _Needed:
        return _Needed(of, ceil(clips), ceil(pairs), ceil(pairs * self.votes_a_pair))


@dataclass(frozen=True)
class _Needed:
    of: str
    clips: int
    pairs: int
    votes: int


@dataclass(frozen=True)
class _Answer:
    """What is needed for one purpose; without rows, the words say why nobody knows."""

    question: str
    rows: list[_Needed]
    words: str


@study.command()
@click.option(
    "--width",
    type=click.FloatRange(0, min_open=True),
    default=WIDTH,
    show_default=True,
    help="Of a rating's 95 % interval on people's leaderboard, from end to end.",
)
@difference_option
@power_option
@click.option("--judge", help="Who is to take a person's place (default: the best on the judge board).")
@click.option("--json", "as_json", is_flag=True, help="For programs: what there is, and what is needed.")
def plan(width: float, difference: float, power: float, judge: str | None, as_json: bool) -> None:
    """Say how many clips, pairs and votes are needed.

    By the last evaluation.
    """
    from emoprefer_assets.store.published import read_rows

    database = current_settings().database
    here = _Here(**read_rows(database, HERE)[0])
    answers = [
        _rating(database, here, width),
        _two_judges(database, here, difference, power),
        _replacement(database, here, judge, power),
    ]
    if as_json:
        from emoprefer_assets.terminal import as_json as in_json

        click.echo(in_json({"here": asdict(here), "needed": [asdict(answer) for answer in answers]}), nl=False)
        return
    from rich.text import Text

    from emoprefer_assets.terminal import console

    for line in _lines(here, answers):
        console().print(Text(line))


def _lines(here: _Here, answers: list[_Answer]) -> Iterator[str]:
    votes = f"{here.votes:,} votes, {here.votes_a_pair:.3g} a pair" if here.votes else "labels without votes"
    yield f"Here: {here.clips:,} clips, {here.pairs:,} pairs, {votes}."
    for answer in answers:
        yield ""
        yield answer.question
        for row in answer.rows:
            yield f"  {f'{row.of}: ' if row.of else ''}{row.clips:,} clips, {row.pairs:,} pairs, {row.votes:,} votes"
        yield f"  {answer.words}"
    yield ""
    yield "All of it for more clips like these, with as many pairs a clip and votes a pair."


def _rating(database: Path, here: _Here, wanted: float) -> _Answer:
    from emoprefer_assets.stats.power import clips_for_width
    from emoprefer_assets.store.published import read_rows

    # How many times as much as here, of each system.
    times: dict[str, list[float]] = {HUMAN: [], COMBINED: []}
    widths = []
    for row in read_rows(database, RATINGS):
        clips = clips_for_width(wanted, row["width"], row["clips"], row["own_clips"])
        times[row["source"]].append(clips / row["clips"])
        widths += [row["width"]] if row["source"] == HUMAN else []
    question = f"A rating's interval {wanted:g} points wide, on people's leaderboard:"
    if not widths:
        return _Answer(question, [], "not known: people's leaderboard has no intervals here.")
    rows = [
        here.needed(words, here.clips * factor, here.battles * factor)
        for source, suffix in ((HUMAN, ""), (COMBINED, ", with the crowd's help"))
        if times[source]
        for words, factor in (
            (f"the median system{suffix}", median(times[source])),
            (f"every system{suffix}", max(times[source])),
        )
    ]
    span = f"{min(widths):.0f} to {max(widths):.0f}"
    return _Answer(question, rows, f"Here they are {span} wide; systems that win or lose nearly always need more.")


def _two_judges(database: Path, here: _Here, difference: float, power: float) -> _Answer:
    from emoprefer_assets.stats.power import pairs_needed

    question = f"Two judges that differ by {difference:g} points, found to differ with {100 * power:g} % power at 5 %:"
    found = discordance_here(database, difference)
    if found is None or not here.decided:
        return _Answer(question, [], "not known: no two judges have been evaluated on labels here.")
    (discordance,), effect, _ = found
    decided = pairs_needed(difference / 100, discordance / 100, power, design_effect=effect)
    times = decided / here.decided
    return _Answer(
        question,
        [here.needed("", here.clips * times, here.pairs * times)],
        f"{decided:,} of these pairs have to be decided by people, as {100 * here.decided / here.pairs:.0f} % are. "
        f"Exactly one judge is right on {discordance:.3g} %, the median of two here (design effect {effect:.3g}).",
    )


def _replacement(database: Path, here: _Here, wanted: str | None, power: float) -> _Answer:
    from emoprefer_assets.stats.power import pairs_for_replacement
    from emoprefer_assets.stats.replacement import FEWEST_ANNOTATORS
    from emoprefer_assets.store.published import read_rows

    tested = {row["name"]: row for row in read_rows(database, REPLACEMENTS)}
    best = [row["judge"] for row in read_rows(database, BEST)]
    if wanted is not None and wanted not in tested:
        raise EmopreferError(f'judge "{in_message(wanted)}" is not in judge_replacement. Name one of the judge board.')
    judge = wanted or (best[0] if best else "a judge")
    question = f"{judge} shown to be able to replace a person, with {100 * power:g} % power:"
    row: dict[str, Any] | None = tested.get(judge)
    if row is None:
        return _Answer(question, [], "not known: the test needs judges and single votes, and some are missing here.")
    if row["rho"] is None:
        return _Answer(question, [], f"not known: {row['not_tested']}.")
    epsilon, behind = row["epsilon"], row["annotators_rho"] - row["rho"]
    judged = f"it agrees with the others in {100 * row['rho']:.1f} %, annotators in {100 * row['annotators_rho']:.1f} %"
    if behind >= epsilon:
        return _Answer(question, [], f"no number is enough: {judged}, {epsilon:g} or more apart.")
    annotators = max(row["annotators"], FEWEST_ANNOTATORS)
    (_, effect, _) = discordance_here(database, 0.0) or ((), 1.0, "")
    own = here.votes / annotators / here.clips
    each = pairs_for_replacement(row["rho"], row["annotators_rho"], epsilon, annotators, power, max(own, 1.0), effect)
    pairs = max(each, ceil(annotators * each / here.votes_a_pair))
    return _Answer(
        question,
        [here.needed(f"{annotators} annotators with {each:,} pairs each", here.clips * pairs / here.pairs, pairs)],
        f"By the alternative annotator test at epsilon {epsilon:g}, if {judged}, as here. "
        "Pairs that nobody else votes on do not count.",
    )


@study.command("next")
@click.option(
    "--alpha",
    type=click.Choice([f"{alpha:g}" for alpha in ALPHAS]),
    default=f"{ALPHA:g}",
    show_default=True,
    help="At most this share of the verdicts that the judge gives alone may be wrong.",
)
@click.option("--judge", help="Who decides the rest (default: the best on the judge board with a threshold).")
@click.option("--file", type=NEW_FILE, help="Write the list there.")
def next_(alpha: str, judge: str | None, file: Path | None) -> None:
    """List the pairs to ask people about next.

    Those without a label that the judge may not decide alone.

    As CSV, a row a pair with the reason, the least certain first; `emoprefer study init --pairs` makes a study of it.
    """
    from emoprefer_assets.datasets import read_data_set
    from emoprefer_assets.files import replaced_atomically
    from emoprefer_assets.store.published import read_published

    settings = current_settings()
    thresholds = read_published(settings.database, THRESHOLDS)
    chosen = thresholds[thresholds["alpha"] == float(alpha)]
    if judge is not None:
        chosen = chosen[chosen["judge"] == judge]
    if chosen.empty:
        raise EmopreferError(
            f"{in_message(judge or 'no judge')} has no row in selective_verdicts: it takes labelled pairs, and "
            "probabilities in both orders. Run `emoprefer run`, or name another judge."
        )
    by = chosen.iloc[0]
    found = read_published(settings.database, LEFT)
    found = found[(found[["judge", "strategy", "alpha"]] == by[["judge", "strategy", "alpha"]]).all(axis=1)]
    known = read_data_set(settings.data_dir).pairs[["pair_id", "pair_key"]]
    left = found[found["why"].notna()].merge(known, on="pair_id")
    text = left[["pair_key", "clip_id", "why"]].set_axis(["pair", "clip", "why"], axis=1).to_csv(index=False)
    if file:
        with replaced_atomically(file) as part:
            part.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
    threshold = f"from {by['threshold']:.3f} on" if by["threshold"] > 0 else f"nothing alone: {by['not_reached']}"
    alone = int(found["why"].isna().sum())
    click.echo(
        f"{by['judge']} ({by['strategy']}) decides {threshold}. Of {len(found):,} pairs without a label, {alone:,} are "
        f"its own, and {len(left):,} are for people.",
        err=True,
    )
