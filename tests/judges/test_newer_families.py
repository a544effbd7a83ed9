"""More families, tiny and with random weights: scored as their own processor has the prompt, alone and in batches."""

import numpy as np
import pytest
import torch
from PIL import Image

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import TransformersBackend
from emoprefer_assets.judges.transformers.loading import load_model
from emoprefer_assets.judges.transformers.prompts import PromptReader
from emoprefer_assets.media import AudioSampling, Frames, Media, MediaReader, VideoSampling, content_hash
from emoprefer_assets.strategies import OPTIONS, Prompts
from tests.judges.newer_families import FRAMES_AS_IMAGES, NEWER, build
from tests.media.files import write_clip, write_sound

NEEDS = {"smolvlm": "num2words", "gemma3n": "timm", "granite_speech": "torchaudio"}
# Its processor takes one prompt with a video at a time.
ONE_BY_ONE = "nemotron_omni"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("newer")


@pytest.fixture(scope="module")
def clips(folder):
    dark, light = (write_clip(folder / f"{shade}.mp4", shade=shade, half=shade > 100) for shade in (10, 120))
    low, high = (write_sound(folder / f"{tone}.wav", tone=tone) for tone in (300, 2000))
    long = write_sound(folder / "long.wav", tone=300, seconds=2)
    return {"dark": (dark, low), "light": (light, low), "dark, other sound": (dark, high), "long": (dark, long)}


@pytest.fixture(scope="module")
def loaded(folder):
    """Models by family; each is built and loaded once."""
    models = {}

    def model(family):
        if family not in models:
            if family in NEEDS:
                pytest.importorskip(NEEDS[family])
            built = build(family, folder / family)
            models[family] = load_model(judge(family, built, batch_size=1 if family == ONE_BY_ONE else 8), folder)
        return models[family]

    return model


def judge(family, model, **keys):
    as_images = {"video_as": "frames"} if family in FRAMES_AS_IMAGES else {}
    return TransformersJudge(
        name=family, backend="transformers", model=str(model), inputs=NEWER[family], **(keys | as_images)
    )


def asked(family, key, files, first="She smiles and seems happy.", second="He is calm, and says so at some length."):
    samplings = {"video": VideoSampling(frames=4), "audio": AudioSampling(16_000)}
    media = tuple(
        Media(file, content_hash(file), samplings[kind], MediaReader())
        for kind, file in zip(("video", "audio"), files, strict=True)
        if kind in NEWER[family]
    )
    messages = Prompts().messages("s1", media, clip="video", a1=first, a2=second)
    return ChatRequest(key, messages, options=OPTIONS)


def scores(loaded, requests, batch_size, share=True):
    replies = {reply.key: reply for reply in TransformersBackend(loaded, batch_size, share).answer(requests)}
    assert [reply.failure for reply in replies.values() if reply.failure] == []
    return np.array([replies[request.key].log_probabilities for request in requests])


def own_scores(loaded, request):
    """By the model's forward pass over what its processor makes of prompt and option."""
    template = loaded.template
    decoded = [media.read() for media in request.media]
    videos = [item for item in decoded if isinstance(item, Frames)]
    given = {"audio": [item.samples for item in decoded if not isinstance(item, Frames)]}
    if template.as_images:
        given["images"] = [[Image.fromarray(frame) for video in videos for frame in video.pixels]]
    elif videos:
        given |= {"videos": [video.pixels.copy() for video in videos], "videos_kwargs": template.video_kwargs(videos)}
    given = {kind: some for kind, some in given.items() if some}
    prompt = template.prompt(request)
    found = []
    for option in ("", *OPTIONS):
        text_kwargs = {"add_special_tokens": template.adds_special_tokens(prompt)}
        inputs = template.processor(text=[prompt + option], return_tensors="pt", text_kwargs=text_kwargs, **given)
        if not option:
            start = inputs["input_ids"].shape[1]
            continue
        with torch.inference_mode():
            logits = loaded.model(**inputs).logits[0, start - 1 : -1].log_softmax(-1)
        found.append(logits.gather(1, inputs["input_ids"][0, start:, None]).sum().item())
    return np.array(found)


@pytest.mark.parametrize("family", NEWER)
def test_a_family_scores_as_its_own_processor_has_the_prompt_alone_and_in_batches(family, loaded, clips):
    model = loaded(family)
    requests = [asked(family, name, files) for name, files in clips.items()]
    requests.append(asked(family, "swapped", clips["dark"], *("He is calm.", "She smiles, and seems happy.")))
    alone = scores(model, requests, batch_size=1)
    own = np.array([own_scores(model, request) for request in requests])
    assert np.abs(alone - own).max() < 1e-4
    if family != ONE_BY_ONE:
        assert np.abs(scores(model, requests, batch_size=4) - alone).max() < 1e-4
        assert np.abs(scores(model, requests, batch_size=4, share=False) - alone).max() < 1e-4
    if "video" in NEWER[family]:
        assert np.abs(alone[0] - alone[1]).max() > 1e-3
    if "audio" in NEWER[family]:
        assert np.abs(alone[0] - alone[2]).max() > 1e-5


def test_what_the_processor_puts_before_every_prompt_stands_before_prompts_without_media_too(loaded, clips):
    model = loaded("molmo2")
    reader, text = PromptReader(model.template), ChatRequest("t", (ChatMessage("user", ("Which one?",)),))
    beginning = model.tokenizer.eos_token_id
    for request in (asked("molmo2", "k", clips["dark"]), text):
        prompt = reader.read(request)
        assert prompt.tokens[0] == beginning != prompt.tokens[1]
    assert reader.read(text).tokens == model.template.processor(text=[model.template.prompt(text)])["input_ids"][0]


def test_nemotron_omni_is_told_the_true_times_of_all_frames(loaded, clips):
    model = loaded("nemotron_omni")
    request = asked("nemotron_omni", "k", clips["dark"])
    text = model.tokenizer.decode(PromptReader(model.template).read(request).tokens)
    times = [f"sampled at {second:.2f} seconds" for second in request.media[0].read().seconds]
    assert len(set(times)) == 4
    assert all(time in text for time in times)


@pytest.mark.parametrize(
    ("family", "heard"), [("gemma3n", 30), ("gemma4", 30), ("gemma4_unified", None), ("audio_flamingo_3", None)]
)
def test_a_sound_that_is_cut_is_said(family, heard, loaded, clips, folder, caplog):
    sound = write_sound(folder / "longer.wav", seconds=31, rate=16_000)
    PromptReader(loaded(family).template).read(asked(family, "k", (clips["dark"][0], sound)))
    assert caplog.messages == ([f"A sound of 31 s: the model hears its first {heard} s."] if heard else [])


def test_clips_that_a_processor_takes_one_by_one_are_not_put_into_batches(loaded, folder):
    entry = judge("nemotron_omni", loaded("nemotron_omni").model.config.name_or_path)
    with pytest.raises(JudgeUnavailable, match=r"several clips in a way of its own. Set `batch_size: 1`"):
        load_model(entry, folder)


@pytest.mark.parametrize(
    ("way", "message"),
    [
        (lambda own: lambda self, text, **given: own(self, text=[f"{one} Hm." for one in text], **given), "makes "),
        (
            lambda own: lambda self, text, **given: own(self, text=text, **given) | {"lengths": [len(text[0])]},
            r"makes of video follows from the words beside it",
        ),
        (lambda own: lambda self, **given: own(self, **given | {"videos": None}), r"takes no made-up video \(ValueEr"),
    ],
)
def test_a_processor_with_a_way_of_its_own_is_refused_at_loading(way, message, loaded, folder, monkeypatch):
    entry = judge("qwen2_vl", loaded("qwen2_vl").model.config.name_or_path)
    kind = type(loaded("qwen2_vl").template.processor)
    monkeypatch.setattr(kind, "__call__", way(kind.__call__))
    with pytest.raises(JudgeUnavailable, match=message) as refused:
        load_model(entry, folder)
    assert "qwen2_vl" in str(refused.value) and "set `backend: openai`" in str(refused.value)
