"""Which runs may go on beside each other."""

from __future__ import annotations

import logging
from typing import Any

import dagster as dg
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from dagster._core.storage.tags import PARTITION_NAME_TAG

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.judges.registry import OpenaiJudge
from emoprefer_assets.settings import current_settings

JUDGE_TAG = "emoprefer/judge"
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
        if judge:
            self._instance.add_run_tags(context.dagster_run.run_id, tags_of(judge))
        return super().submit_run(context)


def tags_of(judge: str) -> dict[str, str]:
    """What the queue's limits go by, for a run that asks `judge`.

    A registry that cannot be read is no reason not to queue: the run itself says what is wrong with it.
    """
    tags = {JUDGE_TAG: judge}
    try:
        model = _model_runs(all_judges(current_settings())[judge])
    except EmopreferError as error:
        log.warning("%s", error)
        return tags
    return tags | ({MODEL_TAG: model} if model else {})


def _model_runs(judge: Judge) -> str | None:
    """Where; None for a judge without a model."""
    if not isinstance(judge, ModelJudge):
        return None
    return BEHIND_ENDPOINT if isinstance(judge, OpenaiJudge) else HERE
