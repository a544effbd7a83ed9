"""More model families, tiny and randomly initialised, whose processors go ways of their own (see `tiny_families`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.judges import tiny_families
from tests.judges.tiny_families import AUDIO, INTERLEAVED_MROPE, MROPE, SIZE, VIDEO, _ids, _text_config, _tokenizer

# What each family is given.
NEWER: dict[str, tuple[str, ...]] = {
    "molmo2": (VIDEO,),
    "smolvlm": (VIDEO,),
    "gemma4": (VIDEO, AUDIO),
    "gemma4_unified": (VIDEO, AUDIO),
    "ernie4_5_vl": (VIDEO,),
    "minicpm_v4_6": (VIDEO,),
    "nemotron_omni": (VIDEO, AUDIO),
    "phi4_multimodal": (VIDEO, AUDIO),
    "audio_flamingo_3": (AUDIO,),
    "internvl": (VIDEO,),
    "llava_onevision": (VIDEO,),
    "qwen2_vl": (VIDEO,),
    "video_llama_3": (VIDEO,),
    "qwen3_5": (VIDEO,),
    "glm4v": (VIDEO,),
    "gemma3n": (VIDEO, AUDIO),
    "granite_speech": (AUDIO,),
}
# Models for images alone, which take frames as such.
FRAMES_AS_IMAGES = ("phi4_multimodal", "gemma3n")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% for part in message.content %}{% if part.type == 'video' %}VIDEO{% elif part.type == 'audio' %}AUDIO"
    "{% elif part.type == 'image' %}IMAGE{% elif part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TURNS = ["<|im_start|>", "<|im_end|>"]


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
        vision_config=tower
        | {"num_hidden_layers": 2, "head_dim": 16, "image_size": [56, 56], "initializer_range": 0.2},
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


def _gemma4(unified: bool = False) -> tuple[Any, Any]:
    """Unified, it has no towers, and the patches of a picture see each other in both directions."""
    import transformers

    kind = "Gemma4Unified" if unified else "Gemma4"
    tokens = {
        "image_token": "<|image|>",
        "boi_token": "<|image>",
        "eoi_token": "<image|>",
        "audio_token": "<|audio|>",
        "boa_token": "<|audio>",
        "eoa_token": "<audio|>",
    }
    special = [*tokens.values(), "<|video|>", "<bos>"]
    tokenizer = _speaking(special, video="<|video|>", audio="<|audio|>", bos_token="<bos>", extra_special_tokens=tokens)
    tower = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "initializer_range": 0.2}
    text = {
        "head_dim": 32,
        "global_head_dim": 32,
        "layer_types": ["sliding_attention", "full_attention"],
        "bos_token_id": tokenizer.bos_token_id,
    }
    if unified:
        vision = {"mm_embed_dim": 64, "mm_posemb_size": 64, "output_proj_dims": 64, "initializer_range": 0.2}
        audio: dict[str, Any] = {"initializer_range": 0.2}
    else:
        text |= {"hidden_size_per_layer_input": 8, "vocab_size_per_layer_input": len(tokenizer)}
        vision = tower | {"intermediate_size": 48, "num_key_value_heads": 2, "head_dim": 16}
        vision["position_embedding_size"] = 64
        audio = tower | {"output_proj_dims": 32, "subsampling_conv_channels": [128, 8]}
    config = getattr(transformers, f"{kind}Config")(
        text_config=_text_config(tokenizer) | text,
        vision_config=vision,
        audio_config=audio,
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
    processor = getattr(transformers, f"{kind}Processor")(
        getattr(transformers, f"{kind}AudioFeatureExtractor")(),
        getattr(transformers, f"{kind}ImageProcessor")(max_soft_tokens=70),
        tokenizer,
        getattr(transformers, f"{kind}VideoProcessor")(max_soft_tokens=70),
        chat_template=tokenizer.chat_template,
    )
    return getattr(transformers, f"{kind}ForConditionalGeneration")(config), processor


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


def _nemotron_omni() -> tuple[Any, Any]:
    """Writes the time of every frame, in whole milliseconds of a frame of the video; has no model without its head."""
    from transformers import (
        NemotronH_Omni_Reasoning_V3,
        NemotronH_Omni_Reasoning_V3_Config,
        NemotronH_Omni_Reasoning_V3ImageProcessor,
        NemotronH_Omni_Reasoning_V3Processor,
        NemotronH_Omni_Reasoning_V3VideoProcessor,
        ParakeetFeatureExtractor,
    )

    special = ["<image>", "<video>", "<img>", "</img>", "<so_embedding>", "<so_start>", "<so_end>"]
    tokenizer = _speaking(special, video="<video>", audio="<so_embedding>")
    text = {
        "layers_block_type": ["linear_attention", "full_attention", "mlp"],
        "head_dim": 32,
        "mamba_num_heads": 4,
        "mamba_head_dim": 16,
        "n_groups": 1,
        "ssm_state_size": 16,
        "chunk_size": 16,
    }
    vision = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "initializer_range": 0.2}
    audio = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
    config = NemotronH_Omni_Reasoning_V3_Config(
        text_config=_text_config(tokenizer) | text,
        vision_config=vision | {"video_temporal_patch_size": 2, "image_size": 64, "max_img_size": 256},
        audio_config=audio
        | {
            "projection_hidden_size": 48,
            "projection_bias": False,
            "subsampling_conv_channels": 16,
            "num_mel_bins": 128,
        },
        projector_hidden_size=48,
        vision_hidden_size=32,
        **_ids(tokenizer, image_token_id="<image>", video_token_id="<video>", audio_token_id="<so_embedding>"),
    )
    processor = NemotronH_Omni_Reasoning_V3Processor(
        NemotronH_Omni_Reasoning_V3ImageProcessor(),
        NemotronH_Omni_Reasoning_V3VideoProcessor(video_target_num_patches=16, norm_mean=[0.5] * 3, norm_std=[0.5] * 3),
        tokenizer,
        ParakeetFeatureExtractor(feature_size=128),
        chat_template=tokenizer.chat_template,
    )
    return NemotronH_Omni_Reasoning_V3(config), processor


def _phi4_multimodal() -> tuple[Any, Any]:
    """Its ears are called `audio_processor`."""
    from transformers import (
        Phi4MultimodalConfig,
        Phi4MultimodalFeatureExtractor,
        Phi4MultimodalForCausalLM,
        Phi4MultimodalImageProcessor,
        Phi4MultimodalProcessor,
    )

    tokens = {"image_token": "<|endoftext10|>", "audio_token": "<|endoftext11|>"}
    tokenizer = _speaking(
        [*tokens.values()], image="<|endoftext10|>", audio="<|endoftext11|>", extra_special_tokens=tokens
    )
    tower = {"hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 2}
    named = _ids(tokenizer, image="<|endoftext10|>", audio="<|endoftext11|>")
    config = Phi4MultimodalConfig(
        **_text_config(tokenizer),
        original_max_position_embeddings=8192,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        vision_config=tower | {"num_hidden_layers": 2, "image_token_id": named["image"]},
        audio_config=tower
        | {
            "num_blocks": 2,
            "ext_pw_out_channel": 32,
            "depthwise_separable_out_channel": 32,
            "nemo_conv_channels": 32,
            "audio_token_id": named["audio"],
        },
    )
    processor = Phi4MultimodalProcessor(
        Phi4MultimodalImageProcessor(dynamic_hd=1),
        Phi4MultimodalFeatureExtractor(),
        tokenizer,
        chat_template=tokenizer.chat_template,
    )
    return Phi4MultimodalForCausalLM(config), processor


def _audio_flamingo_3() -> tuple[Any, Any]:
    """Stands among the models that transformers loads as sequence-to-sequence."""
    from transformers import (
        AudioFlamingo3Config,
        AudioFlamingo3ForConditionalGeneration,
        AudioFlamingo3Processor,
        WhisperFeatureExtractor,
    )

    tokenizer = _speaking(["<sound>"], audio="<sound>")
    config = AudioFlamingo3Config(
        text_config=_text_config(tokenizer) | {"model_type": "qwen2"},
        audio_config={
            "hidden_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 48,
            "initializer_range": 0.2,
        },
        audio_token_id=tokenizer.convert_tokens_to_ids("<sound>"),
    )
    processor = AudioFlamingo3Processor(WhisperFeatureExtractor(feature_size=128), tokenizer, tokenizer.chat_template)
    return AudioFlamingo3ForConditionalGeneration(config), processor


def _internvl() -> tuple[Any, Any]:
    from transformers import (
        GotOcr2ImageProcessor,
        InternVLConfig,
        InternVLForConditionalGeneration,
        InternVLProcessor,
        InternVLVideoProcessor,
    )

    tokens = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = _speaking([*tokens.values()], video="<video>", extra_special_tokens=tokens)
    tower = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    config = InternVLConfig(
        text_config=_text_config(tokenizer) | {"model_type": "qwen2"},
        vision_config=tower | {"image_size": [56, 56], "initializer_range": 0.2},
        image_seq_length=4,
        tie_word_embeddings=False,
        **_ids(tokenizer, image_token_id="<IMG_CONTEXT>"),
    )
    size = {"height": 56, "width": 56}
    processor = InternVLProcessor(
        GotOcr2ImageProcessor(size=size),
        tokenizer,
        InternVLVideoProcessor(size=size),
        image_seq_length=4,
        chat_template=tokenizer.chat_template,
    )
    return InternVLForConditionalGeneration(config), processor


def _llava_onevision() -> tuple[Any, Any]:
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessor,
        LlavaOnevisionProcessor,
        LlavaOnevisionVideoProcessor,
    )

    tokenizer, side = _speaking(["<image>", "<video>"], video="<video>"), 56
    tower = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    config = LlavaOnevisionConfig(
        text_config=_text_config(tokenizer) | {"model_type": "qwen2"},
        vision_config=tower
        | {"model_type": "siglip_vision_model", "image_size": side, "patch_size": 14, "vision_use_head": False},
        image_grid_pinpoints=[[side, side]],
        **_ids(tokenizer, image_token_index="<image>", video_token_index="<video>"),
    )
    size = {"height": side, "width": side}
    processor = LlavaOnevisionProcessor(
        LlavaOnevisionImageProcessor(size=size, image_grid_pinpoints=[[side, side]]),
        tokenizer,
        LlavaOnevisionVideoProcessor(size=size),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=tokenizer.chat_template,
    )
    return LlavaOnevisionForConditionalGeneration(config), processor


QWEN_VISION = ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"]
QWEN_SLOT = "<|vision_start|><|video_pad|><|vision_end|>"


def _qwen_ids(tokenizer: Any) -> dict[str, int]:
    names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
    return _ids(tokenizer, **dict(zip(names, QWEN_VISION, strict=True)))


def _qwen2_vl() -> tuple[Any, Any]:
    from transformers import (
        Qwen2VLConfig,
        Qwen2VLForConditionalGeneration,
        Qwen2VLImageProcessor,
        Qwen2VLProcessor,
        Qwen2VLVideoProcessor,
    )

    tokenizer = _speaking(QWEN_VISION, video=QWEN_SLOT)
    config = Qwen2VLConfig(
        text_config=_text_config(tokenizer) | {"rope_parameters": MROPE},
        vision_config={"depth": 2, "embed_dim": 32, "hidden_size": 64, "num_heads": 2, "initializer_range": 0.2},
        **_qwen_ids(tokenizer),
    )
    processor = Qwen2VLProcessor(
        Qwen2VLImageProcessor(size=SIZE), tokenizer, Qwen2VLVideoProcessor(size=SIZE), tokenizer.chat_template
    )
    return Qwen2VLForConditionalGeneration(config), processor


def _video_llama_3() -> tuple[Any, Any]:
    from transformers import (
        VideoLlama3Config,
        VideoLlama3ForConditionalGeneration,
        VideoLlama3ImageProcessor,
        VideoLlama3Processor,
        VideoLlama3VideoProcessor,
    )

    tokenizer = _speaking(["<|image_pad|>", "<|video_pad|>"], video="<|video_pad|>")
    tower = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    config = VideoLlama3Config(
        text_config=_text_config(tokenizer) | {"model_type": "qwen2"},
        vision_config=tower | {"patch_size": 14, "initializer_range": 0.2},
        **_ids(tokenizer, image_token_id="<|image_pad|>", video_token_id="<|video_pad|>"),
    )
    processor = VideoLlama3Processor(
        VideoLlama3ImageProcessor(size=SIZE),
        tokenizer,
        VideoLlama3VideoProcessor(size=SIZE),
        tokenizer.chat_template,
    )
    return VideoLlama3ForConditionalGeneration(config), processor


def _qwen3_5() -> tuple[Any, Any]:
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3_5Config,
        Qwen3_5ForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    tokenizer = _speaking(QWEN_VISION, video=QWEN_SLOT)
    linear = {f"linear_{kind}_head_dim": 16 for kind in ("key", "value")}
    linear |= {f"linear_num_{kind}_heads": 2 for kind in ("key", "value")}
    config = Qwen3_5Config(
        text_config=_text_config(tokenizer)
        | linear
        | {
            "head_dim": 32,
            "rope_parameters": INTERLEAVED_MROPE,
            "layer_types": ["linear_attention", "full_attention"],
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 64,
            "patch_size": 14,
            "num_position_embeddings": 64,
            "initializer_range": 0.2,
        },
        **_qwen_ids(tokenizer),
    )
    video = Qwen3VLVideoProcessor(size={k: 8 * v for k, v in SIZE.items()}, patch_size=14)
    image = Qwen2VLImageProcessor(size=SIZE, patch_size=14)
    return Qwen3_5ForConditionalGeneration(config), Qwen3VLProcessor(image, tokenizer, video, tokenizer.chat_template)


def _glm4v() -> tuple[Any, Any]:
    from transformers import (
        Glm4vConfig,
        Glm4vForConditionalGeneration,
        Glm4vImageProcessor,
        Glm4vProcessor,
        Glm4vVideoProcessor,
    )

    begins, ends = ([f"<|{edge}_of_image|>", f"<|{edge}_of_video|>"] for edge in ("begin", "end"))
    slot = f"{begins[1]}<|video|>{ends[1]}"
    tokenizer = _speaking(["<|image|>", "<|video|>", *begins, *ends], video=slot)
    config = Glm4vConfig(
        text_config=_text_config(tokenizer) | {"rope_parameters": MROPE},
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 64,
            "image_size": 56,
            "initializer_range": 0.2,
        },
        **_ids(
            tokenizer,
            image_token_id="<|image|>",
            video_token_id="<|video|>",
            image_start_token_id=begins[0],
            image_end_token_id=ends[0],
            video_start_token_id=begins[1],
            video_end_token_id=ends[1],
        ),
    )
    processor = Glm4vProcessor(
        Glm4vImageProcessor(size=SIZE),
        tokenizer,
        Glm4vVideoProcessor(size={k: 8 * v for k, v in SIZE.items()}),
        tokenizer.chat_template,
    )
    return Glm4vForConditionalGeneration(config), processor


def _gemma3n() -> tuple[Any, Any]:
    """Its eyes are a model of timm; its ears give every sound as many tokens."""
    from transformers import (
        Gemma3nAudioFeatureExtractor,
        Gemma3nConfig,
        Gemma3nForConditionalGeneration,
        Gemma3nProcessor,
        SiglipImageProcessor,
    )

    # In this order: those of pictures, then those of sounds, stand behind the words.
    tokens = {
        "boi_token": "<start_of_image>",
        "boa_token": "<start_of_audio>",
        "image_token": "<image_soft_token>",
        "eoi_token": "<end_of_image>",
        "audio_token": "<audio_soft_token>",
        "eoa_token": "<end_of_audio>",
    }
    slots = {"image": tokens["image_token"], "audio": tokens["audio_token"]}
    tokenizer = _speaking(["<bos>"], **slots, bos_token="<bos>", extra_special_tokens=tokens)
    words = len(tokenizer) - 4
    text = {
        "bos_token_id": tokenizer.bos_token_id,
        "head_dim": 32,
        "num_hidden_layers": 4,
        "num_kv_shared_layers": 2,
        "layer_types": ["sliding_attention", "full_attention"] * 2,
        "vocab_size_per_layer_input": words,
        "hidden_size_per_layer_input": 8,
        "laurel_rank": 8,
        "altup_num_inputs": 2,
    }
    audio = {"hidden_size": 32, "conf_num_attention_heads": 2, "conf_num_hidden_layers": 2}
    config = Gemma3nConfig(
        text_config=_text_config(tokenizer) | text,
        vision_config={
            "architecture": "test_efficientnet",
            "hidden_size": 256,
            "vocab_offset": words,
            "vocab_size": 2,
        },
        audio_config=audio | {"sscp_conv_channel_size": (16, 8), "vocab_offset": words + 2, "vocab_size": 2},
        vision_soft_tokens_per_image=4,
        audio_soft_tokens_per_image=60,
        tie_word_embeddings=False,
        **_ids(tokenizer, **{f"{name}_id": token for name, token in tokens.items()}),
    )
    processor = Gemma3nProcessor(
        Gemma3nAudioFeatureExtractor(),
        SiglipImageProcessor(size={"height": 64, "width": 64}),
        tokenizer,
        tokenizer.chat_template,
        audio_seq_length=60,
        image_seq_length=4,
    )
    return Gemma3nForConditionalGeneration(config), processor


def _granite_speech() -> tuple[Any, Any]:
    from transformers import (
        GraniteSpeechConfig,
        GraniteSpeechFeatureExtractor,
        GraniteSpeechForConditionalGeneration,
        GraniteSpeechProcessor,
    )

    tokenizer = _speaking(["<|audio|>"], audio="<|audio|>")
    config = GraniteSpeechConfig(
        # Its own code leaves the scale out.
        text_config=_text_config(tokenizer) | {"model_type": "granite", "logits_scaling": 8.0},
        encoder_config={"num_layers": 2, "hidden_dim": 32, "num_heads": 2, "output_dim": 8},
        projector_config={
            "model_type": "blip_2_qformer",
            "hidden_size": 32,
            "encoder_hidden_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 48,
        },
        has_lora_adapter=False,
        initializer_range=0.2,
        tie_word_embeddings=False,
        audio_token_index=tokenizer.convert_tokens_to_ids("<|audio|>"),
    )
    processor = GraniteSpeechProcessor(
        GraniteSpeechFeatureExtractor(), tokenizer, chat_template=tokenizer.chat_template
    )
    return GraniteSpeechForConditionalGeneration(config), processor


_BUILDERS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "molmo2": _molmo2,
    "smolvlm": _smolvlm,
    "gemma4": _gemma4,
    "gemma4_unified": partial(_gemma4, unified=True),
    "ernie4_5_vl": _ernie4_5_vl,
    "minicpm_v4_6": _minicpm_v4_6,
    "nemotron_omni": _nemotron_omni,
    "phi4_multimodal": _phi4_multimodal,
    "audio_flamingo_3": _audio_flamingo_3,
    "internvl": _internvl,
    "llava_onevision": _llava_onevision,
    "qwen2_vl": _qwen2_vl,
    "video_llama_3": _video_llama_3,
    "qwen3_5": _qwen3_5,
    "glm4v": _glm4v,
    "gemma3n": _gemma3n,
    "granite_speech": _granite_speech,
}
build = partial(tiny_families.build, builders=_BUILDERS)
