"""Old runs go; what Dagster knows of each asset stays."""

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.runs.retention import forget_old_runs
from tests.conftest import RULES

JUDGES = [f"  - {{name: judge{seed}, backend: rules, rule: random, seed: {seed}}}\n" for seed in (1, 2)]


def newest_states(instance):
    """The newest materialisation of each asset and of each judge's part of it."""
    found = {}
    for key in instance.all_asset_keys():
        for record in instance.fetch_materializations(key, limit=1000, ascending=True).records:
            found[key, record.partition_key] = record.storage_id
    return found


def test_what_an_assets_newest_state_comes_from_is_kept(evaluated_four_pairs, records, only):
    only("judge_scores")
    settings = evaluated_four_pairs
    for count in (1, 2):
        settings.judges_file.write_text(RULES + "".join(JUDGES[:count]))
        evaluate(Run(settings))
    with records(settings) as instance:
        runs, states = instance.get_runs_count(), newest_states(instance)

        assert forget_old_runs(instance) == 0
        forgotten = forget_old_runs(instance, kept_days=0)

        # The boards' first run has nothing that was not made again; the judges' parts were made once.
        assert forgotten >= 1
        assert instance.get_runs_count() == runs - forgotten
        assert newest_states(instance) == states
