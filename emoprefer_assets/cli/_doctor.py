"""Whether everything is there that an evaluation needs: doctor."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from emoprefer_assets.cli._group import main
from emoprefer_assets.settings import current_settings, settings_anywhere


@main.command()
@click.option("--judge", help="Only ask this judge, by three calls, what a made-up clip shows and says.")
@click.option("--json", "as_json", is_flag=True, help="For programs: name, state, what and mend of each finding.")
def doctor(judge: str | None, as_json: bool) -> None:
    """Look for what is missing or wrong, and say how to mend it.

    It looks at the machine, the data set, the judges and the state.

    Asks no judge but that of --judge, and shows no key. The exit code is 1 where there is a problem.
    """
    from emoprefer_assets.doctor import PROBLEM, examine, senses
    from emoprefer_assets.terminal import as_json as in_json
    from emoprefer_assets.terminal import console, print_findings

    settings = current_settings() if judge else settings_anywhere()
    findings = [senses(judge, settings)] if judge else examine(settings)
    if as_json:
        click.echo(in_json([asdict(finding) for finding in findings]), nl=False)
    else:
        print_findings(findings, console())
    if any(finding.state == PROBLEM for finding in findings):
        sys.exit(1)
