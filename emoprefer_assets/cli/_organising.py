"""A competition's course: competition open, status, close, freeze, archive, rebuild."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from emoprefer_assets.cli._group import FILE, FOLDER, NEW_FILE, main
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import claim_home
from emoprefer_assets.settings import Settings, current_settings, settings_anywhere
from emoprefer_assets.submissions import Competition, CompetitionBook, in_utc

NEW_PLACE = click.Path(path_type=Path)


@main.group()
def competition() -> None:
    """Open, close, freeze, archive or rebuild a competition."""


@competition.command()
def status() -> None:
    """Say whether it is open, and what is hidden or frozen."""
    _tell(CompetitionBook(current_settings().competition_book).state())


@competition.command("open")
@click.option("--until", required=True, help="The deadline, as 2026-12-31T23:59; UTC, if it names no zone.")
@click.option("--hidden", help="Clips that the public board leaves out: a file, one a line, or a share such as 0.3.")
def open_competition(until: str, hidden: str | None) -> None:
    """Take submissions until a deadline; again to move it."""
    from emoprefer_assets.competition.standings import draw_hidden

    settings = _claimed()
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        raise EmopreferError(f'--until: "{until}" is no time. Write it as 2026-12-31T23:59.') from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    clips = draw_hidden(settings, hidden) if hidden else None
    _tell(CompetitionBook(settings.competition_book).open(moment, clips))


@competition.command()
def close() -> None:
    """Take no more submissions from now on."""
    _tell(CompetitionBook(_claimed().competition_book).close())


@competition.command()
@click.argument("folder", type=NEW_PLACE)
@click.option("--check", is_flag=True, help="Write nothing: say whether the frozen board in FOLDER is as it was.")
def freeze(folder: Path, check: bool) -> None:
    """Close it, and write its board into FOLDER.

    With a hash of all that it was made from. The folder must be new.
    """
    from emoprefer_assets.competition.freezing import check_frozen
    from emoprefer_assets.competition.freezing import freeze as freeze_board

    if check:
        problems = list(check_frozen(settings_anywhere(), folder))
        click.echo("\n".join(problems) or f"{folder} is as it was frozen.")
        sys.exit(bool(problems))
    frozen = freeze_board(_claimed(), folder)
    click.echo(f"{folder}: frozen on {in_utc(frozen.at)}, hash {frozen.hash}.")


@competition.command()
@click.argument("file", type=NEW_FILE)
@click.option("--without-data", is_flag=True, help="Leave the data set out, and what quotes it in calls.")
def archive(file: Path, without_data: bool) -> None:
    """Write all that the frozen board is made from into a zip.

    FILE is its name.
    """
    from emoprefer_assets.competition.archiving import archive as write_archive

    left_out = write_archive(current_settings(), file, not without_data)
    click.echo(f"{file} ({file.stat().st_size / 1e6:.1f} MB)")
    for sentence in left_out:
        click.echo(sentence)


@competition.command()
@click.argument("file", type=FILE)
@click.argument("folder", type=NEW_PLACE)
@click.option("--data", type=FOLDER, help="The data set's folder, where the archive is without it.")
def rebuild(file: Path, folder: Path, data: Path | None) -> None:
    """Unpack an archive, and make its board anew.

    Into FOLDER, which must be new, and without a judge call.
    """
    from emoprefer_assets.competition.archiving import rebuild as rebuild_archive

    frozen, differ = rebuild_archive(file, folder, data, say=lambda line: click.echo(line, err=True))
    if differ:
        click.echo(f"{folder}: not the board {frozen}. Other than then: {', '.join(differ)}.")
        sys.exit(1)
    click.echo(f"{folder}: the same board, hash {frozen}. No judge call was made.")


def _claimed() -> Settings:
    settings = current_settings()
    claim_home(settings.home)
    return settings


def _tell(now: Competition) -> None:
    if now.until is None:
        click.echo("Submissions are taken without a deadline.")
    else:
        click.echo(f"{'Closed on' if now.is_closed() else 'Open until'} {in_utc(now.until)}.")
    if now.hidden:
        click.echo(f"{len(now.hidden):,} clips are hidden{' no longer' if now.frozen else ' from the public board'}.")
    if now.frozen:
        click.echo(f"Frozen on {in_utc(now.frozen.at)}, hash {now.frozen.hash}: {now.frozen.folder}")
