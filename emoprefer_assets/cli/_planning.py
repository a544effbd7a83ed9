"""How large a data set must be: power."""

from __future__ import annotations

from pathlib import Path

import click

from emoprefer_assets.cli._group import main
from emoprefer_assets.names import BEST_BASELINE
from emoprefer_assets.settings import current_settings
from emoprefer_assets.stats.comparing import EQUIVALENT_POINTS, POWER
from emoprefer_assets.stats.resampling import LEVEL

# Of two judges that are alike, and of two that have little in common, where nothing has been measured.
USUAL = (20.0, 32.0)
MEASURED = f"""
    select median(discordance) as discordance, median(design_effect) as design_effect, count(discordance) as compared
    from judge_differences where '{BEST_BASELINE}' not in (judge1, judge2)
"""


difference_option = click.option(
    "--difference",
    type=click.FloatRange(0, 100, min_open=True),
    default=EQUIVALENT_POINTS,
    show_default=True,
    help="Between two judges, in points of accuracy or WAF 2.",
)
power_option = click.option(
    "--power",
    type=click.FloatRange(0.5, 1, max_open=True),
    default=POWER,
    show_default=True,
    help="The chance to find it.",
)


@main.command()
@difference_option
@click.option(
    "--discordance",
    type=click.FloatRange(0, 100, min_open=True),
    help="Percent of the pairs on which exactly one of the two is right (default: as evaluated here, else 20 and 32).",
)
@click.option(
    "--design-effect",
    type=click.FloatRange(0, min_open=True),
    help="Of several pairs a clip: 1 + (pairs a clip - 1) * their correlation (default: as evaluated here, else 1).",
)
@power_option
@click.option(
    "--level",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    default=1 - LEVEL,
    show_default="0.05",
    help="The chance to find that equal judges differ.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
def power(
    difference: float,
    discordance: float | None,
    design_effect: float | None,
    power: float,
    level: float,
    as_json: bool,
) -> None:
    """Say how many pairs show that a judge is better.

    Pairs that people call the same count as none. It is for two judges compared alone: on a board of many, whose
    comparisons hold together, the column detectable_difference says what is found.
    """
    from emoprefer_assets.stats.power import pairs_needed

    if discordance is not None and discordance < difference:
        raise click.UsageError(
            f"--discordance {discordance:g}: judges that differ by {difference:g} points are discordant on as many "
            "percent of the pairs at least."
        )
    measured = discordance_here(current_settings().database, difference) if discordance is None else None
    usual = (discordance,) if discordance else tuple(max(share, difference) for share in USUAL)
    shares, effect, where = measured or (usual, 1.0, "")
    effect = design_effect or effect
    needed = {share: pairs_needed(difference / 100, share / 100, power, level, effect) for share in shares}
    if as_json:
        from emoprefer_assets.terminal import as_json as in_json

        asked = {"difference": difference, "power": power, "level": level}
        found = [{"discordance": share, "design_effect": effect, "pairs": pairs} for share, pairs in needed.items()]
        click.echo(in_json([asked | row for row in found]), nl=False)
        return
    click.echo(f"To find a difference of {difference:g} points with {100 * power:g} % power at {100 * level:g} %:")
    for share, pairs in needed.items():
        click.echo(f"{pairs:,} decided pairs, where exactly one judge is right on {share:.3g} % of them")
    click.echo(f"Design effect {effect:.3g}{where}.")


def discordance_here(database: Path, difference: float) -> tuple[tuple[float, ...], float, str] | None:
    """Discordance, design effect and where they are from; None where no two judges have been evaluated."""
    from emoprefer_assets.store.published import read_rows

    (found,) = read_rows(database, MEASURED) if database.exists() else ({"compared": 0},)
    if not found["compared"]:
        return None
    # Judges that differ by so much are discordant on as many pairs at least, however alike those here are.
    share = max(float(found["discordance"]), difference)
    where = f"; it and the discordance are medians over the {found['compared']} pairs of judges evaluated here"
    return (share,), float(found["design_effect"] or 1.0), where
