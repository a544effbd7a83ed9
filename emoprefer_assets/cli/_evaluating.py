"""Evaluating: run, rebuild."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from emoprefer_assets.cli._boards import show_boards
from emoprefer_assets.cli._group import main
from emoprefer_assets.display import in_terminal
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges.chat import INSTEAD
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.settings import current_settings

if TYPE_CHECKING:
    from emoprefer_assets.evaluation import Report

LONGEST_REASON = 200


def _names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


@main.command()
@click.option("--judges", multiple=True, callback=_names, help="Ask only these judges (comma-separated).")
@click.option(
    "--strategies",
    multiple=True,
    callback=_names,
    help="Ask only these strategies, of s1,s2,s3,s4,s5 and those of plugins (comma-separated).",
)
@click.option("--rounds", type=click.IntRange(min=1), help="Repetitions of every question (default 2).")
@click.option("--dry-run", is_flag=True, help="Only say how many calls, tokens and how much money it would take.")
@click.option("--full", is_flag=True, help="Judge the full round robin of submitted systems, not a part of it.")
@click.option("--budget", type=click.FloatRange(min=0), help="Stop before judge calls cost more (registry's prices).")
@click.option("--batch", is_flag=True, help="Hand questions in by batch APIs, at half the price; a later run collects.")
def run(
    judges: tuple[str, ...],
    strategies: tuple[str, ...],
    rounds: int | None,
    dry_run: bool,
    full: bool,
    budget: float | None,
    batch: bool,
) -> None:
    """Evaluate everything that is missing, then print the boards.

    Judges are asked only what no earlier run has answered. The exit code is 0 only when all judges asked for could
    answer.
    """
    unknown = set(strategies) - set(STRATEGIES)
    if unknown:
        raise EmopreferError(f'unknown strategy "{min(unknown)}". Known strategies: {", ".join(STRATEGIES)}.')
    settings = current_settings()
    battles = settings.battles.replaced(full=True) if full else None
    given = {"rounds": rounds, "budget": budget, "batch": batch or None, "battles": battles}
    settings = settings.replaced(**{name: value for name, value in given.items() if value is not None})
    from emoprefer_assets.evaluation import dry_run as planned
    from emoprefer_assets.evaluation import evaluate
    from emoprefer_assets.run import Run

    if dry_run:
        from emoprefer_assets.terminal import console, print_plan

        print_plan(planned(Run(settings), judges, strategies or STRATEGIES), console())
        return
    report = evaluate(Run(settings), judges, strategies or STRATEGIES, say=lambda line: click.echo(line, err=True))
    show_boards(settings)
    _tell(report)
    if report.failures:
        sys.exit(1)


def _tell(report: Report) -> None:
    """What was asked, what became of it, and what it cost."""
    calls = sum(report.calls.values())
    told = [f"{sum(tally.from_cache for tally in report.tallies.values())} answers came from the call cache"]
    if recorded := sum(tally.recorded for tally in report.tallies.values()):
        told.append(f"{recorded} recorded verdicts were read")
    beside = "; ".join(told)
    if calls:
        by_judge = ", ".join(f"{judge} {count}" for judge, count in report.calls.items() if count)
        click.echo(f"{calls} judge calls were made ({by_judge}); {beside}.")
        for judge, tally in report.tallies.items():
            if tally.failed:
                how_many = "All" if tally.failed == tally.all_calls else f"{tally.failed} of the {tally.all_calls}"
                why = in_terminal(tally.usual_failure)[:LONGEST_REASON].rstrip(".")
                # Scores of options say the same again.
                again = "" if tally.usual_failure.endswith(INSTEAD) else " The next run asks again."
                click.echo(f"{how_many} calls of {judge} failed, most often: {why}.{again}", err=True)
        if report.cost:
            click.echo(f"They cost {report.cost:.4g}, by the registry's prices.")
    elif report.tables or report.failures:
        click.echo(f"No judge call was made; {beside}.")
    else:
        click.echo("Nothing was missing: no judge call was made.")
    for failure in report.failures.values():
        click.echo(f"Not evaluated: {failure}", err=True)


@main.command()
def rebuild() -> None:
    """Make all tables anew, without a judge call.

    From data, submissions and call cache. The old file is kept beside the new one.
    """
    from emoprefer_assets.evaluation import rebuild as rebuild_tables
    from emoprefer_assets.run import Run

    settings = current_settings()
    report = rebuild_tables(Run(settings), say=lambda line: click.echo(line, err=True))
    click.echo(f"{len(report.tables)} tables were made anew: {settings.warehouse}")
    for failure in report.failures.values():
        click.echo(f"Not evaluated: {failure}", err=True)
