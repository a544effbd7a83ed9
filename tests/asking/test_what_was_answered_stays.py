"""What was answered before a failure: complete tables are in their place, and nothing is asked twice."""

import duckdb
import pytest

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import CallCache
from tests.judges.chat_server import refuses, running_server, says
from tests.media.files import write_clip

pytestmark = pytest.mark.usefixtures("no_boards")

REGISTRY = """\
judges:
  - {{name: longer, backend: rules, rule: longer}}
  - {{name: seer, backend: openai, model: m, base_url: '{url}', inputs: [video], frames: 2, max_side: 56,
      external: reader, concurrency: 1}}
  - {{name: reader, backend: openai, model: m, base_url: '{external}', concurrency: 1, retired: true}}
"""
NOBODY = "http://127.0.0.1:9/v1"


@pytest.fixture
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def seer(settings, data_folder, server):
    """A judge that sees three labelled pairs on two clips, and asks `external` for strategies 3 and 4."""
    for clip in ("clip1", "clip2"):
        write_clip(data_folder / "video" / f"{clip}.mp4", shade=10)

    def register(external=None):
        settings.judges_file.write_text(REGISTRY.format(url=server.url, external=external or server.url))
        return current_settings()

    return register


def rows_by_table(settings):
    tables = ("descriptions", "reasonings", *(f"s{number}_predictions" for number in range(1, 5)))
    with duckdb.connect(str(settings.database), read_only=True) as published:
        counted = {
            table: published.sql(f"select count(*) from {table} where judge = 'seer'").fetchall()[0][0]
            for table in tables
        }
    return {table: count for table, count in counted.items() if count}


def test_an_external_model_that_cannot_be_reached_costs_only_its_own_tables(seer, server):
    settings = seer(external=NOBODY)
    report = evaluate(Run(settings), ["seer"])
    assert 'judge "reader"' in report.failures["seer"]
    assert rows_by_table(settings) == {"descriptions": 4, "s1_predictions": 12, "s2_predictions": 12}
    asked = len(server.questions)
    report = evaluate(Run(seer()), ["seer"])
    assert not report.failures
    # Three times six questions to the external model: s3, the reasoning, and the answer from it.
    assert len(server.questions) - asked == 18
    assert set(rows_by_table(settings)) == {"descriptions", "reasonings", *(f"s{n}_predictions" for n in range(1, 5))}


def test_a_server_that_dies_half_way_is_asked_only_what_it_has_not_answered(seer, server):
    settings = seer()
    server.otherwise = lambda question: (says("a1") if len(server.questions) <= 5 else refuses(401, "gone"))(question)
    assert "seer" in evaluate(Run(settings), ["seer"], ["s1"]).failures
    cache = CallCache(settings.calls_folder, "seer")
    answered = sum(call["answered"] for call in cache.calls())
    assert answered == 5
    server.otherwise = says("a1")
    report = evaluate(Run(settings), ["seer"], ["s1"])
    assert (report.calls["seer"], report.tallies["seer"].from_cache) == (1, 5)
    assert rows_by_table(settings)["s1_predictions"] == 12
