"""What happens by itself while Dagster's daemon runs."""

import dagster as dg

from emoprefer_assets.assets import judge_partitions
from emoprefer_assets.intake import all_judges
from emoprefer_assets.settings import current_settings


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def judge_registry_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Make a partition for each judge of the registry; a retired judge keeps its own."""
    missing = missing_partitions(context.instance)
    if not missing:
        return dg.SkipReason("every judge of the registry has its partition")
    return dg.SensorResult(dynamic_partitions_requests=[judge_partitions.build_add_request(missing)])


def missing_partitions(instance: dg.DagsterInstance) -> list[str]:
    """The registry's judges that have no partition yet."""
    known = set(instance.get_dynamic_partitions(judge_partitions.name))
    return [name for name in all_judges(current_settings()).names if name not in known]
