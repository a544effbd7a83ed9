"""An answer that comes in pieces, as server-sent events: put together again."""

from __future__ import annotations

import json
from typing import Any

from emoprefer_assets.judges.openai._completion import Message

END = "[DONE]"


def answer_in(text: str) -> Any:
    """The JSON of a chat completion, whether it was sent whole or as the events of a stream.

    An error among the events is the answer.

    Raises:
        ValueError: it is neither.
        EOFError: the stream broke off before the answer's end.
    """
    # Some servers begin with a byte order mark.
    text = text.lstrip().lstrip("\ufeff")
    # At these two alone: a text may hold other ends of lines.
    lines = text.replace("\r", "\n").split("\n")
    if not lines[0].startswith(("data:", "event:", ":")):
        return json.loads(text)
    events = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    chunks = [json.loads(event) for event in events if event not in (END, "")]
    if not all(isinstance(chunk, dict) for chunk in chunks):
        raise ValueError("an event is no JSON object")
    if wrong := next((chunk for chunk in chunks if chunk.get("error")), None):
        return wrong
    answer = _joined(chunks)
    if END not in events and not any(choice.get("finish_reason") for choice in answer["choices"]):
        raise EOFError
    return answer


def _joined(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    from openai.lib.streaming.chat import ChatCompletionStreamState
    from openai.types.chat import ChatCompletionChunk

    state: ChatCompletionStreamState[None] = ChatCompletionStreamState()
    usage = None
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        try:
            # Some name no place where there is one choice only.
            choices = [{"index": 0} | choice | {"delta": _delta(choice)} for choice in chunk.get("choices") or []]
            state.handle_chunk(ChatCompletionChunk.model_construct(**chunk | {"choices": choices}))
        except (AttributeError, LookupError, RuntimeError, TypeError, AssertionError) as error:
            raise ValueError("an event is no piece of a chat completion") from error
    whole = state.current_completion_snapshot.to_dict() if chunks else {"choices": []}
    return whole | {"usage": usage}


def _delta(choice: dict[str, Any]) -> dict[str, Any]:
    delta: dict[str, Any] = choice.get("delta") or choice.get("message") or {}
    if not isinstance(delta.get("content"), list):
        return delta
    # The client joins texts alone.
    said = Message.model_validate(delta)
    return delta | {"content": said.content, "reasoning_content": said.thoughts}
