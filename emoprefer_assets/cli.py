"""The `emoprefer` command."""

from __future__ import annotations

import os
import sys

import click

from emoprefer_assets.competition import COMMANDS
from emoprefer_assets.errors import EmopreferError, about_the_disk
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import Judge
from emoprefer_assets.reproduction import reproduce
from emoprefer_assets.settings import Settings, current_settings, prepare_dagster_home
from emoprefer_assets.strategies import STRATEGIES


class _Commands(click.Group):
    """Shows what a person can act on as one line, without a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except EmopreferError as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            if (named := about_the_disk(error)) is None:
                raise
            raise click.ClickException(str(named)) from error
        except KeyboardInterrupt:
            click.echo("\nStopped. What was answered is kept: run again to go on.", err=True)
            sys.exit(130)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="emoprefer-assets")
def main() -> None:
    """Judge emotion descriptions with people, models and honest floors.

    EMOPREFER_DATA_DIR names the data set's folder (default: the synthetic sample), EMOPREFER_JUDGES the judge registry.
    """


def _names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


@main.command()
@click.option("--judges", multiple=True, callback=_names, help="Ask only these judges (comma-separated).")
@click.option(
    "--strategies",
    multiple=True,
    callback=_names,
    help="Ask only these strategies, of s1,s2,s3,s4,s5 (comma-separated).",
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
    _print_boards(settings)
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
        instance.add_dynamic_partitions(judge_partitions.name, [name])


@main.command()
@click.option("--source", help="Whose leaderboard: human, crowd, or a judge (default: human and crowd).")
def boards(source: str | None) -> None:
    """Print the judge board, the ensembles and the system leaderboard as last published."""
    _print_boards(current_settings(), source)


@main.command()
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
def report(show: bool) -> None:
    """Write the report, one HTML file, beside the published database."""
    from emoprefer_assets.report import write_report

    file = write_report(current_settings())
    click.echo(f"{file} ({file.stat().st_size / 1e6:.1f} MB)")
    if show:
        click.launch(file.as_uri())


@main.command()
def judges() -> None:
    """Print the judge registry and the state of each judge."""
    from emoprefer_assets.terminal import console, print_judges

    prepare_dagster_home()
    settings = current_settings()
    registry = all_judges(settings)
    rows = [
        (
            judge.name,
            judge.backend,
            "no media" if judge.content_blind else "media",
            ",".join(judge.strategies) or "-",
            _state(judge, settings),
        )
        for judge in registry.judges
    ]
    print_judges(rows, console())


def _state(judge: Judge, settings: Settings) -> str:
    from emoprefer_assets.staleness import pending, tables_about_data_set

    if judge.retired:
        return "retired"
    if not judge.fits(settings.data_dir):
        return f"only for {judge.only_on}"
    todo = pending(judge, tables_about_data_set(judge), settings)
    states = [f"to be asked: {', '.join(todo.strategies)}"] if todo.strategies else []
    for reason in dict.fromkeys(todo.unavailable.values()):
        states.append(f"cannot answer: {reason.removeprefix(judge.where + ': ')}")
    return "; ".join(states) or "evaluated"


def _print_boards(settings: Settings, source: str | None = None) -> None:
    from emoprefer_assets.terminal import console, print_boards

    print_boards(settings.database, console(), source)


for command in (*COMMANDS, reproduce):
    main.add_command(command)

if __name__ == "__main__":
    main()
