"""The code location: assets, their checks, and what runs by itself."""

import dagster as dg

from emoprefer_assets.assets import all_assets
from emoprefer_assets.automation import (
    evaluation_follows,
    nightly_evaluation,
    run_by_itself,
    sources_watched,
    weekly_clearing,
)
from emoprefer_assets.jobs import jobs
from emoprefer_assets.settings import prepare_dagster_home

prepare_dagster_home()

defs = dg.Definitions(
    assets=dg.map_asset_specs(run_by_itself, all_assets),
    jobs=jobs,
    schedules=[nightly_evaluation, weekly_clearing],
    sensors=[sources_watched, evaluation_follows],
    # One process a run: a model is loaded once, and Great Expectations is imported once.
    executor=dg.in_process_executor,
)
