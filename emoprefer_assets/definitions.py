"""The code location: assets, their checks, and what runs by itself."""

import dagster as dg

from emoprefer_assets.assets import all_assets
from emoprefer_assets.automation import (
    evaluate_what_landed,
    judge_registry_sensor,
    nightly_evaluation,
    submission_sensor,
)
from emoprefer_assets.settings import prepare_dagster_home

prepare_dagster_home()

defs = dg.Definitions(
    assets=all_assets,
    jobs=[evaluate_what_landed],
    schedules=[nightly_evaluation],
    sensors=[judge_registry_sensor, submission_sensor],
    # One process a run: a model is loaded once, and Great Expectations is imported once.
    executor=dg.in_process_executor,
)
