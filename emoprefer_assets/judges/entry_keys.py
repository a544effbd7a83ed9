"""Which keys of a registry's entries determine answers, and which this tool fills in itself."""

_ABOUT_IT = {"name", "retired", "only_on", "published_as", "note", "price_in", "price_out", "price_cached"}
# Of a chat template and of a request's body: what this tool says itself.
TEMPLATE_KEYS = {
    *("conversation", "messages", "chat_template", "tokenize", "add_generation_prompt", "return_dict"),
    "continue_final_message",
}
BODY_KEYS = {
    "model",
    "messages",
    "contents",
    "stream",
    "n",
    "temperature",
    "top_p",
    "seed",
    "max_tokens",
    "max_completion_tokens",
    "logprobs",
    "top_logprobs",
    "chat_template_kwargs",
}
# In a part of Gemini's, in either spelling.
GEMINI_KEYS = {"temperature", "topP", "seed", "maxOutputTokens", "candidateCount", "responseLogprobs", "logprobs"}
# Keys that say something about a judge but do not change its answers.
DESCRIPTIVE_KEYS = _ABOUT_IT | {
    "batch_size",
    "batch_price_factor",
    "base_url",
    "key_variable",
    "concurrency",
    "requests_per_minute",
    "timeout",
    "gpus",
    "tensor_parallel_size",
    "gpu_memory_utilization",
    "max_num_batched_tokens",
    "enforce_eager",
    "attn_implementation",
}
# They came later: an entry without them keeps its version.
LATER_KEYS = {
    "adapter",
    "audio_in_video",
    "chat_template_kwargs",
    "columns",
    "extra_body",
    "prompts",
    "system",
    "verdicts",
    "video_as",
}
# Keys that say how a loaded model is asked, not what is loaded.
ASKING_KEYS = _ABOUT_IT | {
    "frames",
    "fps",
    "max_side",
    "audio_rate",
    "external",
    "prompts",
    "system",
    "read",
    "max_new_tokens",
    "temperature",
    "top_p",
}
