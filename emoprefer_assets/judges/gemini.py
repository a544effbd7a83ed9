"""Gemini, asked through Google's own client: a clip goes as its file, with its own sound where the judge hears.

Pace, retries, option scores and costs are those of an OpenAI-compatible endpoint, in whose words answers are put.
"""

from __future__ import annotations

import importlib
import io
import json
import mimetypes
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from emoprefer_assets.judges.chat import ChatMessage
from emoprefer_assets.judges.installed import require_installed
from emoprefer_assets.judges.openai import Endpoint, OpenaiBackend, endpoint_key, wav
from emoprefer_assets.judges.registry import EndpointJudge, GeminiJudge
from emoprefer_assets.media import Frames, Media, UnreadableMedia

# By their names in a chat completion.
_SETTINGS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "max_tokens": "max_output_tokens",
    "logprobs": "response_logprobs",
    "top_logprobs": "logprobs",
}


class GeminiEndpoint(Endpoint):
    """Speaks `generateContent`."""

    @staticmethod
    def message_body(message: ChatMessage, judge: EndpointJudge) -> dict[str, Any]:
        """The message as a `Content`.

        An unchanged sound goes with the picture where both are of one file. A picture whose sound is not to be heard
        goes without it. A changed picture is encoded, at the judge's frames a second.
        """
        media = [part for part in message.parts if isinstance(part, Media)]
        seen, heard = (
            {part.file for part in media if part.kind == kind and not part.change} for kind in ("video", "audio")
        )
        parts: list[dict[str, Any]] = []
        for part in message.parts:
            if isinstance(part, str):
                parts.append({"text": part})
                continue
            # Decoded even where the file itself is sent: servers take a truncated file and see fewer frames.
            decoded = part.read()
            if isinstance(decoded, Frames):
                blob = _encoded(decoded, judge.fps or 1) if part.change else _video(part.file, part.file in heard)
                parts.append({"inline_data": blob, "video_metadata": {"fps": judge.fps}})
            elif part.change or part.file not in seen:
                parts.append({"inline_data": {"mime_type": "audio/wav", "data": wav(decoded)}})
        return {"role": message.role, "parts": parts}

    def _client(self) -> Any:
        from google import genai

        options = {"base_url": self.url, "httpx_async_client": self.http}
        return genai.Client(api_key=self.key.to_send, vertexai=False, http_options=options)

    async def _sent(self, body: dict[str, Any]) -> str:
        import openai
        from google.genai.errors import APIError

        told = dict(body["extra_body"])
        choice = told.pop("structured_outputs", None)
        config = {ours: body[name] for name, ours in _SETTINGS.items() if name in body}
        if choice:
            config |= {
                "response_mime_type": "text/x.enum",
                "response_schema": {"type": "STRING", "enum": choice["choice"]},
            }
        # It takes no such role.
        for message in (message for message in body["messages"] if message["role"] == "system"):
            config["system_instruction"] = {"parts": message["parts"]}
        contents = [message for message in body["messages"] if message["role"] != "system"]
        config |= {"http_options": {"extra_body": told}, "automatic_function_calling": {"disable": True}}
        try:
            response = await self.client.aio.models.generate_content(
                model=body["model"], contents=contents, config=config
            )
        except APIError as error:
            if wait := _retry_delay(error.details):
                error.response.headers.setdefault("retry-after", wait)
            said = error.message or error.status or ""
            raise openai.APIStatusError(said, response=error.response, body={"message": said}) from None
        except ValueError as error:
            # What came is no answer of Gemini's, and no JSON of ours.
            return str(error)
        except Exception as error:
            # The HTTP client's own have the request, whichever library it is of.
            request = getattr(error, "request", None)
            if request is None:
                raise
            raise openai.APIConnectionError(request=request) from error
        return json.dumps(_completion(response))


def load(judge: GeminiJudge) -> OpenaiBackend:
    """The judge's backend.

    Raises:
        JudgeUnavailable: Google's client or PyAV is not installed, or there is no usable key.
    """
    require_installed(judge)
    importlib.import_module("google.genai")
    return OpenaiBackend(judge, endpoint_key(judge), endpoint=GeminiEndpoint)


def _video(file: Path, with_sound: bool) -> dict[str, Any]:
    kind = mimetypes.guess_type(file.name)[0] or "video/mp4"
    return {"mime_type": kind, "data": file.read_bytes()} if with_sound else _picture(file)


def _picture(file: Path) -> dict[str, Any]:
    """The video of a file, not encoded anew, as an mp4 that has no sound track."""
    import av

    silent = io.BytesIO()
    try:
        with (
            av.open(str(file)) as source,
            # As it is, so that an edit list goes on leaving out what it leaves out.
            av.open(silent, "w", format="mp4", options={"avoid_negative_ts": "disabled"}) as target,
        ):
            shown = source.streams.video[0]
            written = target.add_stream_from_template(shown)
            for packet in source.demux(shown):
                # The last one is empty.
                if packet.dts is not None:
                    packet.stream = written
                    target.mux(packet)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise UnreadableMedia(f"{file}: its video cannot be taken apart from its sound ({error})") from None
    return {"mime_type": "video/mp4", "data": silent.getvalue()}


def _encoded(frames: Frames, fps: float) -> dict[str, Any]:
    import av

    file = io.BytesIO()
    # Colours are halved in both directions.
    height, width = (side - side % 2 for side in frames.pixels.shape[1:3])
    with av.open(file, "w", format="mp4") as target:
        video = target.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        for pixels in frames.pixels[:, :height, :width]:
            target.mux(video.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
        target.mux(video.encode())
    return {"mime_type": "video/mp4", "data": file.getvalue()}


def _retry_delay(details: Any) -> str:
    """Seconds that Gemini asks to wait, as in `"retryDelay": "34.5s"`; or ""."""
    try:
        delays = [detail["retryDelay"] for detail in details["error"]["details"] if "retryDelay" in detail]
        return str(delays[0]).removesuffix("s")
    except (LookupError, TypeError):
        return ""


def _completion(response: Any) -> dict[str, Any]:
    """A `GenerateContentResponse` as a chat completion.

    A prompt that is blocked has no candidate, and is a refusal.
    """
    usage, feedback = response.usage_metadata, response.prompt_feedback
    if not (usage or feedback or response.candidates):
        # The client drops what it does not know: this was another JSON, such as an error of a proxy.
        return {}
    thought = (usage and usage.thoughts_token_count) or 0
    counts = usage and {
        "prompt_tokens": usage.prompt_token_count,
        "completion_tokens": (usage.candidates_token_count or 0) + thought,
        "prompt_tokens_details": {"cached_tokens": usage.cached_content_token_count},
        "completion_tokens_details": {"reasoning_tokens": thought},
    }
    choices = [_choice(candidate) for candidate in response.candidates or []]
    if not choices and feedback and feedback.block_reason:
        choices = [{"message": {"refusal": f"the prompt is blocked ({feedback.block_reason.value})"}}]
    return {"choices": choices, "usage": counts, "model": response.model_version}


def _choice(candidate: Any) -> dict[str, Any]:
    texts: dict[bool, str] = {False: "", True: ""}
    for part in (candidate.content and candidate.content.parts) or []:
        texts[bool(part.thought)] += part.text or ""
    shown = candidate.logprobs_result
    tokens = (
        [
            _token(chosen) | {"top_logprobs": [_token(token) for token in top.candidates or []]}
            for chosen, top in zip(shown.chosen_candidates or [], shown.top_candidates or [], strict=False)
        ]
        if shown
        else []
    )
    return {
        "message": {"content": texts[False], "reasoning_content": texts[True]},
        "finish_reason": candidate.finish_reason and candidate.finish_reason.value,
        "logprobs": {"content": tokens},
    }


def _token(given: Any) -> dict[str, Any]:
    return {"token": given.token, "logprob": given.log_probability}
