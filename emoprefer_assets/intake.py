"""What was handed in, beside what is known here: taking submissions in, and the judges that are among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.home import claim_home
from emoprefer_assets.judges import Registry, read_registry
from emoprefer_assets.judges.registry import SubmittedJudge
from emoprefer_assets.names import NOT_JUDGED
from emoprefer_assets.settings import Settings
from emoprefer_assets.submissions import CompetitionBook, Decision, Kind, Known, Refused, Submissions, Version

# A dropped file that nobody has touched for so long is complete.
QUIET_SECONDS = 2.0


@dataclass(frozen=True)
class HandedIn:
    """The accepted submissions.

    Attributes:
        versions: every accepted version, oldest first.
        decisions: what an organiser has decided about the newest versions, by (kind, name).
        descriptions: system, clip_id, description, submission (hash): of the newest version of each system.
        outdated: why a newest version can no longer be used, by (kind, name): the data set has changed since.
    """

    versions: tuple[Version, ...]
    decisions: dict[tuple[Kind, str], Decision]
    descriptions: pd.DataFrame
    outdated: dict[tuple[str, str], str]


def known_to(settings: Settings) -> Known:
    """What submissions are checked against: the data set, the registry and the deadline."""
    data = read_data_set(settings.data_dir)
    systems = pd.concat([data.pairs["system1"], data.pairs["system2"]]).dropna()
    return Known(
        clips=tuple(data.clips["clip_id"]),
        pairs=data.pairs[["pair_id", "clip_id", "a1", "a2"]],
        taken=frozenset(systems) | frozenset(read_registry(settings.judges_file).names),
        closes=CompetitionBook(settings.competition_book).state().until,
    )


def take_in(
    settings: Settings, quiet_seconds: float = QUIET_SECONDS, say: Callable[[str], None] = lambda _: None
) -> list[Version | Refused]:
    """Accept or refuse every dropped file that nobody is writing any more.

    Args:
        say: called with a line for each file.
    """
    claim_home(settings.home)
    submissions = Submissions(settings.submissions_dir)
    submissions.prepare()
    waiting = submissions.waiting(quiet_seconds)
    if not waiting:
        return []
    known = known_to(settings)
    found = [(file, submissions.take(file, known)) for file in waiting]
    for file, outcome in found:
        if isinstance(outcome, Version):
            say(f'accepted {outcome.kind} "{outcome.name}" ({outcome.rows:,} rows) from {file.name}')
        elif outcome is not None:
            say(f"{outcome} (moved to {settings.submissions_dir / 'rejected'})")
    return [outcome for _, outcome in found if outcome is not None]


def handed_in(settings: Settings) -> HandedIn:
    """The accepted submissions, read anew."""
    submissions = Submissions(settings.submissions_dir)
    tables = []
    outdated: dict[tuple[str, str], str] = {}
    known: Known | None = None
    for version in submissions.current("system").values():
        known = known or known_to(settings)
        try:
            table = submissions.table(version, known)
        except Refused as refused:
            outdated[version.kind, version.name] = refused.problems[0]
        else:
            tables.append(table.assign(system=version.name, submission=version.hash))
    columns = ["system", "clip_id", "description", "submission"]
    empty = pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    return HandedIn(
        versions=submissions.versions(),
        decisions=submissions.standing(),
        descriptions=pd.concat([empty, *tables], ignore_index=True)[columns],
        outdated=outdated,
    )


def all_judges(settings: Settings) -> Registry:
    """The registry's judges and, behind them, the submitted ones that take part."""
    registry = read_registry(settings.judges_file)
    submissions = Submissions(settings.submissions_dir)
    decisions = submissions.standing()
    out = {name for (kind, name), found in decisions.items() if kind == "judge" and found.what in NOT_JUDGED}
    submitted = tuple(
        SubmittedJudge.handed_in(version.name, version.hash, settings.submissions_dir / "register.jsonl")
        for version in submissions.current("judge").values()
        if version.name not in registry.names and version.name not in out
    )
    return Registry(registry.file, registry.judges + submitted)


def submitted_verdicts(judge: SubmittedJudge, settings: Settings) -> pd.DataFrame:
    """What a submitted judge says, a row a pair and order.

    Returns:
        round, swapped, pair_id, verdict, p_a1, p_a2, p_same, in the pair's own frame.

    Raises:
        Refused: the data set has changed, and the answers no longer fit.
    """
    submissions = Submissions(settings.submissions_dir)
    version = next(found for found in submissions.versions() if found.kind == "judge" and found.hash == judge.content)
    return submissions.table(version, known_to(settings)).assign(round=0)
