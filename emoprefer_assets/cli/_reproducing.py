"""`emoprefer reproduce`: the paper's Table 2 beside ours."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from emoprefer_assets.cli._group import FILE, FOLDER, NEW_FILE, NEW_FOLDER, main


@main.command()
@click.argument("folder", type=FOLDER, required=False)
@click.option("--home", type=NEW_FOLDER, help="With FOLDER: keep all tables there (default: a temporary folder).")
@click.option("--published", type=FILE, help="With FOLDER: the CSV of published scores (EMOPREFER_PUBLISHED_SCORES).")
@click.option(
    "--page", type=NEW_FILE, default=Path("reproduction.html"), show_default=True, help="Where the page is written."
)
def reproduce(folder: Path | None, home: Path | None, published: Path | None, page: Path) -> None:
    """Put the paper's Table 2 beside ours.

    FOLDER holds the .npz files that the paper's code writes: their judges are scored in a home of their own, and
    nothing of yours is touched. Without FOLDER, what you have evaluated, run or recorded, is compared. The exit code is
    0 only when all judges could be scored.
    """
    from emoprefer_assets.intake import all_judges
    from emoprefer_assets.reproduction.circumstances import circumstances
    from emoprefer_assets.reproduction.comparison import compare
    from emoprefer_assets.reproduction.own_home import own_home
    from emoprefer_assets.reproduction.recordings import registry_of
    from emoprefer_assets.settings import current_settings

    if folder is None and (home or published):
        raise click.UsageError("--home and --published need FOLDER: without it, what is published is compared.")
    remarks: list[str] = []
    failures: list[str] = []
    with ExitStack() as stack:
        if folder is None:
            settings = current_settings()
        else:
            registry, aside = registry_of(folder)
            if home is None:
                home = Path(stack.enter_context(TemporaryDirectory(prefix="emoprefer-"))) / "home"
            settings = own_home(home, registry, published)
            from emoprefer_assets.evaluation import evaluate
            from emoprefer_assets.run import Run

            failures += evaluate(Run(settings), say=lambda line: click.echo(line, err=True)).failures.values()
            if aside:
                remarks.append(f"Left aside, being named otherwise than the paper's outputs: {', '.join(aside)}.")
        found = compare(settings.database, circumstances(all_judges(settings), settings))
    remarks.insert(0, found.summary)
    if found.missing:
        remarks.append(f"Published, without predictions here: {', '.join(found.missing)}.")
    remarks += [f"Not scored: {failure}" for failure in failures]

    from emoprefer_assets.report import render_reproduction
    from emoprefer_assets.terminal import console, print_comparison

    print_comparison(found.data_set, found.figures, found.differed, remarks, console())
    page.write_text(render_reproduction(found.data_set, found.figures, found.differed, remarks), encoding="utf-8")
    click.echo(f"Page: {page}")
    if failures:
        sys.exit(1)
