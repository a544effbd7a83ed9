"""The code location: assets, their checks, and what runs by itself."""

import dagster as dg

from emoprefer_assets.assets import all_assets
from emoprefer_assets.automation import evaluation_follows, jobs, nightly_evaluation, weekly_clearing
from emoprefer_assets.run import run_by_dagster
from emoprefer_assets.runs.partitions import make_partitions_known
from emoprefer_assets.settings import current_settings

make_partitions_known(current_settings())

defs = dg.Definitions(
    assets=all_assets,
    jobs=jobs,
    schedules=[nightly_evaluation, weekly_clearing],
    sensors=[evaluation_follows],
    resources={"run": run_by_dagster},
    # One process a run: a model is loaded once, and Great Expectations is imported once.
    executor=dg.in_process_executor,
)
