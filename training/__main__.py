"""Train the tiny judges, in this order; every step goes on where it was stopped:

python -m training render faces 8000
python -m training render voices 4750
python -m training tower tiny_video
python -m training tower tiny_audio
python -m training learn first_words
python -m training learn tiny_omni
python -m training learn tiny_video
python -m training learn tiny_audio
python -m training learn tiny_omni_both_orders
python -m training learn tiny_video_both_orders
python -m training learn tiny_audio_both_orders
python -m training save tiny_omni             and tiny_video, tiny_audio
python -m training learn tiny_omni_again
python -m training learn tiny_audio_again
python -m training save tiny_omni             and tiny_audio
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.bank import Bank, read, render
from training.batches import Batcher
from training.learning import Lessons, learn
from training.models import INPUTS, build
from training.towers import tower_of, train_tower
from training.transplants import transplant, transplant_back

WORK = Path(os.environ.get("EMOPREFER_TRAINING") or ".training")
MODELS = Path(__file__).resolve().parent.parent / "data" / "models"
BANKS = {"video": "faces", "audio": "voices"}
TOWER_STEPS = {"tiny_video": 500, "tiny_audio": 550}
# Lessons that are taken again begin with the model folder: so a judge that is there already is taught more.
# tiny_video learns the first words; with them begins tiny_omni, from whom no scene withholds its reasons, and with what
# that has learned to weigh begin the other two.
LESSONS = {
    "first_words": Lessons(900, towers_from=500, long_from=600, until=200),
    "tiny_omni": Lessons(1000, peak=1.2e-3, towers_from=750, long_from=500),
    "tiny_video": Lessons(200, peak=6e-4),
    "tiny_audio": Lessons(200, peak=6e-4),
    "tiny_omni_both_orders": Lessons(260, descriptions=8, peak=1.5e-4, towers_from=260, both_orders=True),
    "tiny_video_both_orders": Lessons(240, descriptions=8, peak=2.5e-4, towers_from=240, both_orders=True),
    "tiny_audio_both_orders": Lessons(180, descriptions=8, peak=2.5e-4, towers_from=180, both_orders=True),
    "tiny_omni_again": Lessons(1300, descriptions=8, peak=4e-4, model_from=100, towers_from=100, both_orders=True),
    "tiny_audio_again": Lessons(800, descriptions=8, peak=4e-4, model_from=100, towers_from=100, both_orders=True),
}
BOTH_ORDERS, AGAIN = "_both_orders", "_again"
# The last twentieth of each bank is never learned from.
HELD_OUT = 20


def main(arguments: list[str]) -> None:
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or 1))
    match arguments:
        case ["render", ("faces" | "voices") as kind, count]:
            render(kind, int(count), WORK / "bank")
        case ["tower", ("tiny_video" | "tiny_audio") as name]:
            model, _ = build(name)
            bank = read(BANKS[INPUTS[name][0]], WORK / "bank")
            train_tower(model, name, bank, TOWER_STEPS[name], _tower_file(name))
        case ["learn", lessons] if lessons in LESSONS:
            _learn(lessons)
        case ["save", name] if name in INPUTS:
            _save(name)
        case _:
            raise SystemExit(__doc__)


def _learn(lessons: str) -> None:
    from emoprefer_assets.judges.chat_template import load_template

    name = "tiny_video" if lessons == "first_words" else lessons.removesuffix(BOTH_ORDERS).removesuffix(AGAIN)
    model, processor = build(name)
    folder = WORK / "untrained" / name
    processor.save_pretrained(folder)
    model.config.save_pretrained(folder)
    begins = None
    if lessons.endswith(AGAIN):
        model.load_state_dict(type(model).from_pretrained(MODELS / name, dtype="float32").state_dict())
    elif lessons.endswith(BOTH_ORDERS):
        begins = _load(_file(name))["learner"]
    elif lessons == "first_words":
        tower_of(model, name).load_state_dict(_tower(name))
    elif lessons == "tiny_omni":
        hearing, _ = build("tiny_audio")
        tower_of(hearing, "tiny_audio").load_state_dict(_tower("tiny_audio"))
        transplant(model, _weights("first_words"), hearing.state_dict())
    else:
        transplant_back(model, _weights("tiny_omni"))
    banks = {kind: read(BANKS[kind], WORK / "bank") for kind in INPUTS[name]}
    template = load_template(folder, trust_remote_code=False)

    def batcher(part: Callable[[Bank], Bank]) -> Batcher:
        parts = {kind: part(bank) for kind, bank in banks.items()}
        return Batcher(model, template, INPUTS[name], parts.get("video"), parts.get("audio"))

    learn(lessons, batcher(_to_learn), batcher(_held_out), LESSONS[lessons], _file(lessons), begins)


def _save(name: str) -> None:
    """Write the model folder that the registry names, in float16."""
    model, processor = build(name)
    last = name + (AGAIN if _file(name + AGAIN).exists() else BOTH_ORDERS)
    model.load_state_dict(_weights(last))
    model.half().save_pretrained(MODELS / name)
    processor.save_pretrained(MODELS / name)


def _tower(name: str) -> dict[str, Any]:
    return _part(_load(_tower_file(name))["learner"], "tower.")


def _weights(lessons: str) -> dict[str, Any]:
    return _part(_load(_file(lessons))["learner"], "model.")


def _load(file: Path) -> dict[str, Any]:
    import torch

    if not file.exists():
        raise SystemExit(f"{file} does not exist. The steps and their order: python -m training")
    return torch.load(file)


def _part(state: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def _file(lessons: str) -> Path:
    return WORK / f"{lessons}.pt"


def _tower_file(name: str) -> Path:
    return WORK / f"{name}_tower.pt"


def _to_learn(bank: Bank) -> Bank:
    return bank.part(slice(0, len(bank.phrases) - len(bank.phrases) // HELD_OUT))


def _held_out(bank: Bank) -> Bank:
    return bank.part(slice(len(bank.phrases) - len(bank.phrases) // HELD_OUT, None))


if __name__ == "__main__":
    main(sys.argv[1:])
