"""Who may vote: tokens, and apart from them the names that an organiser notes for them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from filelock import FileLock

from emoprefer_assets.csv_tables import read_table
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.people.study import annotator_id
from emoprefer_assets.rows import each_row

TOKENS, NAMES = "tokens.csv", "names.csv"


@dataclass(frozen=True)
class Invitation:
    """An annotator and the token that lets them in."""

    annotator: str
    token: str


def invite(folder: Path, people: int, names: Sequence[str] = ()) -> list[Invitation]:
    """Make tokens for `people` more annotators of the study in `folder`; `names` are noted in a file of their own.

    Raises:
        EmopreferError: the file of tokens cannot be read.
    """
    with FileLock(folder / ".tokens.lock"):
        before = invited(folder)
        places = range(len(before), len(before) + people)
        new = [Invitation(annotator_id(place), secrets.token_urlsafe(16)) for place in places]
        _write(folder / TOKENS, [(one.annotator, one.token) for one in (*before, *new)], ("annotator", "token"))
        if names:
            known = read_table(folder / NAMES, ["annotator", "name"]) if (folder / NAMES).exists() else pd.DataFrame()
            noted = [(row.annotator, row.name) for row in each_row(known)]
            noted += [(one.annotator, name) for one, name in zip(new, names, strict=False)]
            _write(folder / NAMES, noted, ("annotator", "name"))
    return new


def invited(folder: Path) -> list[Invitation]:
    """Everybody who has a token, in the order of the file.

    Raises:
        EmopreferError: the file of tokens cannot be read, or a line of it cannot be used.
    """
    file = folder / TOKENS
    if not file.exists():
        return []
    found = [Invitation(row.annotator, row.token) for row in each_row(read_table(file, ["annotator", "token"]))]
    for row, one in enumerate(found, start=1):
        if one.annotator != annotator_id(row - 1) or len(one.token) < 16:
            raise EmopreferError(f"{file} row {row}: not a token of this file's annotators. Restore it from a copy.")
    return found


class Doors:
    """Who may come in by what they say: a token, or an annotator's id where no tokens were made."""

    def __init__(self, annotators: Sequence[str], invitations: Sequence[Invitation]) -> None:
        known = {one.token: one.annotator for one in invitations} or {one: one for one in annotators}
        # Looked up by hash, so that the time it takes says nothing about the tokens.
        self._by_hash: Mapping[bytes, str] = {_hash(said): annotator for said, annotator in known.items()}
        self.by_token = bool(invitations)

    def annotator(self, said: str) -> str | None:
        """Whom it lets in; None for nobody."""
        return self._by_hash.get(_hash(said))


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest()


def _write(file: Path, rows: Sequence[tuple[str, str]], columns: tuple[str, str]) -> None:
    with replaced_atomically(file, durable=True) as part:
        part.touch(mode=0o600)
        pd.DataFrame(rows, columns=list(columns)).to_csv(part, index=False)
