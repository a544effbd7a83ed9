"""Evaluating: run, rebuild, admit."""

from __future__ import annotations

import os
import sys

import click

from emoprefer_assets.cli._boards import show_boards
from emoprefer_assets.cli._group import main
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.intake import all_judges
from emoprefer_assets.settings import current_settings, prepare_dagster_home
from emoprefer_assets.strategies import STRATEGIES


def _names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


@main.command()
@click.option("--judges", multiple=True, callback=_names, help="Ask only these judges (comma-separated).")
@click.option(
    "--strategies",
    multiple=True,
    callback=_names,
    help=f"Ask only these strategies, of {','.join(STRATEGIES)} (comma-separated).",
)
@click.option("--rounds", type=click.IntRange(min=1), help="Repetitions of every question (default 2).")
@click.option("--dry-run", is_flag=True, help="Only say how many calls, tokens and how much money it would take.")
@click.option("--full", is_flag=True, help="Judge the full round robin of submitted systems, not a part of it.")
@click.option("--budget", type=click.FloatRange(min=0), help="Stop before judge calls cost more (registry's prices).")
def run(
    judges: tuple[str, ...],
    strategies: tuple[str, ...],
    rounds: int | None,
    dry_run: bool,
    full: bool,
    budget: float | None,
) -> None:
    """Evaluate everything that is missing, then print the boards.

    Judges are asked only what no earlier run has answered. The exit code is 0 only when all judges asked for could
    answer.
    """
    unknown = set(strategies) - set(STRATEGIES)
    if unknown:
        raise EmopreferError(f'unknown strategy "{min(unknown)}". Known strategies: {", ".join(STRATEGIES)}.')
    if rounds:
        os.environ["EMOPREFER_ROUNDS"] = str(rounds)
    if full:
        os.environ["EMOPREFER_BATTLE_FULL"] = "yes"
    if budget is not None:
        os.environ["EMOPREFER_BUDGET"] = str(budget)
    prepare_dagster_home()
    settings = current_settings()
    from emoprefer_assets.evaluation import evaluate, rehearse

    if dry_run:
        from emoprefer_assets.terminal import console, print_plan

        print_plan(rehearse(settings, judges, strategies or STRATEGIES), console())
        return
    report = evaluate(settings, judges, strategies or STRATEGIES, say=lambda line: click.echo(line, err=True))
    show_boards(settings)
    calls = sum(report.calls.values())
    by_judge = ", ".join(f"{judge} {count}" for judge, count in report.calls.items() if count)
    reused = sum(report.from_ledger.values())
    if not report.tables:
        click.echo("Nothing was missing: no judge call was made.")
    elif calls:
        click.echo(f"{calls} judge calls were made ({by_judge}); {reused} answers came from earlier runs.")
        failed = {judge: count for judge, count in report.failed_calls.items() if count}
        if failed:
            by_judge = ", ".join(f"{judge} {count}" for judge, count in failed.items())
            click.echo(f"Of these failed: {by_judge}. The next run asks them again.", err=True)
        if report.cost:
            click.echo(f"They cost {report.cost:.4g}, by the registry's prices.")
    else:
        click.echo(f"No judge call was made; {reused} answers came from earlier runs.")
    for failure in report.failures.values():
        click.echo(f"Not evaluated: {failure}", err=True)
    if report.failures:
        sys.exit(1)


@main.command()
def rebuild() -> None:
    """Make all tables anew from data, submissions and ledger, without a judge call; the old file is kept beside."""
    prepare_dagster_home()
    from emoprefer_assets.evaluation import rebuild as rebuild_tables

    settings = current_settings()
    report = rebuild_tables(settings, say=lambda line: click.echo(line, err=True))
    click.echo(f"{len(report.tables)} tables were made anew: {settings.warehouse}")
    for failure in report.failures.values():
        click.echo(f"Not evaluated: {failure}", err=True)


@main.command()
@click.argument("judge")
def admit(judge: str) -> None:
    """Give a judge of the registry its partition in Dagster, if it has none yet."""
    prepare_dagster_home()
    settings = current_settings()
    name = all_judges(settings)[judge].name
    import dagster as dg

    from emoprefer_assets.assets import judge_partitions

    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(str(judge_partitions.name), [name])
