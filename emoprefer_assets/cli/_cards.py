"""A judge's card, and a gate for another project's CI."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from emoprefer_assets.cli._group import FILE, NEW_FILE, main
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.settings import current_settings


class _Limit(click.ParamType[tuple[str, float]]):
    name = "figure=number"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, float]:
        figure, _, limit = str(value).partition("=")
        try:
            return figure, float(limit)
        except ValueError:
            self.fail(f'"{value}" is not a figure and a number, such as waf_2class=80', parameter, context)


@main.command()
@click.argument("judge")
@click.option("--into", type=NEW_FILE, help="Write it into this file.")
def card(judge: str, into: Path | None) -> None:
    """Print the card of JUDGE, as JSON.

    Model, revision, data set, figures and what they rest on.
    """
    from emoprefer_assets.cards import card_of
    from emoprefer_assets.files import replaced_atomically
    from emoprefer_assets.terminal import as_json

    text = as_json(card_of(judge, current_settings()).model_dump())
    if into is None:
        click.echo(text, nl=False)
        return
    with replaced_atomically(into) as part:
        part.write_text(text, encoding="utf-8")
    click.echo(f"{into}")


@main.command()
@click.argument("file", metavar="CARD", type=FILE)
@click.option(
    "--at-least", type=_Limit(), multiple=True, help="A figure of the card that must be so high; again for more."
)
@click.option("--at-most", type=_Limit(), multiple=True, help="A figure that must not be higher.")
@click.option("--data-set", help="The name of the data set that it must have been scored on.")
def gate(
    file: Path, at_least: tuple[tuple[str, float], ...], at_most: tuple[tuple[str, float], ...], data_set: str | None
) -> None:
    """Check whether a judge card keeps limits.

    CARD is its file. The exit code is 1 if a limit is not kept.
    """
    from emoprefer_assets.cards import check_limits, read_card

    found = read_card(file)
    scored_on = found.data_set["name"]
    if data_set not in (None, scored_on):
        raise EmopreferError(f'{file}: {found.judge} was scored on "{scored_on}" and not on "{data_set}".')
    checks = list(check_limits(found, dict(at_least), dict(at_most)))
    click.echo(f"{found.judge} on {scored_on}{' (synthetic)' if found.data_set['synthetic'] else ''}")
    for check in checks:
        click.echo(f"{'ok    ' if check.kept else 'FAILED'}  {check.sentence}")
    sys.exit(0 if all(check.kept for check in checks) else 1)
