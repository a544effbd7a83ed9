"""Which runs wait for which, by dagster.yaml's limits and Dagster's own counter of them."""

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.run_coordinator import SubmitRunContext
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster._utils.tags import TagConcurrencyLimitsCounter

from emoprefer_assets.automation import ONE_AT_A_TIME
from emoprefer_assets.definitions import defs
from tests.conftest import RULES

JOB = RemoteJobOrigin(RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "__repository__"), "refresh_boards")
LOCAL = "  - {{name: {name}, backend: transformers, model: somewhere}}\n"
REMOTE = "  - {{name: {name}, backend: openai, model: m, base_url: 'http://127.0.0.1:9'}}\n"


@pytest.fixture
def instance(settings):
    models = [LOCAL.format(name=f"local{number}") for number in range(2)]
    models += [REMOTE.format(name=f"remote{number}") for number in range(6)]
    settings.judges_file.write_text(RULES + "".join(models))
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.fixture
def started(instance):
    """Submits runs with the given tags, and gives the partitions of those that may go on beside each other."""

    def started(*tags):
        limits = instance.get_concurrency_config().run_queue_config.tag_concurrency_limits
        counter, going_on = TagConcurrencyLimitsCounter(limits, []), []
        for given in tags:
            job = defs.resolve_job_def("refresh_boards")
            run = instance.create_run_for_job(job, tags=given, remote_job_origin=JOB)
            queued = instance.run_coordinator.submit_run(SubmitRunContext(run, workspace=None))
            assert queued.status == dg.DagsterRunStatus.QUEUED
            if not counter.is_blocked(queued):
                counter.update_counters_with_launched_item(queued)
                going_on.append(given.get(PARTITION_NAME_TAG, "no judge"))
        return going_on

    return started


def asking(*judges):
    return [{PARTITION_NAME_TAG: judge} for judge in judges]


def test_models_on_this_machine_go_one_at_a_time(started):
    assert started(*asking("local0", "local1")) == ["local0"]


def test_models_behind_endpoints_go_four_at_a_time_beside_a_local_one(started):
    remotes = [f"remote{number}" for number in range(6)]
    assert started(*asking("local0", *remotes)) == ["local0", *remotes[:4]]


def test_one_judge_is_asked_by_one_run_at_a_time(started):
    assert started(*asking("longer", "always_a1", "longer")) == ["longer", "always_a1"]


def test_one_evaluation_of_everything_goes_at_a_time(started):
    assert started(ONE_AT_A_TIME, ONE_AT_A_TIME, *asking("longer")) == ["no judge", "longer"]


def test_a_registry_that_cannot_be_read_does_not_hold_the_queue_up(started, settings):
    settings.judges_file.write_text("judges: [")
    assert started(*asking("longer", "remote0")) == ["longer", "remote0"]
