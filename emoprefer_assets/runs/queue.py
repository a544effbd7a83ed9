"""Which runs may go on beside each other."""

from __future__ import annotations

import logging
from typing import Any

import dagster as dg
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from dagster._core.storage.tags import PARTITION_NAME_TAG

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import ModelJudge
from emoprefer_assets.judges.registry import EndpointJudge
from emoprefer_assets.settings import current_settings

MODEL_TAG = "emoprefer/model"
HERE, BEHIND_ENDPOINT = "here", "behind_endpoint"

log = logging.getLogger(__name__)


class JudgeRunQueue(QueuedRunCoordinator[Any]):
    """Dagster's run queue, in which a run over a judge's partition says where that judge's model runs.

    The limits stand in dagster.yaml: one run at a time for models that need this machine's GPU, several for models
    behind an endpoint, one for each judge.
    """

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        judge = context.dagster_run.tags.get(PARTITION_NAME_TAG)
        runs_model = where_model_runs(judge) if judge else None
        if runs_model:
            self._instance.add_run_tags(context.dagster_run.run_id, {MODEL_TAG: runs_model})
        return super().submit_run(context)


def where_model_runs(judge: str) -> str | None:
    """`HERE` or `BEHIND_ENDPOINT`; None for a judge without a model.

    A registry that cannot be read is no reason not to queue: the run itself says what is wrong with it.
    """
    try:
        entry = all_judges(current_settings())[judge]
    except EmopreferError as error:
        log.warning("%s", error)
        return None
    if not isinstance(entry, ModelJudge):
        return None
    return BEHIND_ENDPOINT if isinstance(entry, EndpointJudge) else HERE
