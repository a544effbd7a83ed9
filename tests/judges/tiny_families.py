"""Every model family that a judge can be of, tiny and randomly initialised: plumbing is proved with these, not quality.

Each is built with its real classes, a tokenizer trained here and a chat template of the family's form, and saved as a
model folder that loads offline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

VIDEO, AUDIO = "video", "audio"
# What each family can be given; "text" needs no media.
FAMILIES: dict[str, tuple[str, ...]] = {
    "qwen2_5_vl": (VIDEO,),
    "qwen3_vl": (VIDEO,),
    "qwen2_5_omni": (VIDEO, AUDIO),
    "qwen3_omni_moe": (VIDEO, AUDIO),
    "qwen2_audio": (AUDIO,),
    "llava_next_video": (VIDEO,),
    "video_llava": (VIDEO,),
    "llava": (VIDEO,),
    "gemma3": (VIDEO,),
    "text": (),
    "granite": (),
    "cohere": (),
}
# Models for images alone, which take frames as such.
OF_IMAGES = ("llava", "gemma3")
CORPUS = [
    "the person in this clip seems happy, then angry, sad, calm; a1 a2 same",
    "Which description fits better? Reply with a1, a2 or same. He smiles and laughs, she frowns.",
    "user assistant system <0.5 seconds> Audio 1: ",
]
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    "{% if part.type == 'video' %}VIDEO{% elif part.type == 'audio' %}AUDIO"
    "{% elif part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
QWEN_SPECIAL = [
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
]
OMNI_TOKENS = {
    "image_token": "<|IMAGE|>",
    "audio_token": "<|AUDIO|>",
    "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
}
OMNI_SLOTS = ("<|vision_bos|><|VIDEO|><|vision_eos|>", "<|audio_bos|><|AUDIO|><|audio_eos|>")
TEXT = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "initializer_range": 0.2,
    "max_position_embeddings": 8192,
}
MROPE = {"rope_type": "default", "mrope_section": [4, 6, 6], "rope_theta": 10_000.0}
# Of Qwen3's models, whose sections alternate: the largest comes first.
INTERLEAVED_MROPE = MROPE | {"mrope_section": [6, 5, 5], "mrope_interleaved": True}
# One temporal patch of 2 frames is this many pixels at least: far below what real checkpoints ask, to stay small.
SIZE = {"shortest_edge": 28 * 28, "longest_edge": 28 * 28 * 64}


def build(family: str, folder: Path, builders: Mapping[str, Callable[[], tuple[Any, Any]]] | None = None) -> Path:
    """Save a tiny model of `family` with its processor into `folder`; `builders` are those here, or others."""
    import torch

    torch.manual_seed(0)
    model, processor = (builders or _BUILDERS)[family]()
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _tokenizer(special: list[str], template: str, eos: str, **tokens: Any) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=["<pad>", *special], initial_alphabet=alphabet)
    # "user" is one token in the real vocabularies, and Omni models look for it.
    tokenizer.train_from_iterator(CORPUS * 3 + ["user"] * 9, trainer)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token=eos, **tokens)
    wrapped.chat_template = template
    return wrapped


def _qwen_tokenizer(video: str = "", audio: str = "", **tokens: Any) -> Any:
    template = CHATML.replace("VIDEO", video).replace("AUDIO", audio)
    return _tokenizer(QWEN_SPECIAL, template, "<|im_end|>", **tokens)


def _ids(tokenizer: Any, **names: str) -> dict[str, int]:
    return {key: tokenizer.convert_tokens_to_ids(token) for key, token in names.items()}


def _text_config(tokenizer: Any) -> dict[str, Any]:
    return TEXT | {
        "vocab_size": len(tokenizer),
        "pad_token_id": 0,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": None,
    }


def _qwen2_5_vl() -> tuple[Any, Any]:
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    tokenizer = _qwen_tokenizer("<|vision_start|><|video_pad|><|vision_end|>")
    config = Qwen2_5_VLConfig(
        text_config=_text_config(tokenizer) | {"rope_parameters": MROPE},
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 64,
            "patch_size": 14,
            "window_size": 56,
            "fullatt_block_indexes": [1],
            "tokens_per_second": 2,
            "initializer_range": 0.2,
        },
        **_ids(
            tokenizer,
            image_token_id="<|image_pad|>",
            video_token_id="<|video_pad|>",
            vision_start_token_id="<|vision_start|>",
            vision_end_token_id="<|vision_end|>",
        ),
    )
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(size=SIZE), tokenizer, Qwen2VLVideoProcessor(size=SIZE), tokenizer.chat_template
    )
    return Qwen2_5_VLForConditionalGeneration(config), processor


def _qwen3_vl() -> tuple[Any, Any]:
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    tokenizer = _qwen_tokenizer("<|vision_start|><|video_pad|><|vision_end|>")
    config = Qwen3VLConfig(
        text_config=_text_config(tokenizer) | {"head_dim": 32, "rope_parameters": INTERLEAVED_MROPE},
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 64,
            "patch_size": 14,
            "deepstack_visual_indexes": [0],
            "num_position_embeddings": 64,
            "initializer_range": 0.2,
        },
        **_ids(
            tokenizer,
            image_token_id="<|image_pad|>",
            video_token_id="<|video_pad|>",
            vision_start_token_id="<|vision_start|>",
            vision_end_token_id="<|vision_end|>",
        ),
    )
    video = Qwen3VLVideoProcessor(size={k: 8 * v for k, v in SIZE.items()}, patch_size=14)
    image = Qwen2VLImageProcessor(size=SIZE, patch_size=14)
    return Qwen3VLForConditionalGeneration(config), Qwen3VLProcessor(image, tokenizer, video, tokenizer.chat_template)


def _qwen2_5_omni() -> tuple[Any, Any]:
    from transformers import (
        Qwen2_5OmniProcessor,
        Qwen2_5OmniThinkerConfig,
        Qwen2_5OmniThinkerForConditionalGeneration,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
        WhisperFeatureExtractor,
    )

    tokenizer = _qwen_tokenizer(*OMNI_SLOTS, extra_special_tokens=OMNI_TOKENS)
    config = Qwen2_5OmniThinkerConfig(
        text_config=_text_config(tokenizer) | {"rope_parameters": MROPE},
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 64,
            "patch_size": 14,
            "window_size": 56,
            "fullatt_block_indexes": [1],
            "tokens_per_second": 25,
        },
        audio_config={
            "d_model": 32,
            "encoder_layers": 1,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 48,
            "output_dim": 64,
            "num_mel_bins": 128,
            "max_source_positions": 1500,
            "n_window": 100,
        },
        initializer_range=0.2,
        **_ids(
            tokenizer,
            image_token_id="<|IMAGE|>",
            video_token_id="<|VIDEO|>",
            audio_token_id="<|AUDIO|>",
            audio_start_token_id="<|audio_bos|>",
            audio_end_token_id="<|audio_eos|>",
            user_token_id="user",
            vision_start_token_id="<|vision_bos|>",
            vision_end_token_id="<|vision_eos|>",
        ),
    )
    processor = Qwen2_5OmniProcessor(
        Qwen2VLImageProcessor(size=SIZE),
        Qwen2VLVideoProcessor(size=SIZE),
        WhisperFeatureExtractor(feature_size=128),
        tokenizer,
        tokenizer.chat_template,
    )
    return Qwen2_5OmniThinkerForConditionalGeneration(config), processor


def _qwen3_omni_moe() -> tuple[Any, Any]:
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
        Qwen3OmniMoeProcessor,
        Qwen3OmniMoeThinkerConfig,
        Qwen3OmniMoeThinkerForConditionalGeneration,
        WhisperFeatureExtractor,
    )

    tokenizer = _qwen_tokenizer(*OMNI_SLOTS, extra_special_tokens=OMNI_TOKENS)
    config = Qwen3OmniMoeThinkerConfig(
        text_config=_text_config(tokenizer)
        | {
            "head_dim": 32,
            "rope_parameters": INTERLEAVED_MROPE,
            "num_experts": 4,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 48,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 64,
            "patch_size": 14,
            "deepstack_visual_indexes": [0],
            "num_position_embeddings": 64,
        },
        audio_config={
            "d_model": 32,
            "encoder_layers": 1,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 48,
            "output_dim": 64,
            "num_mel_bins": 128,
            "max_source_positions": 1500,
            "downsample_hidden_size": 16,
        },
        initializer_range=0.2,
        **_ids(
            tokenizer,
            image_token_id="<|IMAGE|>",
            video_token_id="<|VIDEO|>",
            audio_token_id="<|AUDIO|>",
            audio_start_token_id="<|audio_bos|>",
            user_token_id="user",
            vision_start_token_id="<|vision_bos|>",
        ),
    )
    processor = Qwen3OmniMoeProcessor(
        Qwen2VLImageProcessor(size=SIZE),
        Qwen2VLVideoProcessor(size=SIZE),
        WhisperFeatureExtractor(feature_size=128),
        tokenizer,
        tokenizer.chat_template,
    )
    return Qwen3OmniMoeThinkerForConditionalGeneration(config), processor


def _qwen2_audio() -> tuple[Any, Any]:
    from transformers import (
        Qwen2AudioConfig,
        Qwen2AudioForConditionalGeneration,
        Qwen2AudioProcessor,
        WhisperFeatureExtractor,
    )

    tokenizer = _qwen_tokenizer(audio="<|audio_bos|><|AUDIO|><|audio_eos|>\n")
    config = Qwen2AudioConfig(
        text_config=_text_config(tokenizer) | {"model_type": "qwen2"},
        audio_config={
            "d_model": 32,
            "encoder_layers": 1,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 48,
            "num_mel_bins": 128,
            "max_source_positions": 1500,
            "initializer_range": 0.2,
        },
        audio_token_index=tokenizer.convert_tokens_to_ids("<|AUDIO|>"),
    )
    processor = Qwen2AudioProcessor(WhisperFeatureExtractor(feature_size=128), tokenizer, tokenizer.chat_template)
    return Qwen2AudioForConditionalGeneration(config), processor


LLAVA = (
    "{% for message in messages %}{{ message.role.upper() }}: "
    "{% for part in message.content %}{% if part.type == 'video' %}<video>\n{% endif %}{% endfor %}"
    "{% for part in message.content %}{% if part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %} {% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
CLIP = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "patch_size": 14,
    "projection_dim": 32,
    "initializer_range": 0.2,
}


def _llava_tokenizer() -> Any:
    return _tokenizer(["</s>", "<image>", "<video>"], LLAVA, "</s>")


def _llava_next_video() -> tuple[Any, Any]:
    from transformers import (
        LlavaNextImageProcessor,
        LlavaNextVideoConfig,
        LlavaNextVideoForConditionalGeneration,
        LlavaNextVideoProcessor,
        LlavaNextVideoVideoProcessor,
    )

    tokenizer, side = _llava_tokenizer(), 56
    config = LlavaNextVideoConfig(
        text_config=_text_config(tokenizer) | {"model_type": "llama"},
        vision_config=CLIP | {"model_type": "clip_vision_model", "image_size": side},
        image_grid_pinpoints=[[side, side]],
        **_ids(tokenizer, image_token_index="<image>", video_token_index="<video>"),
    )
    processor = LlavaNextVideoProcessor(
        LlavaNextVideoVideoProcessor(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}, do_center_crop=True
        ),
        LlavaNextImageProcessor(size={"shortest_edge": side}, image_grid_pinpoints=[[side, side]]),
        tokenizer,
        tokenizer.chat_template,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )
    return LlavaNextVideoForConditionalGeneration(config), processor


def _video_llava() -> tuple[Any, Any]:
    from transformers import (
        VideoLlavaConfig,
        VideoLlavaForConditionalGeneration,
        VideoLlavaImageProcessor,
        VideoLlavaProcessor,
        VideoLlavaVideoProcessor,
    )

    tokenizer, side = _llava_tokenizer(), 28
    square = {"height": side, "width": side}
    config = VideoLlavaConfig(
        text_config=_text_config(tokenizer) | {"model_type": "llama"},
        vision_config=CLIP | {"model_type": "clip_vision_model", "image_size": side},
        **_ids(tokenizer, image_token_index="<image>", video_token_index="<video>"),
    )
    processor = VideoLlavaProcessor(
        VideoLlavaImageProcessor(size={"shortest_edge": side}, crop_size=square),
        VideoLlavaVideoProcessor(size={"shortest_edge": side}, crop_size=square),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=tokenizer.chat_template,
        num_additional_image_tokens=1,
    )
    return VideoLlavaForConditionalGeneration(config), processor


def _llava() -> tuple[Any, Any]:
    from transformers import CLIPImageProcessor, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor

    template = LLAVA.replace("'video'", "'image'").replace("<video>", "<image>")
    tokenizer, side = _tokenizer(["</s>", "<image>"], template, "</s>"), 28
    config = LlavaConfig(
        text_config=_text_config(tokenizer) | {"model_type": "llama"},
        vision_config=CLIP | {"model_type": "clip_vision_model", "image_size": side},
        **_ids(tokenizer, image_token_index="<image>"),
    )
    processor = LlavaProcessor(
        CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side}),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=template,
        num_additional_image_tokens=1,
    )
    return LlavaForConditionalGeneration(config), processor


GEMMA = (
    "{{ bos_token }}{% for message in messages %}<start_of_turn>{{ message.role }}\n"
    "{% for part in message.content %}{% if part.type == 'image' %}<start_of_image>"
    "{% elif part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
GEMMA_TOKENS = {"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"}


def _gemma3() -> tuple[Any, Any]:
    """Images look at themselves in both directions, so the model is told which tokens are theirs."""
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3ImageProcessor, Gemma3Processor

    special = ["<bos>", "<start_of_turn>", "<end_of_turn>", *GEMMA_TOKENS.values()]
    tokenizer = _tokenizer(special, GEMMA, "<end_of_turn>", bos_token="<bos>", extra_special_tokens=GEMMA_TOKENS)
    rope = {"rope_type": "default", "rope_theta": 10_000.0}
    text = {
        "bos_token_id": tokenizer.bos_token_id,
        "head_dim": 32,
        "layer_types": ["sliding_attention", "full_attention"],
        "rope_parameters": {"sliding_attention": rope, "full_attention": rope},
        "query_pre_attn_scalar": 32,
        "sliding_window": 512,
    }
    tower = CLIP | {"model_type": "siglip_vision_model", "image_size": 56, "vision_use_head": False}
    config = Gemma3Config(
        text_config=_text_config(tokenizer) | text,
        vision_config={name: value for name, value in tower.items() if name != "projection_dim"},
        mm_tokens_per_image=4,
        # Tied to its embeddings, a random head repeats what it reads.
        tie_word_embeddings=False,
        **_ids(
            tokenizer,
            boi_token_index="<start_of_image>",
            eoi_token_index="<end_of_image>",
            image_token_index="<image_soft_token>",
        ),
    )
    images, model = Gemma3ImageProcessor(size={"height": 56, "width": 56}), Gemma3ForConditionalGeneration(config)
    # It starts at zero, and images would say nothing.
    model.model.multi_modal_projector.mm_input_projection_weight.data.normal_(std=0.2)
    return model, Gemma3Processor(images, tokenizer, image_seq_length=4, chat_template=GEMMA)


def _text() -> tuple[Any, Any]:
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _qwen_tokenizer()
    return LlamaForCausalLM(LlamaConfig(**_text_config(tokenizer))), tokenizer


def _granite() -> tuple[Any, Any]:
    """Divides its logits."""
    from transformers import GraniteConfig, GraniteForCausalLM

    tokenizer = _qwen_tokenizer()
    return GraniteForCausalLM(GraniteConfig(**_text_config(tokenizer), logits_scaling=8.0)), tokenizer


def _cohere() -> tuple[Any, Any]:
    """Multiplies its logits."""
    from transformers import CohereConfig, CohereForCausalLM

    tokenizer = _qwen_tokenizer()
    return CohereForCausalLM(CohereConfig(**_text_config(tokenizer), logit_scale=0.0625)), tokenizer


_BUILDERS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "qwen2_5_vl": _qwen2_5_vl,
    "qwen3_vl": _qwen3_vl,
    "qwen2_5_omni": _qwen2_5_omni,
    "qwen3_omni_moe": _qwen3_omni_moe,
    "qwen2_audio": _qwen2_audio,
    "llava_next_video": _llava_next_video,
    "video_llava": _video_llava,
    "llava": _llava,
    "gemma3": _gemma3,
    "text": _text,
    "granite": _granite,
    "cohere": _cohere,
}
