"""How fast pairs are judged on this GPU, beside the way the reference implementation asks, on the same card in one run.

Run: python -m benchmarks.gpu [qwen2_5_omni] [qwen3_vl] [--pairs N] [--tiny]   (both by default, 64 pairs)

Models of the shape of Qwen2.5-Omni-7B (its thinker) and of Qwen3-VL-8B, with random weights in bfloat16: speed does not
depend on what the weights are. Each pair is about a clip of its own, of 8 frames of 448 x 336 pixels, and is judged in
both orders (S1), in batches of 8. Frames and sound are in memory, so decoding is not measured.

- generation: each order from scratch, left padding, a free reply, as the EmoPrefer reference implementation does (arXiv
  2507.04278). Random weights never end a reply, so its length is set: 8 tokens (a verdict), 32 (with a reason).
- scoring: this package, `read: options`; a clip is read once for both orders.

With --tiny the models are small, to try the program on a CPU.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig

from emoprefer_assets.judges import ChatRequest, chat
from emoprefer_assets.judges.chat_template import load_template, media_model
from emoprefer_assets.judges.transformers import TransformersBackend
from emoprefer_assets.judges.transformers.loading import LoadedModel
from emoprefer_assets.media import AudioSampling, VideoSampling
from emoprefer_assets.strategies import OPTIONS, Prompts
from tests.gpu.made_up import MadeUp
from tests.judges.tiny_families import build

BATCH = 8
REPLIES = (8, 32)
SENTENCE = "He smiles briefly, looks away and speaks in a low and even voice, which lets him seem calm."
# What makes the tiny models of the tests as large as the real ones, from their config.json files.
SHAPES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "qwen2_5_omni": {
        "text_config": {
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "vocab_size": 152064,
            "layer_types": ["full_attention"] * 28,
            "rope_parameters": {"rope_type": "default", "mrope_section": [16, 24, 24], "rope_theta": 1e6},
        },
        "vision_config": {
            "depth": 32,
            "hidden_size": 1280,
            "intermediate_size": 3420,
            "num_heads": 16,
            "out_hidden_size": 3584,
            "window_size": 112,
            "fullatt_block_indexes": [7, 15, 23, 31],
        },
        "audio_config": {
            "d_model": 1280,
            "encoder_layers": 32,
            "num_hidden_layers": 32,
            "encoder_attention_heads": 20,
            "encoder_ffn_dim": 5120,
            "output_dim": 3584,
        },
    },
    "qwen3_vl": {
        "text_config": {
            "hidden_size": 4096,
            "intermediate_size": 12288,
            "num_hidden_layers": 36,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "vocab_size": 151936,
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [24, 20, 20],
                "mrope_interleaved": True,
                "rope_theta": 5e6,
            },
        },
        "vision_config": {
            "depth": 27,
            "hidden_size": 1152,
            "intermediate_size": 4304,
            "num_heads": 16,
            "out_hidden_size": 4096,
            "patch_size": 16,
            "num_position_embeddings": 2304,
            "deepstack_visual_indexes": [8, 16, 24],
        },
    },
}
SAMPLINGS = {
    "qwen2_5_omni": (VideoSampling(frames=8), AudioSampling()),
    "qwen3_vl": (VideoSampling(frames=8),),
}
# Frames keep their size: so many pixels and fewer are taken as they are.
PIXELS = {"shortest_edge": 28 * 28, "longest_edge": 8 * 448 * 448}


def random_model(family: str, folder: Path, tiny: bool) -> LoadedModel:
    """A model of the family's shape with random weights, on the GPU if there is one."""
    build(family, folder)
    template = load_template(folder, trust_remote_code=False)
    # Prompts are as long as with a real tokenizer if most words are tokens.
    texts = [part for request in questions(family, 1) for message in request.messages for part in message.parts]
    words = {word for text in texts if isinstance(text, str) for word in re.findall(r"\w+", text)}
    template.tokenizer.add_tokens(sorted(words - {"a1", "a2"} | {"same"}))
    shape = {} if tiny else SHAPES[family]
    config = AutoConfig.from_pretrained(folder)
    told = config.to_dict() | {"initializer_range": 0.02}
    told["text_config"]["vocab_size"] = len(template.tokenizer)
    for part, values in shape.items():
        told[part] |= dict(values) | {"initializer_range": 0.02}
    for eyes in (template.processor.video_processor, template.processor.image_processor):
        eyes.size = dict(PIXELS)
        eyes.patch_size = told["vision_config"]["patch_size"]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    with torch.device(device):
        model = media_model(config).from_config(type(config).from_dict(told), dtype=torch.bfloat16)
    return LoadedModel(model.eval(), template)


def questions(family: str, pairs: int) -> list[ChatRequest]:
    """Both orders of pairs with descriptions of 70 words, each about a clip of its own."""
    asked, words = [], SENTENCE.split()
    for pair in range(pairs):
        one, two = (" ".join(words[(start + place) % len(words)] for place in range(70)) for start in (pair, pair + 7))
        media = MadeUp(pair).media(SAMPLINGS[family])
        for order, first, second in (("normal", one, two), ("swapped", two, one)):
            messages = Prompts().messages("s1", media, clip="video", a1=first, a2=second)
            asked.append(ChatRequest(f"{pair} {order}", messages, options=OPTIONS))
    return asked


def generate(loaded: LoadedModel, requests: Sequence[ChatRequest], tokens: int) -> None:
    """As the reference implementation: processor, model and reply for each question, nothing kept."""
    template = loaded.template
    for start in range(0, len(requests), BATCH):
        batch = requests[start : start + BATCH]
        media = [part.read() for request in batch for part in request.media]
        videos = [item for item in media if hasattr(item, "pixels")]
        sounds = [item.samples for item in media if hasattr(item, "samples")]
        heard = {"audio": sounds, "audio_kwargs": {"sampling_rate": 16_000, "return_tensors": "pt"}} if sounds else {}
        inputs = template.processor(
            text=[template.text(request.messages) for request in batch],
            videos=[video.pixels.copy() for video in videos],
            videos_kwargs=template.video_kwargs(videos) | {"return_tensors": "pt"},
            text_kwargs={"padding": True, "return_tensors": "pt"},
            **heard,
        ).to(loaded.device, torch.bfloat16)
        loaded.forget_rope_deltas()
        with torch.inference_mode():
            written = loaded.model.generate(**inputs, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False)
        template.tokenizer.batch_decode(written[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def score(loaded: LoadedModel, requests: Sequence[ChatRequest]) -> None:
    replies = list(TransformersBackend(loaded, BATCH).answer(requests))
    failures = {reply.failure for reply in replies if reply.failure}
    assert len(replies) == len(requests) and not failures, failures


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and peak memory of the GPU in GiB."""
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    started = time.perf_counter()
    work()
    if on_gpu:
        torch.cuda.synchronize()
    return time.perf_counter() - started, torch.cuda.max_memory_allocated() / 2**30 if on_gpu else 0.0


def compare(family: str, pairs: int, tiny: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loaded = random_model(family, Path(folder), tiny)
    requests = questions(family, pairs)
    size = sum(weights.numel() for weights in loaded.model.parameters()) / 1e9
    print(f"shape of {family}, {size:.2f} billion random weights in bfloat16, {len(requests)} judgements")
    warm = requests[: 2 * BATCH]
    score(loaded, warm)
    took, memory = timed(lambda: score(loaded, requests))
    tokens = next(iter(TransformersBackend(loaded, BATCH).answer(requests[:1]))).tokens_in
    print(f"  prompts of {tokens} tokens")
    print(f"  scoring                    {len(requests) / took:7.2f} judgements a second, {memory:5.1f} GiB")
    generate(loaded, warm[:BATCH], REPLIES[0])
    for length in REPLIES:
        other, memory = timed(lambda length=length: generate(loaded, requests, length))
        print(
            f"  generation, {length:3} tokens     {len(requests) / other:7.2f} judgements a second, {memory:5.1f} GiB; "
            f"scoring is {other / took:.1f} times as fast"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", default=[*SHAPES], metavar="family")
    parser.add_argument("--pairs", type=int, default=64)
    parser.add_argument("--tiny", action="store_true", help="small models, to try the program")
    chosen = parser.parse_args()
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    print(f"{card}; torch {torch.__version__}")
    # To random weights a1, a2 and same are next to nothing, which is no answer: here it is one.
    chat.LEAST_MASS = 0.0
    for family in chosen.families:
        compare(family, chosen.pairs, chosen.tiny)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
