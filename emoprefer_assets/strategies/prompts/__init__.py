"""Prompt templates: Jinja files that a user can replace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template, TemplateError

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges.chat import ChatMessage
from emoprefer_assets.media import Media
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.strategies.prompts._forgery import NOTE, forges, headings_of, quoted

OURS = Path(__file__).parent
# The set of our templates with the options named once more at the end, and the templates that ask for one of them.
OPTIONS_LAST = "options-last"
ASK_FOR_AN_OPTION = ("s1", "s1_blind", "s2", "s3", "s4_answer")
LAST_LINE = "Answer with one word: a1, a2 or same."


class Prompts:
    """The templates in a user's folder, and ours where the user has none.

    Args:
        folder: the user's templates, named as ours, or None.
        of_set: the set of templates, a folder among ours and in the user's, or None for those beside it;
            `OPTIONS_LAST` is those beside it with a last line.
    """

    def __init__(self, folder: Path | None = None, of_set: str | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise EmopreferError(f"EMOPREFER_PROMPTS {folder} is not a folder. Name one that holds *.jinja files.")
        self._last_line = LAST_LINE if of_set == OPTIONS_LAST else ""
        self._folder, self._set = folder, "" if self._last_line else of_set or ""
        # With the headings of its texts.
        self._compiled: dict[str, tuple[Template, tuple[str, ...]]] = {}

    def messages(self, name: str, media: Sequence[Media] = (), **values: str) -> tuple[ChatMessage, ...]:
        """`media`, then template `name` filled with `values`, as one user message.

        Where a description forges a part of the prompt, all texts stand in it as JSON strings, and a note says so; the
        prompt of other texts is the template's alone.

        Raises:
            EmopreferError: the template cannot be read, or uses a value that it is not given.
        """
        try:
            if name not in self._compiled:
                source = self._source(name)
                self._compiled[name] = self._environment.from_string(source), headings_of(source)
            template, headings = self._compiled[name]
            forged = forges(headings, values)
            text = template.render(quoted(values) if forged else values).strip()
        except TemplateError as error:
            raise EmopreferError(
                f"{self._file(name)}: {error}. The values given are: {', '.join(sorted(values))}."
            ) from None
        ends = (text, NOTE if forged else "", self._ending(name))
        return (ChatMessage("user", (*media, "\n\n".join(filter(None, ends)))),)

    def version(self, name: str) -> str:
        """A hash of the template's text."""
        return hashlib.blake2b((self._source(name) + self._ending(name)).encode(), digest_size=8).hexdigest()

    def _ending(self, name: str) -> str:
        return self._last_line if name in ASK_FOR_AN_OPTION else ""

    @cached_property
    def _environment(self) -> Environment:
        return Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)

    def _file(self, name: str) -> Path:
        place = Path(self._set, f"{name}.jinja")
        theirs = self._folder / place if self._folder else None
        return theirs if theirs and theirs.exists() else OURS / place

    def _source(self, name: str) -> str:
        file = self._file(name)
        if not file.exists():
            for strategy in STRATEGIES.values():
                if name in strategy.templates:
                    return strategy.templates[name]
        return file.read_text(encoding="utf-8")
