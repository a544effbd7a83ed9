"""Dagster's records of runs and events, opened for one evaluation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import claim_home
from emoprefer_assets.settings import PROJECT, Settings
from emoprefer_assets.yaml_files import load_yaml

# What is printed belongs to the person at the terminal.
_NOT_CAPTURED = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}


@contextmanager
def dagster_records(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance of the dagster.yaml in DAGSTER_HOME (the project's, if that is not set), kept in `settings.home`.

    Raises:
        EmopreferError: a newer version has written the home, DAGSTER_HOME is no folder, or its dagster.yaml no YAML.
    """
    claim_home(settings.home)
    folder = Path(os.environ.get("DAGSTER_HOME") or settings.project or PROJECT).resolve()
    if not folder.is_dir():
        raise EmopreferError(f'DAGSTER_HOME is "{folder}". Use the folder that holds dagster.yaml, or unset it.')
    file = folder / "dagster.yaml"
    configured = load_yaml(file, file.read_bytes()) if file.exists() else None
    overrides = {**_within(settings.home, configured or {}), "compute_logs": _NOT_CAPTURED}
    reference = InstanceRef.from_dir(str(folder), overrides=overrides)
    with dg.DagsterInstance.from_ref(reference) as instance:
        yield instance


def _within(home: Path, configured: Any) -> Any:
    """The same configuration with every `{env: EMOPREFER_HOME}` replaced by `home`."""
    if configured == {"env": "EMOPREFER_HOME"}:
        return str(home)
    if isinstance(configured, dict):
        return {key: _within(home, value) for key, value in configured.items()}
    if isinstance(configured, list):
        return [_within(home, value) for value in configured]
    return configured
