"""A question is built once, whatever asks it, and carries its reply; a clip is decoded once."""

from collections import Counter

import pandas as pd
import pytest

from emoprefer_assets.asking import Part, answer, missing_calls
from emoprefer_assets.asking.questions import Prompter
from emoprefer_assets.judges import ChatReply, read_registry
from emoprefer_assets.judges.loading import Models
from emoprefer_assets.media import Media, _reader, content_hash
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.strategies import ALL, DESCRIBE, REASON
from tests.media.files import write_clip

JUDGES = """\
judges:
  - {{name: reader, backend: transformers, model: tiny, max_new_tokens: 8{keys}}}
  - {{name: seer, backend: transformers, model: tiny, inputs: [video, audio], frames: 4, max_side: 56, external: reader,
     max_new_tokens: 8{keys}}}
"""
CLIPS = ("clip1", "clip2", "clip3")
SAMPLED = ", temperature: 0.7, read: reply"


class Listener:
    """Takes in all that it is shown, and has an answer to everything."""

    def answer(self, requests):
        for request in requests:
            for message in request.messages:
                for part in message.parts:
                    if isinstance(part, Media):
                        part.read()
            scores = tuple(-1.0 - place for place in range(len(request.options)))
            yield ChatReply(request.key, "" if scores else f"a1, as {request.key} shows", scores)


@pytest.fixture
def seer(settings, tmp_path, monkeypatch):
    """Registers a judge with eyes, ears and an external model, and says what it is to be asked."""
    weights = tmp_path / "models" / "tiny"
    weights.mkdir(parents=True)
    (weights / "config.json").write_text('{"model_type": "tiny"}')
    (weights / "model.safetensors").write_bytes(b"weights")
    monkeypatch.setenv("EMOPREFER_MODELS", str(weights.parent))
    monkeypatch.setattr(Models, "backend_of", lambda *_: Listener())
    rows = []
    for place, name in enumerate(CLIPS):
        file = write_clip(tmp_path / "video" / f"{name}.mp4", shade=40 * place, tone=300.0 + 200 * place)
        media = {kind: str(file) for kind in ("video", "audio")}
        known = {
            f"{kind}_{what}": value
            for kind in media
            for what, value in (("content", content_hash(file)), ("problem", None))
        }
        rows.append({"clip_id": name} | media | known)

    def register(keys=""):
        settings.judges_file.write_text(JUDGES.format(keys=keys))
        judge = read_registry(settings.judges_file)["seer"]
        assert list(ALL) == list(judge.strategies)
        return judge, parts(), pd.DataFrame(rows), Run(current_settings())

    return register


def pairs(kind, each):
    """So many pairs on every clip."""
    return pd.DataFrame(
        [
            {"pair_id": f"{kind} {clip} {n}", "clip_id": clip, "a1": f"Glad in {clip}, {n}.", "a2": f"Sad, {kind} {n}."}
            for n in range(each)
            for clip in CLIPS
        ]
    )


def parts():
    """All that a judge is asked in one run."""
    of_data_set = pairs("pair", 4)
    return [
        Part("descriptions", DESCRIBE, of_data_set),
        Part("reasonings", REASON, of_data_set),
        *(Part(f"{name}_predictions", strategy, of_data_set) for name, strategy in ALL.items()),
        Part("robustness_predictions", ALL["s1"], pairs("edit", 2), of_data_set=False),
        Part("probe_verdicts", ALL["s1"], pairs("probe", 2), (False,), of_data_set=False),
    ]


@pytest.fixture
def built(monkeypatch):
    """How often the request of each key was built."""
    built = Counter()
    keyed = Prompter._keyed

    def counted(self, request):
        found = keyed(self, request)
        built[found.key] += 1
        return found

    monkeypatch.setattr(Prompter, "_keyed", counted)
    return built


@pytest.fixture
def decoded(monkeypatch):
    """How often the frames and the sound of each file were decoded."""
    decoded = Counter()
    for name in ("read_frames", "read_sound"):
        read = getattr(_reader, name)

        def counted(file, *more, read=read, name=name):
            decoded[name, file.name] += 1
            return read(file, *more)

        monkeypatch.setattr(_reader, name, counted)
    return decoded


@pytest.mark.parametrize("keys", ["", SAMPLED])
def test_every_request_is_built_once_in_a_first_run_and_where_all_is_cached(seer, built, decoded, keys):
    judge, asked, clips, run = seer(keys)
    answered = list(answer(judge, asked, clips, run))
    assert [found.table for found in answered] == [part.table for part in asked]
    assert not any(found.unanswered for found in answered)
    assert built.total() <= 1.1 * len(built)
    assert set(decoded.values()) == {1}
    assert len(decoded) == 2 * len(CLIPS)
    calls = run.tally_of("seer").all_calls
    assert calls == len(built)

    built.clear(), decoded.clear()
    run = Run(run.settings)
    cached = list(answer(judge, asked, clips, run))
    assert (run.tally_of("seer").all_calls, run.tally_of("seer").from_cache) == (0, calls)
    assert built.total() <= 1.1 * len(built) and len(built) == calls
    assert not decoded
    for first, second in zip(answered, cached, strict=True):
        pd.testing.assert_frame_equal(first.rows, second.rows)


def test_of_what_is_missing_each_clip_is_decoded_once_and_no_other(seer, built, decoded):
    judge, asked, clips, run = seer()
    without = [Part(part.table, part.asks, part.pairs[part.pairs["clip_id"] != "clip2"], part.orders) for part in asked]
    list(answer(judge, without, clips, run))
    built.clear(), decoded.clear()
    list(answer(judge, asked, clips, run))
    assert built.total() <= 1.1 * len(built)
    assert {file for _, file in decoded} == {"clip2.mp4"} and set(decoded.values()) == {1}


def test_a_dry_run_builds_every_request_once_and_decodes_nothing(seer, built, decoded):
    judge, asked, clips, run = seer()
    planned = missing_calls(judge, asked, clips, run)
    assert built.total() <= 1.1 * len(built)
    assert not decoded
    list(answer(judge, asked, clips, run))
    assert planned.calls == run.tally_of("seer").calls
