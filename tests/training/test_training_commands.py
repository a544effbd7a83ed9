"""The commands that train the tiny judges, from banks to model folders, two steps each."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from training import __main__ as command
from training.bank import FACE_PHRASES, VOICE_PHRASES
from training.given import STEPS, VIDEO
from training.models import NAMES

pytestmark = pytest.mark.slow

SIGNALS = {"faces": ((VIDEO.frames, VIDEO.max_side, VIDEO.max_side, 3), np.uint8), "voices": ((128, STEPS), np.float16)}
# As docs/your-own-judge.md has them, without the two that render.
LINES = [line for line in str(command.__doc__).splitlines() if line.startswith("python -m")]
COMMANDS = [line.replace(",", "").replace(" and ", " ").split()[3:] for line in LINES[2:]]


def noise(kind: str, phrases: tuple[str, ...], folder) -> None:
    """A bank in which every phrase in every intensity comes twice: once to learn from, once held out."""
    shown = [(phrase, strength) for phrase in range(1, len(phrases)) for strength in range(3)] + [(0, -1)]
    columns = np.array(shown * 2)
    shape, dtype = SIGNALS[kind]
    signals = np.random.default_rng(0).uniform(0, 1, (len(columns), *shape)).astype(dtype)
    lengths = np.full(len(columns), 0.5 if kind == "faces" else STEPS)
    folder.mkdir(exist_ok=True)
    file = folder / f"{kind}_00000.npz"
    np.savez(file, signals=signals, lengths=lengths, phrases=columns[:, 0], intensities=columns[:, 1])


@pytest.fixture
def work(tmp_path, monkeypatch):
    noise("faces", FACE_PHRASES, tmp_path / "bank")
    noise("voices", VOICE_PHRASES, tmp_path / "bank")
    monkeypatch.setattr(command, "WORK", tmp_path)
    monkeypatch.setattr(command, "MODELS", tmp_path / "models")
    monkeypatch.setattr(command, "HELD_OUT", 2)
    monkeypatch.setattr(command, "TOWER_STEPS", dict.fromkeys(command.TOWER_STEPS, 2))
    for name, lessons in command.LESSONS.items():
        few = replace(lessons, steps=2, until=None, pairs=4, descriptions=2, model_from=0, towers_from=1, long_from=1)
        monkeypatch.setitem(command.LESSONS, name, few)
    return tmp_path


def test_the_commands_lead_from_banks_to_model_folders_and_on(work):
    weights = {}
    for word, *names in COMMANDS:
        for name in names:
            command.main([word, name])
            if word == "save":
                saved = work / "models" / name / "model.safetensors"
                assert weights.get(name) != saved.read_bytes()
                weights[name] = saved.read_bytes()
    assert set(weights) == set(NAMES)


def test_lessons_before_those_that_they_build_on_are_refused(work):
    shutil.rmtree(work / "bank")
    with pytest.raises(SystemExit, match="python -m training render faces"):
        command.main(["tower", "tiny_video"])
    with pytest.raises(SystemExit, match="python -m training"):
        command.main(["save", "tiny_omni"])
