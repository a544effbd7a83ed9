"""Train the tiny judges: `python -m training render|tower|learn|save ...`; every step goes on where it was stopped.

python -m training render faces 8000
python -m training render voices 6000
python -m training tower tiny_video
python -m training tower tiny_audio
python -m training learn tiny_video
python -m training learn tiny_audio
python -m training learn tiny_omni
python -m training save tiny_video
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from training.bank import Bank, read, render
from training.batches import Batcher
from training.learning import Lessons, learn
from training.models import INPUTS, build
from training.towers import tower_of, train_tower
from training.transplants import transplant

WORK = Path(os.environ.get("EMOPREFER_TRAINING") or ".training")
MODELS = Path(__file__).resolve().parent.parent / "data" / "models"
BANKS = {"video": "faces", "audio": "voices"}
TOWER_STEPS = {"tiny_video": 500, "tiny_audio": 700}
# The later ones begin with what the first has learned to read and to weigh.
LESSONS = {
    "tiny_video": Lessons(800, towers_from=300),
    "tiny_audio": Lessons(400, peak=1e-3),
    "tiny_omni": Lessons(600, peak=1e-3),
}
# The last of each bank is never learned from.
HELD_OUT = 20


def main(arguments: list[str]) -> None:
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or 2))
    match arguments:
        case ["render", ("faces" | "voices") as kind, count]:
            render(kind, int(count), WORK / "bank")
        case ["tower", ("tiny_video" | "tiny_audio") as name]:
            model, _ = build(name)
            bank = read(BANKS[INPUTS[name][0]], WORK / "bank")
            train_tower(model, name, bank, TOWER_STEPS[name], _tower_file(name))
        case ["learn", name] if name in INPUTS:
            _learn(name)
        case ["save", name] if name in INPUTS:
            _save(name)
        case _:
            raise SystemExit(__doc__)


def _learn(name: str) -> None:
    from emoprefer_assets.judges.chat_template import load_template

    model, processor = build(name)
    folder = WORK / "untrained" / name
    processor.save_pretrained(folder)
    model.config.save_pretrained(folder)
    _begin(model, name)
    banks = {kind: read(BANKS[kind], WORK / "bank") for kind in INPUTS[name]}
    template = load_template(folder, trust_remote_code=False)

    def batcher(part: Any) -> Batcher:
        parts = {kind: part(bank) for kind, bank in banks.items()}
        return Batcher(model, template, INPUTS[name], parts.get("video"), parts.get("audio"))

    learn(name, batcher(_learned), batcher(_held_out), LESSONS[name], _file(name))


def _begin(model: Any, name: str) -> None:
    """Put in what earlier lessons have left."""
    if name == "tiny_omni":
        transplant(model, _learned_weights("tiny_video"), _learned_weights("tiny_audio"))
        return
    if name == "tiny_audio":
        reading = {key: value for key, value in _learned_weights("tiny_video").items() if "visual" not in key}
        model.load_state_dict(reading, strict=False)
    tower_of(model, name).load_state_dict(_part(_load(_tower_file(name))["learner"], "tower."))


def _save(name: str) -> None:
    """Write the model folder that the registry names, in float16."""
    model, processor = build(name)
    model.load_state_dict(_learned_weights(name))
    model.half().save_pretrained(MODELS / name)
    processor.save_pretrained(MODELS / name)


def _learned_weights(name: str) -> dict[str, Any]:
    return _part(_load(_file(name))["learner"], "model.")


def _load(file: Path) -> dict[str, Any]:
    import torch

    if not file.exists():
        raise SystemExit(f"{file} does not exist. The steps and their order: python -m training")
    return torch.load(file)


def _part(state: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def _file(name: str) -> Path:
    return WORK / f"{name}.pt"


def _tower_file(name: str) -> Path:
    return WORK / f"{name}_tower.pt"


def _learned(bank: Bank) -> Bank:
    return bank.part(slice(0, len(bank.phrases) - len(bank.phrases) // HELD_OUT))


def _held_out(bank: Bank) -> Bank:
    return bank.part(slice(len(bank.phrases) - len(bank.phrases) // HELD_OUT, None))


if __name__ == "__main__":
    main(sys.argv[1:])
