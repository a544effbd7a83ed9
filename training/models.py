"""The tiny judges' architectures and processors: the classes of the large ones, 1 to 5 million parameters."""

from __future__ import annotations

from typing import Any

from training.given import STEPS, VIDEO
from training.words import tokenizer

NAMES = ("tiny_video", "tiny_audio", "tiny_omni")
INPUTS = {"tiny_video": ("video",), "tiny_audio": ("audio",), "tiny_omni": ("video", "audio")}
WIDTH = 128
TEXT = {
    "hidden_size": WIDTH,
    "intermediate_size": 384,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 2048,
    "tie_word_embeddings": True,
    "initializer_range": 0.05,
}
MROPE = {"rope_type": "default", "mrope_section": [4, 6, 6], "rope_theta": 10_000.0}
EYES = {
    "depth": 3,
    "hidden_size": WIDTH,
    "intermediate_size": 256,
    "num_heads": 4,
    "out_hidden_size": WIDTH,
    "patch_size": 14,
    "window_size": 112,
    "fullatt_block_indexes": [0, 1, 2],
    "initializer_range": 0.05,
}
EARS = {
    "d_model": WIDTH,
    "encoder_layers": 3,
    "encoder_attention_heads": 4,
    "encoder_ffn_dim": 256,
    "num_mel_bins": 128,
    "max_source_positions": STEPS // 2,
    "initializer_range": 0.05,
}
SIZE = {"shortest_edge": 28 * 28, "longest_edge": VIDEO.max_side**2 * 64}
OMNI_TOKENS = {
    "image_token": "<|IMAGE|>",
    "audio_token": "<|AUDIO|>",
    "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
}


def build(name: str) -> tuple[Any, Any]:
    """A model with random weights, and its processor."""
    import torch

    torch.manual_seed(0)
    return {"tiny_video": _video, "tiny_audio": _audio, "tiny_omni": _omni}[name]()


def ears() -> Any:
    """Log-mel spectra of up to 5 s, a step every 20 ms."""
    from transformers import WhisperFeatureExtractor

    return WhisperFeatureExtractor(feature_size=128, hop_length=320, chunk_length=5)


def _video() -> tuple[Any, Any]:
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    words = tokenizer("<|vision_start|><|video_pad|><|vision_end|>", "")
    config = Qwen2_5_VLConfig(
        text_config=_text(words) | {"rope_parameters": MROPE},
        vision_config=EYES | {"tokens_per_second": 2},
        tie_word_embeddings=True,
        **_ids(
            words,
            image_token_id="<|image_pad|>",
            video_token_id="<|video_pad|>",
            vision_start_token_id="<|vision_start|>",
            vision_end_token_id="<|vision_end|>",
        ),
    )
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(size=SIZE), words, Qwen2VLVideoProcessor(size=SIZE), words.chat_template
    )
    return Qwen2_5_VLForConditionalGeneration(config), processor


def _audio() -> tuple[Any, Any]:
    from transformers import Qwen2AudioConfig, Qwen2AudioForConditionalGeneration, Qwen2AudioProcessor
    from transformers.models.qwen2_5_omni.modeling_qwen2_5_omni import SinusoidsPositionEmbedding

    words = tokenizer("", "<|audio_bos|><|AUDIO|><|audio_eos|>\n")
    config = Qwen2AudioConfig(
        text_config=_text(words) | {"model_type": "qwen2"},
        audio_config=EARS,
        audio_token_index=words.convert_tokens_to_ids("<|AUDIO|>"),
    )
    model = Qwen2AudioForConditionalGeneration(config)
    # Left random by the class, which expects to be loaded.
    places = SinusoidsPositionEmbedding(STEPS // 2, EARS["d_model"]).positional_embedding
    model.model.audio_tower.embed_positions.weight.data.copy_(places)
    return model, Qwen2AudioProcessor(ears(), words, words.chat_template)


def _omni() -> tuple[Any, Any]:
    from transformers import (
        Qwen2_5OmniProcessor,
        Qwen2_5OmniThinkerConfig,
        Qwen2_5OmniThinkerForConditionalGeneration,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    slots = ("<|vision_bos|><|VIDEO|><|vision_eos|>", "<|audio_bos|><|AUDIO|><|audio_eos|>")
    words = tokenizer(*slots, extra_special_tokens=OMNI_TOKENS)
    config = Qwen2_5OmniThinkerConfig(
        text_config=_text(words) | {"rope_parameters": MROPE},
        vision_config=EYES | {"tokens_per_second": 25},
        # One window holds the whole sound.
        audio_config=EARS | {"output_dim": WIDTH, "n_window": STEPS // 2},
        tie_word_embeddings=True,
        **_ids(
            words,
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
        Qwen2VLImageProcessor(size=SIZE), Qwen2VLVideoProcessor(size=SIZE), ears(), words, words.chat_template
    )
    return Qwen2_5OmniThinkerForConditionalGeneration(config), processor


def _ids(words: Any, **names: str) -> dict[str, int]:
    return {key: words.convert_tokens_to_ids(token) for key, token in names.items()}


def _text(words: Any) -> dict[str, Any]:
    ends = {"eos_token_id": words.eos_token_id, "bos_token_id": None}
    return TEXT | {"vocab_size": len(words), "pad_token_id": 0} | ends
