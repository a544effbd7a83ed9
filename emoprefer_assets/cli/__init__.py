"""The `emoprefer` command."""

# Each of these modules adds its commands to `main`.
from emoprefer_assets.cli import _boards, _calls, _competition, _doctor, _evaluating, _planning, _reproducing  # noqa: F401
from emoprefer_assets.cli._group import main

__all__ = ["main"]
