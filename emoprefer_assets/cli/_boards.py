"""What an evaluation has found: boards, leaderboard, report, judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from emoprefer_assets.cli._group import main
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import Judge
from emoprefer_assets.judges.registry import ReplayJudge
from emoprefer_assets.names import CROWD
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.settings import Settings, current_settings

if TYPE_CHECKING:
    from emoprefer_assets.planning import Plan


@main.command()
@click.option("--source", help="Whose leaderboard: human, crowd, or a judge (default: human and crowd).")
@click.option("--json", "as_json", is_flag=True, help="For programs: all rows and columns of the boards.")
def boards(source: str | None, as_json: bool) -> None:
    """Print all boards as last published.

    The finding in words, the judge board, judges beside people, the ensembles and the leaderboards of systems.
    """
    if as_json:
        from emoprefer_assets.terminal import export_boards

        click.echo(export_boards(current_settings().database, source), nl=False)
    else:
        show_boards(current_settings(), source)


@main.command()
@click.option("--source", default=CROWD, show_default=True, help="Whose leaderboard: crowd, human, or a judge.")
@click.option(
    "--as-csv", "form", flag_value="csv", help="For spreadsheets; cells that would run as formulas are quoted."
)
@click.option("--as-json", "form", flag_value="json", help="For programs.")
@click.option("--as-markdown", "form", flag_value="markdown", help="For web pages.")
@click.option("--as-html", "form", flag_value="html", help="A page of its own.")
@click.option("--all-clips", is_flag=True, help="Not for the public: with the clips that a competition hides so far.")
@click.option("--mask", is_flag=True, help="Show submitted systems as entry 1, 2, ... in the order of arrival.")
def leaderboard(source: str, form: str | None, all_clips: bool, mask: bool) -> None:
    """Print one leaderboard, ready to publish.

    Ratings and ranks have 95 % intervals.
    """
    from emoprefer_assets.competition.standings import standings
    from emoprefer_assets.terminal import console, export_leaderboard, leaderboard_table

    found = standings(current_settings(), [source], mask, all_clips)
    if form == "html":
        click.echo(found.page())
    elif form:
        about = {"verdicts by": source, **found.about}
        click.echo(export_leaderboard(found.boards[source], form, about), nl=False)
    else:
        console().print(leaderboard_table(found.boards[source], source))
        if remark := found.about.get("competition"):
            click.echo(remark)
        show_received(current_settings())


@main.command()
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
def report(show: bool) -> None:
    """Write the report, one HTML file.

    It lies beside the published database.
    """
    from emoprefer_assets.report import write_report

    file = write_report(current_settings())
    click.echo(f"{file} ({file.stat().st_size / 1e6:.1f} MB)")
    if show:
        click.launch(file.as_uri())


@main.command()
def judges() -> None:
    """Print the judge registry and the state of each judge."""
    from emoprefer_assets.doctor import obstacles
    from emoprefer_assets.planning import make_plan
    from emoprefer_assets.terminal import console, print_judges

    settings = current_settings()
    plan = make_plan(settings)
    # Nothing is sent over the network for a list.
    recorded = [
        judge
        for judge in all_judges(settings).taking_part(settings.data_dir)
        if isinstance(judge, ReplayJudge) and not plan.why_not(judge.name)
    ]
    refused = obstacles(recorded, settings)
    rows = [
        (
            judge.name,
            judge.backend,
            "no media" if judge.content_blind else "media",
            ",".join(judge.strategies) or "-",
            _state(judge, plan, settings, refused.get(judge.name)),
        )
        for judge in all_judges(settings).judges
    ]
    print_judges(rows, console())


def _state(judge: Judge, plan: Plan, settings: Settings, refused: str | None) -> str:
    if judge.retired:
        return judge.why_not_asked.partition(".")[0]
    if not judge.fits(settings.data_dir):
        return f"only for {judge.only_on}"
    strategies = [name for name in STRATEGIES if f"{name}_predictions" in plan.of(judge.name)]
    states = [f"to be asked: {', '.join(strategies)}"] if strategies else []
    reasons = [*plan.why_not(judge.name), *([refused] if refused else [])]
    states += [f"cannot answer: {reason.removeprefix(judge.where + ': ')}" for reason in reasons]
    return "; ".join(states) or "evaluated"


def show_boards(settings: Settings, source: str | None = None) -> None:
    """Print the boards as last published."""
    from emoprefer_assets.store.published import open_published
    from emoprefer_assets.terminal import console, print_boards

    # DuckDB takes 13 ms to open a file, and nothing while this process has it open.
    with open_published(settings.database):
        print_boards(settings.database, console(), source)
        show_received(settings)


def show_received(settings: Settings) -> None:
    """Say which submissions are on no board yet."""
    from emoprefer_assets.display import listed
    from emoprefer_assets.store.published import read_published
    from emoprefer_assets.submissions import Submissions

    newest = {(found.kind, found.name): found.hash for found in Submissions(settings.submissions_dir).versions()}
    judged = set(read_published(settings.database, "select content from submissions")["content"])
    received = [name for (_, name), content in newest.items() if content not in judged]
    if received:
        click.echo(f"Received, and not on these boards yet: {listed(received)}.")
