"""An endpoint's key: sent in a header and shown nowhere."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Shorter ones are placeholders for servers that want any word; hiding them would tear holes into answers.
SHORTEST_SECRET = 8
# Clients log responses, and a response can echo what was sent.
CLIENT_LOGGERS = ("openai", "httpx", "httpx2", "httpcore", "httpcore2", "google_genai")


def _any_form(letter: str) -> str:
    """A pattern for one letter of the key: as it is, or escaped for an address, for JSON or for HTML."""
    code = ord(letter)
    return rf"(?:\\?{re.escape(letter)}|%{code:02x}|\\u{code:04x}|&#{code};|&#x{code:x};)"


class EndpointKey:
    """A key, or the absence of one; its own text form does not tell it."""

    def __init__(self, key: str) -> None:
        self._key = key
        secret = len(key) >= SHORTEST_SECRET
        packed = (pack(key.encode()).decode().rstrip("=") for pack in (base64.b64encode, base64.urlsafe_b64encode))
        forms = ("".join(map(_any_form, key)), *map(re.escape, packed))
        # In any case of letters: servers and clients change it.
        self._forms = re.compile("|".join(forms), re.IGNORECASE) if secret else None

    def __bool__(self) -> bool:
        return bool(self._key)

    def __repr__(self) -> str:
        return f"EndpointKey({'[key]' if self else ''})"

    @property
    def to_send(self) -> str:
        """The client insists on one, also where the server does not."""
        return self._key or "none"

    def hidden_in(self, text: str) -> str:
        """The text with `[key]` wherever the key stood."""
        return self._forms.sub("[key]", text) if self._forms else text

    def hidden_within(self, value: Any) -> Any:
        """What was read from JSON, with `[key]` wherever the key stood in its texts.

        Before anything is cut: half a key would not be found, and gives away as much.
        """
        match value:
            case str():
                return self.hidden_in(value)
            case list():
                return [self.hidden_within(inner) for inner in value]
            case dict():
                return {self.hidden_in(name): self.hidden_within(inner) for name, inner in value.items()}
        return value

    @contextmanager
    def kept_from_logs(self) -> Iterator[None]:
        """Hides the key in what HTTP clients log."""

        def hide(record: logging.LogRecord) -> bool:
            message = record.getMessage()
            if (hidden := self.hidden_in(message)) != message:
                record.msg, record.args = hidden, ()
            return True

        known = [
            logging.getLogger(name)
            for name in list(logging.root.manager.loggerDict)
            if name.partition(".")[0] in CLIENT_LOGGERS
        ]
        for client_logger in known:
            client_logger.addFilter(hide)
        try:
            yield
        finally:
            for client_logger in known:
                client_logger.removeFilter(hide)
