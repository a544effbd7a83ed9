"""The keys of requests stay: an answered call that was paid for is found again by its key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

KEYS = Path(__file__).with_name("keys.json")
MODEL = "pinned/tiny"
CLIP = {
    "clip_id": "clip1",
    "video": "video/clip1.mp4",
    "audio": None,
    "video_content": "0123456789abcdef0123456789abcdef",
    "audio_content": "fedcba9876543210fedcba9876543210",
    "video_problem": None,
    "audio_problem": None,
}
PAIR = {
    "pair_id": "pair1",
    "clip_id": "clip1",
    "a1": 'She smiles, says "thanks" and looks away: relief.',
    "a2": "Elle sourit à peine ; 她很失望。",
}


def request_key(entry: dict[str, Any], step: str, pair: dict[str, str], round_: int, said: str, folder: Path) -> str:
    """The key of one call: the only place here that knows the code that makes it.

    Args:
        entry: of the judge that is asked, as in the registry.
        step: what it is asked for; s5_without_clip is step s5 without the clip.
        pair: its a1 comes first in the question.
        said: the description or reasoning that the question quotes.
        folder: holds the weights of MODEL.
    """
    from emoprefer_assets.asking.questions import Prompter
    from emoprefer_assets.judges import read_registry
    from emoprefer_assets.media import MediaReader
    from emoprefer_assets.settings import current_settings
    from emoprefer_assets.strategies import ALL, DESCRIBE, REASON, Pair

    registry = folder / "judges.yaml"
    registry.write_text(json.dumps({"judges": [{"name": "pinned", **entry}]}))
    settings = current_settings().replaced(models_dir=folder, data_dir=folder, prompts_dir=None)
    judge = read_registry(registry)["pinned"]
    steps = {step.name: step for step in (DESCRIBE, REASON, *(strategy.step for strategy in ALL.values()))}
    asked = steps[step.removesuffix("_without_clip")]
    about = Pair(round_, False, pair["pair_id"], pair["clip_id"], pair["a1"], pair["a2"])
    # Strategy 5 asks for the first description with the clip, then without it.
    number = int(step.endswith("_without_clip"))
    prompter = Prompter(judge, pd.DataFrame([CLIP]), settings, MediaReader())
    return asked.requests(prompter, about, dict.fromkeys(asked.needs, said))[number].key


SAID = {
    "s2": "The person frowns at first.\nThen the voice softens.",
    "s3": "The person frowns at first.\nThen the voice softens.",
    "s4_reasoning": "The person frowns at first.\nThen the voice softens.",
    "s4_answer": "The first mentions the voice, the second does not.",
}
LOCAL = {"backend": "transformers", "model": MODEL}
VLLM = {"backend": "vllm", "model": MODEL}
SERVED = {"backend": "openai", "model": "served", "key_variable": "SERVED_KEY", "base_url": "https://a.example/v1"}
TWICE_SERVED = {**SERVED, "base_url": ["https://a.example/v1", "https://b.example/v1"], "revision": "release-1"}
VIDEO, AUDIO, BOTH = {"inputs": ["video"]}, {"inputs": ["audio"]}, {"inputs": ["video", "audio"]}
SAMPLED = {"temperature": 0.7, "top_p": 0.9}
REPLY = {"read": "reply"}

# Label: the judge's entry, the step, whether the order is swapped, the round.
CASES: dict[str, tuple[dict[str, Any], str, bool, int]] = {
    "transformers, describe, video": (LOCAL | VIDEO, "describe", False, 0),
    "transformers, describe, video, round 1": (LOCAL | VIDEO, "describe", False, 1),
    "transformers, describe, audio": (LOCAL | AUDIO, "describe", False, 0),
    "transformers, describe, video and audio": (LOCAL | BOTH, "describe", False, 0),
    "transformers, describe, video, 4 frames": (LOCAL | VIDEO | {"frames": 4}, "describe", False, 0),
    "transformers, describe, video, 2 frames a second": (LOCAL | VIDEO | {"fps": 2}, "describe", False, 0),
    "transformers, describe, video, max_side 84": (LOCAL | VIDEO | {"max_side": 84}, "describe", False, 0),
    "transformers, describe, audio, audio_rate 8000": (LOCAL | AUDIO | {"audio_rate": 8000}, "describe", False, 0),
    "transformers, describe, video, 64 new tokens": (LOCAL | VIDEO | {"max_new_tokens": 64}, "describe", False, 0),
    "transformers, describe, video, sampled, round 0": (LOCAL | VIDEO | SAMPLED, "describe", False, 0),
    "transformers, describe, video, sampled, round 1": (LOCAL | VIDEO | SAMPLED, "describe", False, 1),
    "transformers, s1, video": (LOCAL | VIDEO, "s1", False, 0),
    "transformers, s1, video, swapped": (LOCAL | VIDEO, "s1", True, 0),
    "transformers, s1, video, sampled, round 1": (LOCAL | VIDEO | SAMPLED, "s1", False, 1),
    "transformers, s1, video and audio, bfloat16": (LOCAL | BOTH | {"dtype": "bfloat16"}, "s1", False, 0),
    "transformers, s1, video, reply": (LOCAL | VIDEO | REPLY, "s1", False, 0),
    "transformers, s1, video, reply, sampled, round 1": (LOCAL | VIDEO | REPLY | SAMPLED, "s1", False, 1),
    "transformers, s1, blind": (LOCAL, "s1", False, 0),
    "transformers, s1, blind, swapped": (LOCAL, "s1", True, 0),
    "transformers, s1, blind, reply": (LOCAL | REPLY, "s1", False, 0),
    "transformers, s2, video": (LOCAL | VIDEO, "s2", False, 0),
    "transformers, s2, audio, swapped": (LOCAL | AUDIO, "s2", True, 0),
    "transformers, s3, blind": (LOCAL, "s3", False, 0),
    "transformers, s3, blind, swapped": (LOCAL, "s3", True, 0),
    "transformers, s4_reasoning, blind": (LOCAL, "s4_reasoning", False, 0),
    "transformers, s4_reasoning, blind, swapped, sampled, round 1": (LOCAL | SAMPLED, "s4_reasoning", True, 1),
    "transformers, s4_answer, blind": (LOCAL, "s4_answer", False, 0),
    "transformers, s4_answer, blind, swapped": (LOCAL, "s4_answer", True, 0),
    "transformers, s5, video and audio": (LOCAL | BOTH, "s5", False, 0),
    "transformers, s5, video and audio, the second description": (LOCAL | BOTH, "s5", True, 0),
    "transformers, s5 without clip, video and audio": (LOCAL | BOTH, "s5_without_clip", False, 0),
    "vllm, describe, video and audio": (VLLM | BOTH, "describe", False, 0),
    "vllm, s1, video": (VLLM | VIDEO, "s1", False, 0),
    "vllm, s1, blind, float32": (VLLM | {"dtype": "float32"}, "s1", False, 0),
    "vllm, s3, blind, reply, sampled, round 0": (VLLM | REPLY | SAMPLED, "s3", False, 0),
    "openai, describe, video as frames": (SERVED | VIDEO, "describe", False, 0),
    "openai, describe, video as video, with audio": (SERVED | BOTH | {"video_as": "video"}, "describe", False, 0),
    "openai, s1, video": (SERVED | VIDEO, "s1", False, 0),
    "openai, s1, video, a revision": (SERVED | VIDEO | {"revision": "release-1"}, "s1", False, 0),
    "openai, s1, video, a revision at several addresses": (TWICE_SERVED | VIDEO, "s1", False, 0),
    "openai, s1, blind, options": (SERVED | {"read": "options", "logprobs": True}, "s1", False, 0),
    "openai, s2, video, swapped, sampled, round 1": (SERVED | VIDEO | SAMPLED, "s2", True, 1),
    "openai, s4_answer, blind": (SERVED, "s4_answer", False, 0),
}
SAME = [
    ("transformers, describe, video", "transformers, describe, video, round 1"),
    ("transformers, s1, video", "transformers, s1, video, sampled, round 1"),
    ("openai, s1, video, a revision", "openai, s1, video, a revision at several addresses"),
]


def weights(folder: Path) -> Path:
    """A folder of models that holds MODEL; a hash of its names and content is what a key knows of weights."""
    model = folder / MODEL.replace("/", "--")
    model.mkdir(parents=True)
    (model / "config.json").write_bytes(b'{"model_type": "tiny"}\n')
    (model / "model.safetensors").write_bytes(bytes(range(256)))
    return folder


def key_of(label: str, folder: Path) -> str:
    entry, step, swapped, round_ = CASES[label]
    pair = PAIR | {"a1": PAIR["a2"], "a2": PAIR["a1"]} if swapped else PAIR
    return request_key(entry, step, pair, round_, SAID.get(step, ""), folder)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return weights(tmp_path_factory.mktemp("pinned") / "models")


@pytest.mark.parametrize("label", CASES)
def test_a_key_stays(label, models):
    assert key_of(label, models) == json.loads(KEYS.read_text())[label]


def test_nothing_else_is_pinned_and_keys_differ_unless_the_answers_must_be_the_same():
    pinned = json.loads(KEYS.read_text())
    assert list(pinned) == list(CASES)
    for one, other in SAME:
        assert pinned[one] == pinned[other]
    assert len(set(pinned.values())) == len(pinned) - len(SAME)


def test_a_model_card_and_times_of_files_are_not_part_of_a_key(tmp_path):
    label = "transformers, s1, video"
    folder = weights(tmp_path / "models")
    for file in list(folder.glob("*/*")):
        file.touch()
        (file.parent / "README.md").write_text("A card.")
    assert key_of(label, folder) == json.loads(KEYS.read_text())[label]
