"""The human preferences for training elsewhere: export."""

from __future__ import annotations

from pathlib import Path

import click

from emoprefer_assets.cli._group import main
from emoprefer_assets.settings import current_settings


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--media", default="", help="What stands before video/NAME in the paths of clips (default: nothing).")
@click.option("--for-own-use", is_flag=True, help="Write it although its licence forbids to pass it on.")
def export(folder: Path, media: str, for_own_use: bool) -> None:
    """Write the human preferences for training into FOLDER.

    For reward models and DPO. The folder must be new.

    As TRL takes them (prompt, chosen, rejected) in Parquet, with the card of a data set for the Hugging Face Hub, and
    every vote as JSON lines.
    """
    from emoprefer_assets.export import export_preferences

    done = export_preferences(current_settings(), folder, media, for_own_use)
    click.echo(f"{done.folder}: {done.preferences} pairs with a chosen and a rejected description; {done.votes} votes.")
    click.echo(done.left_out)
    click.echo(f"Licence: {done.data.licence or 'dataset.yaml names none'}.")
    if done.data.redistribution is None:
        click.echo("Nobody says whether it may be passed on: ask its owner before you publish it.")
