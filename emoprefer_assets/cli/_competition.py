"""Competitions: submit, check, submissions, release, withdraw, disqualify."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click

from emoprefer_assets.cli._group import FILE, main
from emoprefer_assets.home import claim_home
from emoprefer_assets.settings import current_settings
from emoprefer_assets.submissions import KINDS, Kind, Ruling

KIND = click.Choice(KINDS)
kind_option = click.option(
    "--as", "kind", type=KIND, default="system", show_default=True, help="What it was handed in as."
)
by_option = click.option("--by", default=getpass.getuser, help="Who decides (default: the user).")


@main.command()
@click.argument("file", type=FILE)
@click.option("--as", "kind", type=KIND, required=True, help="system: descriptions to rank; judge: answers to score.")
@click.option("--name", required=True, help="The system's or judge's name; the same name again is a new version.")
def submit(file: Path, kind: Kind, name: str) -> None:
    """Hand in a file of descriptions or of a judge's answers.

    It is checked as a whole, and nothing is stored of one that is refused.
    """
    from emoprefer_assets.intake import known_to
    from emoprefer_assets.submissions import Submissions

    settings = current_settings()
    claim_home(settings.home)
    version = Submissions(settings.submissions_dir).submit(file, kind, name, known_to(settings))
    click.echo(f'{version.kind} "{version.name}": {version.rows:,} rows accepted as {version.hash[:12]}.')
    click.echo("It is evaluated by the next `emoprefer run`, or by itself while `dagster dev` runs.")


@main.command()
@click.argument("file", type=FILE)
@click.option("--as", "kind", type=KIND, default="system", show_default=True, help="What the file is.")
def check(file: Path, kind: Kind) -> None:
    """Say whether a file would be accepted.

    And what screening would find in it. Nothing is stored.
    """
    from emoprefer_assets.assets.submitting import QUARANTINE, own_descriptions, screen_beside
    from emoprefer_assets.datasets import read_data_set
    from emoprefer_assets.display import in_message
    from emoprefer_assets.intake import known_to
    from emoprefer_assets.rows import each_row
    from emoprefer_assets.submissions import read_submission

    settings = current_settings()
    table = read_submission(file, kind, known_to(settings))
    click.echo(f"{in_message(file.name)}: {len(table):,} rows, complete and well-formed.")
    if kind == "judge":
        return
    own = own_descriptions(read_data_set(settings.data_dir).pairs)
    found = screen_beside(own, table.assign(system=file.stem))
    for finding in each_row(found):
        where = f"clip {in_message(finding.clip_id)}" if finding.clip_id else "the whole file"
        click.echo(f"{finding.severity}: {finding.rule}, {where}: {finding.evidence}")
    if (found["severity"] == QUARANTINE).any():
        click.echo("What is quarantined is not judged until an organiser has looked at it.")
        sys.exit(1)


@main.command()
def submissions() -> None:
    """Print every submission and what has become of it."""
    from emoprefer_assets.intake import handed_in
    from emoprefer_assets.store.published import read_published
    from emoprefer_assets.submissions import Submissions
    from emoprefer_assets.terminal import console, print_refused, print_submissions

    settings = current_settings()
    found = handed_in(settings)
    states = {}
    if settings.database.exists():
        rows = read_published(settings.database, "select kind, name, content, state from submissions")
        states = {tuple(row[:3]): row[3] for row in rows.itertuples(index=False)}
    print_submissions(found.versions, states, found.decisions, console())
    print_refused(Submissions(settings.submissions_dir).refused(), console())


@main.command()
@click.argument("name")
@kind_option
@by_option
@click.option("--note", default="", help="Why.")
def release(name: str, kind: Kind, by: str, note: str) -> None:
    """Lift a quarantine, a withdrawal or a disqualification."""
    _decide("released", kind, name, by, note)


@main.command()
@click.argument("name")
@kind_option
@by_option
@click.option("--note", default="", help="Why.")
def withdraw(name: str, kind: Kind, by: str, note: str) -> None:
    """Take a submission off the boards, as its team wishes.

    A new version of it takes part again.
    """
    _decide("withdrawn", kind, name, by, note)


@main.command()
@click.argument("name")
@kind_option
@by_option
@click.option("--note", required=True, help="Why; it is shown beside the board.")
def disqualify(name: str, kind: Kind, by: str, note: str) -> None:
    """Exclude a submission and all later versions of it.

    It is not judged any more; a system stands on the leaderboard without a rank.
    """
    _decide("disqualified", kind, name, by, note)


def _decide(what: Ruling, kind: Kind, name: str, by: str, note: str) -> None:
    from emoprefer_assets.display import in_message
    from emoprefer_assets.submissions import Submissions

    found = Submissions(current_settings().submissions_dir).decide(what, kind, name, by, note)
    click.echo(
        f'{kind} "{found.name}", version {found.hash[:12]}: {what} by {in_message(found.by)}. Run `emoprefer run`.'
    )
