"""Making a project: init."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from shlex import quote

import click

from emoprefer_assets.cli._group import main
from emoprefer_assets.new_project import make_project


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a project in FOLDER.

    A registry, the embedded data set, and what Dagster reads.

    Tables, answers and the report are kept there. Nothing is overwritten.
    """
    make_project(folder)
    click.echo(f"Made a project in {folder.resolve()}. Next:")
    click.echo(f"  cd {quote(str(folder))} && . ./env.sh   # once in each shell")
    click.echo("  emoprefer run   # evaluates the synthetic data/sample")
    click.echo("A data set of your own in data/ takes the sample's place. The judges stand in data/judges.yaml.")
    if find_spec("transformers") is None:
        click.echo('Its tiny judges need more packages: pip install "emoprefer-assets[transformers]". All others run.')
