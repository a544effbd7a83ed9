"""Votes by people: vote, study."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from emoprefer_assets.cli._group import FILE, NEW_FILE, NEW_FOLDER, main
from emoprefer_assets.display import in_message, listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.settings import current_settings

if TYPE_CHECKING:
    from emoprefer_assets.people import Exported, Plan

PORT = 8321
# Where Label Studio serves files of its own machine.
LOCAL_FILES = "/data/local-files/?d="
folder_of_study = click.argument("folder", type=NEW_FOLDER, default=Path("study"))


@main.command()
@folder_of_study
@click.option("--host", default="localhost", show_default=True, help="Where to listen; others need tokens.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535), help="The port.")
@click.option("--name", "names", multiple=True, help="A further name that annotators reach this server by.")
@click.option("--file", "page", type=NEW_FILE, help="Write the page as a file instead.")
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
def vote(folder: Path, host: str, port: int, names: tuple[str, ...], page: Path | None, show: bool) -> None:
    """Have people vote on a study, in the browser.

    FOLDER holds the study (default: study).

    With --file the page is one HTML file that opens from disk and finds the clips beside it: nothing leaves the
    machine, and the votes are a file to download.
    """
    from emoprefer_assets.people import read_plan

    plan = read_plan(folder)
    if page:
        _write_page(plan, page)
        if show:
            click.launch(page.resolve().as_uri())
        return
    from emoprefer_assets.people.server import LOCAL, serve

    # What a browser is to be sent to.
    name = names[0] if names else "localhost" if host in LOCAL else host
    address = f"http://{f'[{name}]' if ':' in name else name}:{port}/"
    for line in _who_may_come_in(plan, host in LOCAL, address):
        click.echo(line)
    if show:
        click.launch(address)
    serve(plan, host, port, names)
    click.echo("Stopped. Every vote is kept: start it again, and everybody goes on where they were.")


def _write_page(plan: Plan, page: Path) -> None:
    from emoprefer_assets.people import write_file_page

    write_file_page(plan, page)
    click.echo(f"{page}: the page for annotators {plan.annotators[0]} to {plan.annotators[-1]}.")
    click.echo(f"It finds the clips where they lie now, from its own place: move it together with {plan.data}.")
    if plan.study.qualification.items or plan.study.attention:
        click.echo("Who looks into the file finds the known answers; the server does not give them away.")


def _who_may_come_in(plan: Plan, local: bool, address: str) -> list[str]:
    from emoprefer_assets.people import invited

    tokens = len(invited(plan.folder))
    words = [f"{plan.study.name}: {address}, until Ctrl-C. Every vote is on disk before the page goes on."]
    if local:
        words.append("Open to this machine alone.")
    else:
        words.append(
            "Open to everybody who can reach this machine there: who has a token sees the study's clips and votes. "
            "Nothing is encrypted on the way: use it in a network that you trust, or behind a proxy with TLS."
        )
    if tokens:
        words.append(f"{tokens} tokens let people in; `emoprefer study invite --links {address}` prints their links.")
    elif local:
        words.append(f"People come in by their code, {plan.annotators[0]} to {plan.annotators[-1]}: no token was made.")
    return words


@main.group()
def study() -> None:
    """Prepare a study in which people vote, and export it."""


@study.command()
@folder_of_study
@click.option("--data", type=NEW_FOLDER, help="The data set's folder (default: EMOPREFER_DATA_DIR).")
@click.option("--annotators", default=6, show_default=True, type=click.IntRange(1, 10_000), help="How many take part.")
@click.option("--votes", default=3, show_default=True, type=click.IntRange(1), help="Votes a pair.")
@click.option("--language", default="en", show_default=True, type=click.Choice(["en", "zh"]), help="Of its texts.")
@click.option("--pairs", type=FILE, help="A CSV file whose column `pair` names the pairs (default: all of them).")
@click.option(
    "--battles",
    type=click.IntRange(1),
    help="Have people vote on so many battles of submitted systems, drawn at random, instead of the data set's pairs.",
)
def init(
    folder: Path,
    data: Path | None,
    annotators: int,
    votes: int,
    language: str,
    pairs: Path | None,
    battles: int | None,
) -> None:
    """Write a study file into FOLDER (default: study)."""
    from emoprefer_assets.people import draw_battles, write_study

    if battles and pairs:
        raise click.UsageError("--battles are drawn at random, and --pairs names pairs: give one of them.")

    if votes > annotators:
        raise EmopreferError(f"{votes} votes a pair need as many annotators. Raise --annotators or lower --votes.")
    settings = current_settings()
    drawn = draw_battles(settings.database, battles) if battles else None
    items, checks = write_study(folder, data or settings.data_dir, annotators, votes, language, pairs, drawn)
    click.echo(f"{folder / 'study.yaml'}: read it and change what you like.")
    if drawn is not None:
        low, high = (f"{drawn['probability'].agg(end):.3g}" for end in ("min", "max"))
        chances = low if low == high else f"{low} to {high}"
        click.echo(f"{len(drawn)} battles, each drawn with a probability of {chances}.")
    if items:
        click.echo(f"From known answers of the data set: {items} qualification items, {checks} attention checks.")
    else:
        click.echo("It has no qualification: write 12 items with known answers under `qualification`, or leave it so.")
    click.echo(f"Then: emoprefer vote {folder}")


@study.command()
@folder_of_study
@click.option("--people", type=click.IntRange(0, 10_000), default=0, help="How many tokens to make.")
@click.option("--name", "names", multiple=True, help="Make a token for this person; the name is kept in names.csv.")
@click.option("--links", metavar="ADDRESS", help="Print the link of everybody who was invited.")
def invite(folder: Path, people: int, names: tuple[str, ...], links: str | None) -> None:
    """Make tokens for annotators, and print their links.

    FOLDER holds the study (default: study).

    tokens.csv lets people in; names.csv, apart from it, says who is who. Neither is sent to anybody.
    """
    from emoprefer_assets.people import invite as make_tokens
    from emoprefer_assets.people import invited, read_study

    planned = read_study(folder).annotators
    made = make_tokens(folder, max(people, len(names)), names)
    address = (links or f"http://localhost:{PORT}/").rstrip("/")
    for one in invited(folder) if links else made:
        click.echo(f"{one.annotator}  {address}/#token={one.token}")
    if not made and not links:
        raise EmopreferError("nobody to invite. Say how many by --people, or whom by --name.")
    if (total := len(invited(folder))) > planned:
        click.echo(
            f"{total} people have tokens; the study is planned for {planned}. "
            f"Those beyond get the pairs of one among the first {planned}, to take their place.",
            err=True,
        )


@study.command()
@folder_of_study
@click.argument("records", nargs=-1, type=FILE)
@click.option("--into", type=NEW_FOLDER, help="Where the files go (default: the study's data set).")
@click.option(
    "--to", "tool", type=click.Choice(["label-studio"]), help="Write the pairs as tasks of this tool instead."
)
@click.option(
    "--media",
    default=LOCAL_FILES,
    show_default=True,
    help="Where that tool finds the data set's folder: what stands before video/NAME.",
)
def export(folder: Path, records: tuple[Path, ...], into: Path | None, tool: str | None, media: str) -> None:
    """Write the votes of a study into its data set.

    As votes.csv (battle_votes.csv of battles) and annotators.csv. FOLDER holds the study (default: study).

    RECORDS are the JSON files that the page from disk gives: their answers become part of the study first.

    With --to, the study's pairs become tasks and a labelling configuration, for people who vote there; `emoprefer votes
    import` brings their votes back.
    """
    from contextlib import closing

    from emoprefer_assets.people import Votes, export_votes, read_plan, take_record, write_label_studio

    plan = read_plan(folder)
    if tool:
        if records:
            raise click.UsageError("RECORDS are votes, and --to writes none.")
        made = write_label_studio(plan, into or folder / tool, media)
        click.echo(f"{made.tasks}: {made.pairs} tasks. {made.configuration}: the labelling configuration.")
        click.echo("Qualification, attention checks and repeats are not among them.")
        return
    with closing(Votes(folder)) as votes:
        for record in records:
            new, all_of_it = take_record(plan, votes, record)
            click.echo(f"{in_message(record.name)}: {new} new answers of {all_of_it}.")
        _tell(export_votes(plan, votes, into or plan.data))


def _tell(done: Exported) -> None:
    click.echo(f"{done.folder}: {done.votes} votes and {done.repeats} repeats by {done.annotators} annotators.")
    right, checks = done.attention
    if checks:
        click.echo(f"Attention checks: {right} of {checks} right.")
    if done.skipped:
        reasons = [f"{in_message(reason)} ({count})" for reason, count in done.skipped.most_common()]
        click.echo(f"Skipped: {listed(reasons, 5)}.")
    if done.votes:
        elsewhere = done.folder.resolve() != current_settings().data_dir
        named = f"EMOPREFER_DATA_DIR={quote(str(done.folder))} " if elsewhere else ""
        click.echo(f"Then: {named}emoprefer run")


@study.command()
@folder_of_study
@click.option("--json", "as_json", is_flag=True, help="For programs: pairs, annotators and agreement; shares are of 1.")
def status(folder: Path, as_json: bool) -> None:
    """Say how far a study is, and whose answers to look at.

    FOLDER holds the study (default: study).
    """
    from contextlib import closing
    from dataclasses import asdict

    from emoprefer_assets.people import Votes, read_plan, study_status
    from emoprefer_assets.terminal import as_json as in_json
    from emoprefer_assets.terminal import console, print_status

    plan = read_plan(folder)
    with closing(Votes(folder)) as votes:
        found = study_status(plan, votes)
    if as_json:
        click.echo(in_json(asdict(found)), nl=False)
    else:
        print_status(found, console())
