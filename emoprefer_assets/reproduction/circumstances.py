"""What of a judge differed from the paper's: frames, prompts, decoding, weights."""

from __future__ import annotations

from collections.abc import Mapping

from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.judges.registry import Registry, ReplayJudge, RulesJudge, SubmittedJudge, TransformersJudge
from emoprefer_assets.settings import Settings

GONE = "not known: its entry is no longer in the registry"


def circumstances(registry: Registry, settings: Settings) -> Mapping[str, str]:
    """What differed, by judge, as its entry in the registry says."""
    return {judge.name: what_differed(judge, settings) for judge in registry.judges}


def what_differed(judge: Judge, settings: Settings) -> str:
    """In words what of this judge's run is not the paper's; the paper's own run is the case of recorded outputs."""
    if isinstance(judge, ReplayJudge):
        if judge.prefix is not None:
            return "nothing: the published outputs themselves"
        return f"recorded answers ({judge.recording.name}); how they were made is not on record"
    if isinstance(judge, SubmittedJudge):
        return f"answers that were handed in ({judge.content[:12]}); how they were made is not on record"
    if isinstance(judge, RulesJudge):
        return f"not in the paper: the content-blind rule {judge.rule}"
    return "; ".join([_media(judge), _prompts(judge, settings), _decoding(judge), _weights(judge)])


def _media(judge: ModelJudge) -> str:
    seen = []
    if "video" in judge.inputs:
        taken = f"{judge.fps:g} frames a second" if judge.fps else f"{judge.frames or 8} frames"
        seen.append(f"{taken} of at most {judge.max_side} pixels a side")
    if "audio" in judge.inputs:
        seen.append(f"sound at {judge.audio_rate} Hz")
    return f"media: {' and '.join(seen) if seen else 'none'}"


def _prompts(judge: ModelJudge, settings: Settings) -> str:
    if settings.prompts_dir is not None:
        return "prompts: your own"
    return f"prompts: this project's, {'in the spirit of' if judge.prompts == 'paper' else 'not'} the paper's"


def _decoding(judge: ModelJudge) -> str:
    if judge.read == "options":
        return "decoding: none, the log-probabilities of the options are read"
    temperature = "of the endpoint" if judge.temperature is None else f"{judge.temperature:g}"
    sampled = "greedy" if judge.temperature == 0 else f"temperature {temperature}, top-p {judge.top_p:g}"
    return f"decoding: replies, {sampled}, at most {judge.max_new_tokens} tokens"


def _weights(judge: ModelJudge) -> str:
    stored = [getattr(judge, "gguf", None), _dtype(judge), getattr(judge, "revision", None)]
    given = ", ".join(str(part) for part in stored if part)
    external = f"; s3 and s4 are answered by {judge.external}" if judge.external else ""
    return f"weights: {judge.model} by {judge.backend}{f' ({given})' if given else ''}{external}"


def _dtype(judge: ModelJudge) -> str | None:
    if isinstance(judge, TransformersJudge) and not judge.says_dtype:
        return f"{judge.dtype}, or bfloat16 on a GPU"
    return getattr(judge, "dtype", None)
