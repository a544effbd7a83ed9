"""`python -m tests.vllm_engine.reference FOLDER`: what the transformers backend answers, for vLLM to be compared with.

It runs in an environment of its own, because vLLM holds transformers back at a version that our backend does not use
for media.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from emoprefer_assets.judges import transformers
from emoprefer_assets.judges.registry import TransformersJudge
from tests.judges.tiny_families import build
from tests.vllm_engine.asked import (
    SEEING,
    SMOLLM2,
    TRAINED,
    about_clips,
    about_sample,
    about_texts,
    tiny_judge,
    trained_judge,
)


def write(folder: Path) -> None:
    text = TransformersJudge(name="smollm2", backend="transformers", **SMOLLM2)
    asked = {"texts": (text, about_texts())}
    for family in SEEING:
        asked[family] = (tiny_judge(folder, family), list(about_clips(family)))
        build(family, folder / family)
    asked[TRAINED] = (trained_judge(), list(about_sample()))
    answers = {
        name: {reply.key: reply.log_probabilities for reply in transformers.load(judge, folder).answer(requests)}
        for name, (judge, requests) in asked.items()
    }
    (folder / "reference.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
