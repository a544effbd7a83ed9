"""More model families, tiny and randomly initialised, whose processors go ways of their own (see `tiny_families`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.judges.tiny_families import AUDIO, MROPE, SIZE, VIDEO, _ids, _text_config, _tokenizer

# What each family is given.
NEWER: dict[str, tuple[str, ...]] = {
    "molmo2": (VIDEO,),
    "smolvlm": (VIDEO,),
    "gemma4": (VIDEO, AUDIO),
    "ernie4_5_vl": (VIDEO,),
    "minicpm_v4_6": (VIDEO,),
}
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% for part in message.content %}{% if part.type == 'video' %}VIDEO{% elif part.type == 'audio' %}AUDIO"
    "{% elif part.type == 'image' %}IMAGE{% elif part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TURNS = ["<|im_start|>", "<|im_end|>"]


def build(family: str, folder: Path) -> Path:
    """Save a tiny model of `family` with its processor into `folder`."""
    import torch

    torch.manual_seed(0)
    model, processor = _BUILDERS[family]()
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _speaking(special: list[str], video: str = "", audio: str = "", image: str = "", **tokens: Any) -> Any:
    template = TEMPLATE.replace("VIDEO", video).replace("AUDIO", audio).replace("IMAGE", image)
    return _tokenizer([*TURNS, *special], template, "<|im_end|>", **tokens)


def _molmo2() -> tuple[Any, Any]:
    """Its processor puts a token before every prompt that neither the template nor the tokenizer does."""
    from transformers import (
        Molmo2Config,
        Molmo2ForConditionalGeneration,
        Molmo2ImageProcessor,
        Molmo2Processor,
        Molmo2VideoProcessor,
    )

    parts = ["<im_patch>", "<im_col>", "<im_start>", "<low_res_im_start>", "<frame_start>", "<im_end>", "<frame_end>"]
    tokenizer = _speaking([*parts, "<im_low>", "<|image|>", "<|video|>"], video="<|video|>")
    tower = {"hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 2, "num_key_value_heads": 2}
    config = Molmo2Config(
        text_config=_text_config(tokenizer) | {"head_dim": 32, "additional_vocab_size": 0},
        vision_config=tower | {"num_hidden_layers": 2, "head_dim": 16, "image_size": [56, 56], "initializer_range": 0.2},
        adapter_config=tower | {"head_dim": 16, "text_hidden_size": 64, "vision_feature_layer": [1, 0]},
        **_ids(
            tokenizer,
            image_start_token_id="<im_start>",
            low_res_image_start_token_id="<low_res_im_start>",
            image_end_token_id="<im_end>",
            image_patch_id="<im_patch>",
            frame_start_token_id="<frame_start>",
            frame_end_token_id="<frame_end>",
        ),
    )
    size = {"height": 56, "width": 56}
    processor = Molmo2Processor(
        Molmo2ImageProcessor(size=size),
        Molmo2VideoProcessor(size=size, pooling_size=[2, 2]),
        tokenizer,
        tokenizer.chat_template,
    )
    return Molmo2ForConditionalGeneration(config), processor


def _smolvlm() -> tuple[Any, Any]:
    from transformers import (
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    special = ["<image>", "<video>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"]
    tokenizer = _speaking(special, video="<video>")
    config = SmolVLMConfig(
        text_config=_text_config(tokenizer) | {"model_type": "llama"},
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 56,
            "patch_size": 14,
            "initializer_range": 0.2,
        },
        scale_factor=2,
        **_ids(tokenizer, image_token_id="<image>"),
    )
    edge = {"longest_edge": 56}
    processor = SmolVLMProcessor(
        SmolVLMImageProcessor(size=edge, max_image_size=edge),
        tokenizer,
        SmolVLMVideoProcessor(size=edge, max_image_size=edge, num_frames=8, fps=1),
        image_seq_len=4,
        chat_template=tokenizer.chat_template,
    )
    return SmolVLMForConditionalGeneration(config), processor


def _gemma4() -> tuple[Any, Any]:
    from transformers import (
        Gemma4AudioFeatureExtractor,
        Gemma4Config,
        Gemma4ForConditionalGeneration,
        Gemma4ImageProcessor,
        Gemma4Processor,
        Gemma4VideoProcessor,
    )

    tokens = {
        "image_token": "<|image|>",
        "boi_token": "<|image>",
        "eoi_token": "<image|>",
        "audio_token": "<|audio|>",
        "boa_token": "<|audio>",
        "eoa_token": "<audio|>",
    }
    special = [*tokens.values(), "<|video|>", "<bos>"]
    tokenizer = _speaking(
        special, video="<|video|>", audio="<|audio|>", bos_token="<bos>", extra_special_tokens=tokens
    )
    tower = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "initializer_range": 0.2}
    text = {
        "head_dim": 32,
        "global_head_dim": 32,
        "layer_types": ["sliding_attention", "full_attention"],
        "hidden_size_per_layer_input": 8,
        "vocab_size_per_layer_input": len(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
    }
    config = Gemma4Config(
        text_config=_text_config(tokenizer) | text,
        vision_config=tower
        | {"intermediate_size": 48, "num_key_value_heads": 2, "head_dim": 16, "position_embedding_size": 64},
        audio_config=tower | {"output_proj_dims": 32, "subsampling_conv_channels": [8, 8]},
        tie_word_embeddings=False,
        **_ids(
            tokenizer,
            boi_token_id="<|image>",
            eoi_token_id="<image|>",
            image_token_id="<|image|>",
            video_token_id="<|video|>",
            boa_token_id="<|audio>",
            eoa_token_index="<audio|>",
            audio_token_id="<|audio|>",
        ),
    )
    processor = Gemma4Processor(
        Gemma4AudioFeatureExtractor(),
        Gemma4ImageProcessor(max_soft_tokens=70),
        tokenizer,
        Gemma4VideoProcessor(max_soft_tokens=70),
        chat_template=tokenizer.chat_template,
    )
    return Gemma4ForConditionalGeneration(config), processor


def _ernie4_5_vl() -> tuple[Any, Any]:
    """Its experts for pictures and for words are told which tokens are theirs."""
    from transformers import (
        Ernie4_5_VLMoeConfig,
        Ernie4_5_VLMoeForConditionalGeneration,
        Ernie4_5_VLMoeImageProcessor,
        Ernie4_5_VLMoeProcessor,
        Ernie4_5_VLMoeVideoProcessor,
    )

    tokens = {
        "image_token": "<|IMAGE_PLACEHOLDER|>",
        "image_start_token": "<|IMAGE_START|>",
        "image_end_token": "<|IMAGE_END|>",
        "video_token": "<|VIDEO_PLACEHOLDER|>",
        "video_start_token": "<|VIDEO_START|>",
        "video_end_token": "<|VIDEO_END|>",
    }
    slot = "<|VIDEO_START|><|VIDEO_PLACEHOLDER|><|VIDEO_END|>"
    tokenizer = _speaking([*tokens.values()], video=slot, extra_special_tokens=tokens)
    rope = MROPE | {"mrope_section": [5, 5, 6]}
    config = Ernie4_5_VLMoeConfig(
        text_config=_text_config(tokenizer)
        | {
            "moe_num_experts": 4,
            "moe_k": 2,
            "moe_num_shared_experts": 1,
            "moe_intermediate_size": [48, 24],
            "rope_parameters": rope,
            "tie_word_embeddings": False,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "initializer_range": 0.2,
        },
        tie_word_embeddings=False,
        **_ids(tokenizer, **{f"{name}_id": token for name, token in tokens.items()}),
    )
    processor = Ernie4_5_VLMoeProcessor(
        Ernie4_5_VLMoeImageProcessor(size=SIZE),
        tokenizer,
        Ernie4_5_VLMoeVideoProcessor(size=SIZE, draw_on_frames=False, font=""),
        tokenizer.chat_template,
    )
    return Ernie4_5_VLMoeForConditionalGeneration(config), processor


def _minicpm_v4_6() -> tuple[Any, Any]:
    """Patches of all frames of all clips stand behind each other in one row."""
    from transformers import (
        MiniCPMV4_6Config,
        MiniCPMV4_6ForConditionalGeneration,
        MiniCPMV4_6ImageProcessor,
        MiniCPMV4_6Processor,
        MiniCPMV4_6VideoProcessor,
    )

    tokens = {
        "image_token": "<|image_pad|>",
        "video_token": "<|video_pad|>",
        "image_start_token": "<image>",
        "image_end_token": "</image>",
        "slice_start_token": "<slice>",
        "slice_end_token": "</slice>",
        "image_id_start_token": "<image_id>",
        "image_id_end_token": "</image_id>",
    }
    tokenizer = _speaking([*tokens.values()], video="<|video_pad|>", extra_special_tokens=tokens)
    config = MiniCPMV4_6Config(
        text_config=_text_config(tokenizer) | {"model_type": "qwen2"},
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 112,
            "patch_size": 14,
        },
        insert_layer_id=0,
        image_size=112,
        **_ids(tokenizer, image_token_id="<|image_pad|>", video_token_id="<|video_pad|>"),
    )
    small = {"scale_resolution": 112, "max_slice_nums": 1}
    processor = MiniCPMV4_6Processor(
        MiniCPMV4_6ImageProcessor(**small), MiniCPMV4_6VideoProcessor(**small), tokenizer, tokenizer.chat_template
    )
    return MiniCPMV4_6ForConditionalGeneration(config), processor


_BUILDERS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "molmo2": _molmo2,
    "smolvlm": _smolvlm,
    "gemma4": _gemma4,
    "ernie4_5_vl": _ernie4_5_vl,
    "minicpm_v4_6": _minicpm_v4_6,
}
