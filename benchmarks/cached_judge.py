"""A judge of which everything is answered already: from the call cache to the finished tables, on the embedded sample.

Run: python -m benchmarks.cached_judge

198 pairs, strategies 1 to 4, both orders, two rounds; the judge and its external model are a server on this machine
that answers at once. The first pass fills the call cache. The second builds every question, finds its answer, and makes
the rows of all tables. Printed: seconds of it, elapsed and CPU, requests built, and distinct ones among them.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from emoprefer_assets.asking import Part, answer
from emoprefer_assets.asking.questions import Prompter
from emoprefer_assets.assets.judge_tables import parts_of
from emoprefer_assets.evaluation import dry_run
from emoprefer_assets.judges import ChatRequest, read_registry
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from tests.judges.chat_server import running_server

REGISTRY = """\
judges:
  - {{name: longer, backend: rules, rule: longer}}
  - {{name: seer, backend: openai, model: m, base_url: '{url}', inputs: [video], frames: 2, max_side: 56,
      external: reader, concurrency: 16}}
  - {{name: reader, backend: openai, model: m, base_url: '{url}', retired: true}}
"""
TABLES = ("descriptions", "reasonings", "s1_predictions", "s2_predictions", "s3_predictions", "s4_predictions")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        home = Path(folder)
        (home / "judges.yaml").write_text(REGISTRY.format(url=server.url))
        os.environ |= {
            "EMOPREFER_DATA_DIR": str(PROJECT / "data" / "sample"),
            "EMOPREFER_JUDGES": str(home / "judges.yaml"),
            "EMOPREFER_HOME": str(home / "home"),
            "EMOPREFER_DB": str(home / "published.duckdb"),
        }
        settings = current_settings()
        dry_run(Run(settings), ["longer"])
        with Run(settings).warehouse.reading() as reading:
            parts = parts_of(TABLES, reading)
            clips = reading.frame("clips")
        seer = read_registry(settings.judges_file)["seer"]
        _asked(seer, parts, clips, Run(settings))
        keys: list[ChatRequest] = []
        keyed = Prompter._keyed
        Prompter._keyed = lambda self, request: keys.append(made := keyed(self, request)) or made
        run, wall, cpu = Run(settings), time.perf_counter(), time.process_time()
        rows = _asked(seer, parts, clips, run)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    distinct = len({request.key for request in keys})
    tally = run.tally_of("seer")
    print(f"{rows:,} rows of {len(parts)} tables; {tally.all_calls} calls, {tally.from_cache:,} answers from the cache")
    print(f"{len(keys):,} requests built, {distinct:,} distinct: {len(keys) / distinct:.2f} times")
    print(f"{wall:.2f} s elapsed, {cpu:.2f} s of CPU")


def _asked(judge: object, parts: list[Part], clips: object, run: Run) -> int:
    return sum(len(answered.rows) for answered in answer(judge, parts, clips, run))


if __name__ == "__main__":
    main()
