"""Votes that people cast elsewhere: votes import."""

from __future__ import annotations

from pathlib import Path

import click

from emoprefer_assets.cli._group import FILE, NEW_FOLDER, main
from emoprefer_assets.display import in_message, listed
from emoprefer_assets.settings import current_settings

TOOLS = ("label-studio", "potato", "argilla", "prodigy", "wide")


def _assignments(_: click.Context, parameter: click.Parameter, said: tuple[str, ...]) -> dict[str, str]:
    if wrong := [text for text in said if not all(text.rpartition("=")[::2])]:
        raise click.BadParameter(f'"{in_message(wrong[0])}" is not {parameter.metavar}.')
    return {word: meaning for word, _, meaning in (text.rpartition("=") for text in said)}


@main.group()
def votes() -> None:
    """Bring votes from other tools into a data set."""


@votes.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--from", "tool", required=True, type=click.Choice(TOOLS), help="What wrote the file; wide: a sheet.")
@click.option("--data", type=NEW_FOLDER, help="The data set's folder (default: EMOPREFER_DATA_DIR).")
@click.option("--pair", default="pair", show_default=True, help="The field or column with the pair's name.")
@click.option("--left", default="left", show_default=True, help="That with the text that stood left, or first.")
@click.option("--right", default="right", show_default=True, help="That with the other text.")
@click.option("--question", "questions", multiple=True, help="The question that is the vote, where there are several.")
@click.option(
    "--annotator", "annotators", multiple=True, help="A sheet's column that is an annotator (default: the rest)."
)
@click.option("--tasks", type=FILE, help="Potato's data file.")
@click.option(
    "--means",
    multiple=True,
    metavar="WORD=MEANING",
    callback=_assignments,
    help="MEANING: left, right, a1, a2, same or skip.",
)
@click.option(
    "--person",
    "people",
    multiple=True,
    metavar="ID=NAME",
    callback=_assignments,
    help="What votes.csv calls an annotator.",
)
def import_(
    file: Path,
    tool: str,
    data: Path | None,
    pair: str,
    left: str,
    right: str,
    questions: tuple[str, ...],
    annotators: tuple[str, ...],
    tasks: Path | None,
    means: dict[str, str],
    people: dict[str, str],
) -> None:
    """Add votes that another tool wrote to a data set.

    FILE holds them; they are added to votes.csv.

    Pairs are known by their name or by their two texts. Imported again, a file changes nothing.
    """
    from emoprefer_assets.people import MEANINGS, Names, import_votes

    for word, meaning in means.items():
        if meaning not in MEANINGS:
            raise click.BadParameter(f'"{word}" cannot mean "{in_message(meaning)}", but {listed(MEANINGS)}.')
    names = Names(pair, left, right, questions, annotators, means, people, tasks)
    done = import_votes(file, tool, names, data or current_settings().data_dir)
    click.echo(f"{done.file}: {done.new} new votes, {done.repeats} of them repeats; {done.known} were there.")
    if done.skipped:
        click.echo(f"No votes: {listed([f'{why} ({count})' for why, count in done.skipped.most_common()])}.")
    if done.unqualified:
        who = listed([in_message(name) for name in done.unqualified], 5)
        click.echo(
            f"{who}: not in annotators.csv. An evaluation needs their qualification there, or their votes removed.",
            err=True,
        )
