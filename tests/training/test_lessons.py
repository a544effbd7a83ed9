"""The lessons are what the judges will be asked, token by token, about people who are not in the sample."""

import random

import numpy as np
import pytest
import torch

from emoprefer_assets.judges import ChatRequest
from emoprefer_assets.judges.chat_template import load_template
from emoprefer_assets.judges.transformers.prompts import PromptReader
from emoprefer_assets.media import Media, MediaReader, content_hash
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.strategies import OPTIONS, Prompts
from synthesis.faces import LOOKS
from synthesis.scenarios import CARRIERS, EMOTIONS, NEUTRAL_LINES, SPEAKERS
from synthesis.voices import ENGLISH, VARIANTS
from training.bank import Bank
from training.batches import CLIP_WORD, Batcher, Seen, varied_frames, varied_spectra
from training.given import AUDIO, STEPS, VIDEO
from training.learning import disagreement
from training.models import EARS, INPUTS, build, ears
from training.scenes import ACCENTS, TRAINING_LOOKS, line, name, scene
from training.scenes import VARIANTS as TRAINING_VARIANTS
from training.tasks import claims_of, describing, in_the_other_order, judging, own_description
from training.transplants import transplant, transplant_back

CLIP = PROJECT / "data" / "sample" / "video" / "sample_006.mp4"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Each model with random weights, and what its folder says of how it is spoken to."""
    found = {}
    for one in INPUTS:
        model, processor = build(one)
        folder = tmp_path_factory.mktemp(one)
        model.config.save_pretrained(folder)
        processor.save_pretrained(folder)
        found[one] = model, load_template(folder, trust_remote_code=False)
    return found


@pytest.fixture(scope="module")
def seen():
    """A clip of the sample, decoded as the judges get it."""
    with MediaReader() as reader:
        media = {
            kind: Media(CLIP, content_hash(CLIP), sampling, reader)
            for kind, sampling in {"video": VIDEO, "audio": AUDIO}.items()
        }
        frames, sound = media["video"].read(), media["audio"].read()
        heard = ears()(sound.samples, sampling_rate=sound.rate, return_attention_mask=True, return_tensors="np")
        yield (
            media,
            {
                "video": {
                    "frames": frames.pixels.astype(np.float32),
                    "spacing": float(frames.seconds[-1] - frames.seconds[0]) / (len(frames.seconds) - 1),
                },
                "audio": {"spectra": heard["input_features"][0], "steps": int(heard["attention_mask"].sum())},
            },
        )


@pytest.mark.parametrize("judge", INPUTS)
@pytest.mark.parametrize("template", ["describe", "s1", "s2"])
def test_a_lesson_has_the_tokens_and_tensors_of_the_products_question(built, seen, judge, template):
    model, spoken = built[judge]
    batcher = Batcher(model, spoken, INPUTS[judge], None, None)
    media, shown = seen
    dice = random.Random(1)
    task = next(
        task
        for number in range(1000)
        if (
            task := (describing if template == "describe" else judging)(scene(number, dice), INPUTS[judge], dice)
        ).template
        == template
    )
    messages = Prompts().messages(
        template, [media[kind] for kind in INPUTS[judge]], clip=CLIP_WORD[INPUTS[judge]], **task.values
    )
    prompt = PromptReader(spoken).read(ChatRequest(key="", messages=messages))
    one = Seen(**{name: value for kind in INPUTS[judge] for name, value in shown[kind].items()})
    ours = batcher.media_inputs(one)
    assert ours.stand_ins == prompt.media.stand_ins
    assert ours.tensors.keys() == prompt.media.tensors.keys()
    for name_, tensor in ours.tensors.items():
        assert torch.allclose(tensor.double(), prompt.media.tensors[name_].double(), atol=1e-6), name_
    batch = batcher.batch([task], [one])
    reply = spoken.tokenizer(task.answer + "<|im_end|>", add_special_tokens=False)["input_ids"]
    assert batch.inputs["input_ids"][0].tolist() == prompt.tokens + reply
    assert batch.answers[:, 2].tolist() == reply


def test_a1_and_a2_differ_in_their_last_token(built):
    for _, spoken in built.values():
        assert [spoken.tokenizer.tokenize(word) for word in OPTIONS] == [["a", "1"], ["a", "2"], ["same"]]


def test_nobody_and_nothing_of_the_sample_is_trained_on():
    dice = random.Random(2)
    names, lines = {name(dice) for _ in range(5000)}, {line(dice) for _ in range(5000)}
    assert not names & set(SPEAKERS)
    assert not lines & {*NEUTRAL_LINES, *(said for emotion in EMOTIONS for said in emotion.lines)}
    assert not set(TRAINING_VARIANTS) & set(VARIANTS) and ENGLISH not in ACCENTS
    for part in ("skin", "hair", "clothes", "walls"):
        assert not set(getattr(TRAINING_LOOKS, part)) & set(getattr(LOOKS, part))
    assert TRAINING_LOOKS.head_width[1] < LOOKS.head_width[0]


def test_length_does_not_give_the_answer_away():
    dice = random.Random(3)
    tasks = [judging(scene(number, dice), ("video", "audio"), dice) for number in range(3000)]
    decided = [task for task in tasks if task.answer != "same"]
    longer = [(len(task.values["a1"]) > len(task.values["a2"])) == (task.answer == "a1") for task in decided]
    assert abs(np.mean(longer) - 0.5) < 0.03
    assert abs(np.mean([task.answer == "a1" for task in decided]) - 0.5) < 0.03


def test_in_the_other_order_the_same_description_is_the_better_one():
    dice = random.Random(7)
    for number in range(200):
        task = judging(scene(number, dice), ("video", "audio"), dice)
        other = in_the_other_order(task)
        assert (other.values["a1"], other.values["a2"]) == (task.values["a2"], task.values["a1"])
        assert (other.claims["a1"], other.qualities["a2"]) == (task.claims["a2"], task.qualities["a1"])
        assert {task.answer, other.answer} in ({"a1", "a2"}, {"same"})
        assert in_the_other_order(other) == task


def test_some_pairs_differ_only_in_that_one_leaves_out_the_face_or_the_voice():
    dice = random.Random(8)
    left_out = 0
    for number in range(400):
        shown = scene(number, dice)
        task = judging(shown, ("video", "audio"), dice)
        if all(claim.holds for said in task.claims.values() for claim in said):
            counts = {name_: len(said) for name_, said in task.claims.items()}
            if sorted(counts.values()) == [3, 4]:
                left_out += 1
                assert counts[task.answer] == 4
    assert left_out > 20


def test_both_orders_disagree_by_nothing_where_the_answers_are_each_others_mirror(built):
    """The state is all that the output layer sees: what it answers can be set by hand."""
    model, spoken = built["tiny_video"]
    batcher = Batcher(model, spoken, ("video",), None, None)
    dice = random.Random(9)
    task = next(
        task for number in range(100) if (task := judging(scene(number, dice), ("video",), dice)).answer == "a1"
    )
    batch = batcher.batch([task, in_the_other_order(task)], [None, None])
    _, one, two, _ = batch.options
    directions = model.get_output_embeddings().weight.detach()
    hidden = torch.zeros(*batch.inputs["input_ids"].shape, directions.shape[1])
    assert disagreement(model, hidden, batch).item() == pytest.approx(0.0, abs=1e-6)
    toward_first = directions[one] - directions[two]
    # The second token of the reply is read off its first.
    (first_row, second_row) = (batch.answers[batch.answers[:, 0] == row] for row in (0, 1))
    hidden[0, int(first_row[1, 1])] = toward_first
    hidden[1, int(second_row[1, 1])] = -toward_first
    assert disagreement(model, hidden, batch).item() == pytest.approx(0.0, abs=1e-6)
    hidden[1, int(second_row[1, 1])] = toward_first
    assert disagreement(model, hidden, batch).item() > 1e-4


def test_claims_are_right_where_they_are_what_the_scene_shows():
    dice = random.Random(4)
    for number in range(200):
        shown = scene(number, dice)
        right = own_description(shown, ("video", "audio"))
        assert [claim.holds for claim in claims_of(right, shown)] == [True] * (2 + len(shown.carriers))
        other = next(emotion.name for emotion in EMOTIONS if emotion.name != shown.emotion)
        wrong = claims_of(right.replace(shown.emotion, other), shown)
        assert [claim.holds for claim in wrong[:2]] == [True, False]


def test_scenes_are_carried_as_in_the_sample():
    dice = random.Random(5)
    carried = [scene(number, dice).carried_by for number in range(4000)]
    for carrier, share in CARRIERS.items():
        assert carried.count(carrier) / 4000 == pytest.approx(share / 20, abs=0.03)


def test_variation_keeps_shape_and_silence():
    frames = np.full((4, 84, 84, 3), 100.0, dtype=np.float32)
    assert varied_frames(frames, random.Random(6)).shape == frames.shape
    spectra = np.full((128, STEPS), -0.5, dtype=np.float32)
    spectra[:, :100] = 1.0
    varied = varied_spectra(spectra, 100, random.Random(6))
    assert varied[:, 110:].mean() < -0.3 and varied[:, :90].mean() > 0.5


def test_the_two_towers_see_and_hear_in_omni_as_they_did_alone():
    (video, _), (audio, _), (omni, _) = (build(one) for one in ("tiny_video", "tiny_audio", "tiny_omni"))
    transplant(omni, video.state_dict(), audio.state_dict())
    pixels, grid = torch.randn(72, 1176), torch.tensor([[2, 6, 6]])
    seen_alone = video.model.visual(pixels, grid_thw=grid).pooler_output
    assert torch.equal(seen_alone, omni.model.visual(pixels, grid_thw=grid).pooler_output)
    sound, whole = torch.randn(1, EARS["num_mel_bins"], STEPS), torch.ones(1, STEPS, dtype=torch.long)
    alone = audio.model.multi_modal_projector(audio.model.audio_tower(sound).last_hidden_state)[0]
    together = omni.get_audio_features(sound, feature_attention_mask=whole).pooler_output
    assert torch.allclose(alone, together, atol=1e-5)
    again, _ = build("tiny_video")
    transplant_back(again, omni.state_dict())
    assert all(torch.equal(weights, again.state_dict()[name_]) for name_, weights in video.state_dict().items())


def test_a_bank_finds_what_shows_a_phrase_in_an_intensity():
    bank = Bank(np.zeros((4, 1)), np.zeros(4), np.array([3, 3, 5, 3]), np.array([0, 1, 1, 1]))
    assert bank.places(3, 1).tolist() == [1, 3]
    assert bank.part(slice(0, 2)).places(3, 1).tolist() == [1]
