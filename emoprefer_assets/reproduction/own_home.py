"""A home of its own for a reproduction, so that nothing of the user's is touched."""

from __future__ import annotations

from pathlib import Path

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.reproduction.recordings import HEAD
from emoprefer_assets.settings import Settings, current_settings


def own_home(home: Path, registry: str, published_scores: Path | None) -> Settings:
    """Settings under which everything is kept in `home`.

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
    usual = current_settings()
    return usual.replaced(
        home=home / "state",
        submissions_dir=home / "state" / "submissions",
        database=home / "emoprefer.duckdb",
        judges_file=judges_file,
        published_scores=published_scores or usual.published_scores,
        # What the user's own evaluations are governed by, and a reproduction is not.
        crowd_diagnostics=(),
        budget=None,
        daily_budget=None,
        calls=True,
    )


def _is_ours(judges_file: Path) -> bool:
    try:
        return judges_file.read_text(encoding="utf-8").startswith(HEAD)
    except (OSError, UnicodeDecodeError):
        return False
