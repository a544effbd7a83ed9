"""A home of its own for a reproduction, so that nothing of the user's is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.reproduction.recordings import HEAD
from emoprefer_assets.settings import PROJECT, Settings, current_settings, prepare_dagster_home

# What the user's own evaluations are governed by, and a reproduction is not.
_NOT_INHERITED = ("EMOPREFER_SUBMISSIONS", "EMOPREFER_BUDGET", "EMOPREFER_CALLS", "EMOPREFER_CROWD_DIAGNOSTICS")


@contextmanager
def own_home(home: Path, registry: str, published_scores: Path | None) -> Iterator[Settings]:
    """Settings of this process under which everything is kept in `home`; the former ones come back afterwards.

    Args:
        home: made if it is not there; holds registry, state, published database and report.
        registry: the text of its judge registry.

    Raises:
        EmopreferError: `home` is in use for something else.
    """
    home = home.resolve()
    if home == current_settings().home:
        raise EmopreferError(f"{home} is EMOPREFER_HOME itself. Give --home another folder: it is left untouched.")
    judges_file = home / "judges.yaml"
    if home.exists() and any(home.iterdir()) and not _is_ours(judges_file):
        raise EmopreferError(f"{home} holds something else. Give --home an empty folder, or one that does not exist.")
    home.mkdir(parents=True, exist_ok=True)
    judges_file.write_text(registry, encoding="utf-8")
    before = dict(os.environ)
    for variable in _NOT_INHERITED:
        os.environ.pop(variable, None)
    # Dagster keeps its records where the project's dagster.yaml says, under EMOPREFER_HOME.
    os.environ |= {
        "DAGSTER_HOME": str(PROJECT),
        "EMOPREFER_HOME": str(home / "state"),
        "EMOPREFER_DB": str(home / "emoprefer.duckdb"),
        "EMOPREFER_JUDGES": str(judges_file),
    }
    if published_scores is not None:
        os.environ["EMOPREFER_PUBLISHED_SCORES"] = str(published_scores.resolve())
    try:
        prepare_dagster_home()
        yield current_settings()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _is_ours(judges_file: Path) -> bool:
    try:
        return judges_file.read_text(encoding="utf-8").startswith(HEAD)
    except (OSError, UnicodeDecodeError):
        return False
