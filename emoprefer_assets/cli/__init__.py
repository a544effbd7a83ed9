"""The `emoprefer` command."""

# Each of these modules adds its commands to `main`.
from emoprefer_assets.cli import (  # noqa: F401
    _boards,
    _calls,
    _cards,
    _competition,
    _doctor,
    _evaluating,
    _export,
    _few_votes,
    _new_project,
    _organising,
    _people,
    _planning,
    _reproducing,
    _votes,
)
from emoprefer_assets.cli._group import main

__all__ = ["main"]
