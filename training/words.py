"""The tiny judges' tokenizer: words of the descriptions, and each fixed sentence of our prompts as one token."""

from __future__ import annotations

import random
import re
from typing import Any

from emoprefer_assets.strategies.prompts import OURS
from synthesis.descriptions import describe
from training.scenes import scene
from training.tasks import any_system, own_description

CLIP_WORDS = ("silent video", "recording", "video with its sound")
VOCABULARY = 1_400
CORPUS = 4_000

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    "{% if part.type == 'video' %}VIDEO{% elif part.type == 'audio' %}AUDIO"
    "{% elif part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTROL = (
    "<|im_start|>",
    "<|im_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_bos|>",
    "<|vision_eos|>",
    "<|IMAGE|>",
    "<|VIDEO|>",
    "<|AUDIO|>",
    "<|audio_bos|>",
    "<|audio_eos|>",
)


def tokenizer(video: str, audio: str, **tokens: Any) -> Any:
    """
    Args:
        video, audio: what stands for them in the chat template.
        tokens: control tokens by the names that a processor looks for.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    # Digits stand alone, so that a1 and a2 differ in their last token as in the large models' tokenizers.
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        [*_texts(), *["user", "assistant", "same", "a1", "a2", "yes", "no"] * 50],
        trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=["<pad>", *CONTROL],
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        ),
    )
    made.add_tokens([AddedToken(sentence, normalized=False) for sentence in fixed_sentences()])
    wrapped = PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<|im_end|>", **tokens)
    wrapped.chat_template = CHATML.replace("VIDEO", video).replace("AUDIO", audio)
    return wrapped


def fixed_sentences() -> list[str]:
    """What our prompts say every time, sentence by sentence."""
    found: dict[str, None] = {}
    for file in sorted(OURS.glob("*.jinja")):
        for words in CLIP_WORDS:
            source = re.sub(r"\{\{ *clip *\}\}", words, file.read_text(encoding="utf-8"))
            for piece in re.split(r"\{\{.*?\}\}|\n+", source):
                for sentence in re.split(r"(?<=[.:?!]) ", piece.strip()):
                    if " " in sentence:
                        found.setdefault(sentence)
    return list(found)


def _texts() -> list[str]:
    dice = random.Random(0)
    texts = []
    for number in range(CORPUS):
        one = scene(number, dice)
        texts += [describe(one, any_system(dice), dice).text, own_description(one, ("video", "audio"))]
    return texts
