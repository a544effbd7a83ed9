"""Families whose processors go ways of their own, tiny and with random weights: scored as their own processor has them."""

import importlib.util

import numpy as np
import pytest
import torch

from emoprefer_assets.judges import ChatRequest
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import TransformersBackend
from emoprefer_assets.judges.transformers.loading import load_model
from emoprefer_assets.media import AudioSampling, Frames, Media, MediaReader, VideoSampling, content_hash
from emoprefer_assets.strategies import OPTIONS, Prompts
from tests.judges.newer_families import NEWER, build
from tests.media.files import write_clip, write_sound

NEEDS = {"smolvlm": "num2words"}
FAMILIES = [
    pytest.param(
        family,
        marks=pytest.mark.skipif(
            family in NEEDS and importlib.util.find_spec(NEEDS[family]) is None,
            reason=f"{NEEDS.get(family)} is not installed",
        ),
    )
    for family in NEWER
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("newer")


@pytest.fixture(scope="module")
def clips(folder):
    dark, light = (write_clip(folder / f"{shade}.mp4", shade=shade) for shade in (10, 120))
    low, high = (write_sound(folder / f"{tone}.wav", tone=tone) for tone in (300, 2000))
    return {"dark": (dark, low), "light": (light, low), "dark, other sound": (dark, high)}


@pytest.fixture(scope="module")
def loaded(folder):
    """Models by family; each is built and loaded once."""
    models = {}

    def model(family):
        if family not in models:
            built = build(family, folder / family)
            models[family] = load_model(judge(family, built), folder)
        return models[family]

    return model


def judge(family, model):
    return TransformersJudge(name=family, backend="transformers", model=str(model), inputs=NEWER[family])


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
    sounds = [item.samples for item in decoded if not isinstance(item, Frames)]
    given = {"videos": [video.pixels.copy() for video in videos], "videos_kwargs": template.video_kwargs(videos)}
    if sounds:
        given |= {"audio": sounds}
    prompt = template.prompt(request)
    found, start = [], 0
    for option in ("", *OPTIONS):
        text_kwargs = {"add_special_tokens": template.adds_special_tokens(prompt)}
        inputs = template.processor(text=[prompt + option], return_tensors="pt", text_kwargs=text_kwargs, **given)
        inputs = {name: value for name, value in inputs.items() if name not in ("video_metadata",)}
        if not option:
            start = inputs["input_ids"].shape[1]
            continue
        with torch.inference_mode():
            logits = loaded.model(**inputs).logits[0, start - 1 : -1].log_softmax(-1)
        found.append(logits.gather(1, inputs["input_ids"][0, start:, None]).sum().item())
    return np.array(found)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_scores_as_its_own_processor_has_the_prompt_alone_and_in_batches(family, loaded, clips):
    model = loaded(family)
    requests = [asked(family, name, files) for name, files in clips.items()]
    requests.append(asked(family, "swapped", clips["dark"], *("He is calm.", "She smiles, and seems happy.")))
    alone = scores(model, requests, batch_size=1)
    own = np.array([own_scores(model, request) for request in requests])
    assert np.abs(alone - own).max() < 1e-4
    assert np.abs(scores(model, requests, batch_size=4) - alone).max() < 1e-4
    assert np.abs(scores(model, requests, batch_size=4, share=False) - alone).max() < 1e-4
    assert np.abs(alone[0] - alone[1]).max() > 1e-3
    if "audio" in NEWER[family]:
        assert np.abs(alone[0] - alone[2]).max() > 1e-5
