"""The record of judge calls: calls."""

from __future__ import annotations

import json
from pathlib import Path

import click

from emoprefer_assets.cli._group import FOLDER, main
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import claim_home
from emoprefer_assets.settings import current_settings


@main.command()
@click.argument("judge")
@click.option("--take-over", "other", type=FOLDER, help="Print none, but record those of this other home here as well.")
def calls(judge: str, other: Path | None) -> None:
    """Print every recorded call of a judge.

    Answered or not, oldest first: a JSON object a line.
    """
    from emoprefer_assets.intake import all_judges
    from emoprefer_assets.store import CallCache

    settings = current_settings()
    folder = settings.calls_folder
    # Judges that have left the registry have calls as well.
    known = {*all_judges(settings).names, *(file.stem for file in folder.glob("*.sqlite"))}
    if judge not in known:
        raise EmopreferError(f'no judge "{judge}". Known judges: {", ".join(sorted(known))}.')
    cache = CallCache(folder, judge)
    if not other:
        for call in cache.calls():
            click.echo(json.dumps(call))
        return
    if (other / "ledger").exists():
        claim_home(other)
    with cache.open():
        new = cache.take_over(CallCache(other / "calls", judge).calls())
    click.echo(f"{judge}: {new} calls were taken over from {other}.")
