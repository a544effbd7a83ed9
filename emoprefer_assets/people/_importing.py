"""Votes from another tool into votes.csv: which pair, which description, and whether it is there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from emoprefer_assets.csv_tables import first_problems
from emoprefer_assets.datasets import VOTE_DETAILS, read_data_set
from emoprefer_assets.display import in_message, in_spreadsheet, listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people._votes_file import VOTES, figures, stored_rows, write_rows
from emoprefer_assets.people.importers import IMPORTERS, Names, Said
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.labels import SWAPPED

MEANINGS = ("left", "right", "a1", "a2", "same", "skip")
_COMMON = {"first": "left", "second": "right", "tie": "same", "equal": "same"}


@dataclass(frozen=True)
class Imported:
    """What became of a file's votes.

    Attributes:
        file: the votes.csv that they are in.
        new: votes that were added; of these, `repeats` are of pairs that the annotator had voted on before.
        known: votes that were there.
        skipped: what was no vote, by reason.
        unqualified: annotators who are not in the data set's annotators.csv.
    """

    file: Path
    new: int
    repeats: int
    known: int
    skipped: Counter[str]
    unqualified: Sequence[str]


def import_votes(source: Path, tool: str, names: Names, folder: Path) -> Imported:
    """Add the votes in a file of another tool to votes.csv of the data set in `folder`.

    Imported again, votes that are there change nothing.

    Args:
        tool: a key of `IMPORTERS`.

    Raises:
        EmopreferError: names each thing that cannot be read, or that contradicts a stored vote. Nothing was stored.
    """
    data = read_data_set(folder)
    if source.is_dir() and tool != "potato":
        raise EmopreferError(f"{source}: a folder. Name the file that {tool} wrote.")
    try:
        found = IMPORTERS[tool](source, names)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # The files have no schema of their own that would be checked before: any part may be of another type.
        raise EmopreferError(
            f"{source}: not in the form in which {tool} writes it ({in_message(str(error))})."
        ) from error
    pairs = _Pairs(data.pairs)
    problems, skipped, rows = found.problems, found.skipped, []
    for said in found.said:
        try:
            row = _row(said, pairs, names)
        except _Unclear as unclear:
            problems.append(f"{said.where}: {unclear}")
        else:
            if row is None:
                skipped["skipped by the annotator"] += 1
            else:
                rows.append(row)
    votes = pd.DataFrame(rows, columns=["pair", "annotator", "vote", *VOTE_DETAILS], dtype="object")
    # Without times, the order of the file is that of the votes.
    votes = votes.sort_values("time", kind="stable")
    votes["attempt"] = (votes.groupby(["pair", "annotator"]).cumcount() + 1).astype(str)
    before = stored_rows(folder / VOTES)
    # Row and vote of each stored vote.
    known = {} if before is None else dict(zip(_keys(before), enumerate(before["vote"], start=1), strict=True))
    new = [place for place, key in enumerate(_keys(votes)) if key not in known]
    problems += _contradictions(votes, known, folder / VOTES)
    if problems:
        lines = first_problems(range(len(problems)), lambda number: problems[number], "problems")
        raise EmopreferError("\n".join([*lines, "Nothing was imported."]))
    added = votes.iloc[new]
    if len(added):
        given = [name for name in added if added[name].ne("").any() or (before is not None and name in before)]
        rows_after = added[given] if before is None else pd.concat([before, added[given]]).fillna("")
        write_rows(folder / VOTES, rows_after)
    qualified = set(data.qualification["annotator"])
    unqualified = sorted(set(votes["annotator"]) - qualified) if qualified else []
    repeats = int(added["attempt"].ne("1").sum())
    return Imported(folder / VOTES, len(added), repeats, len(votes) - len(added), skipped, unqualified)


class _Unclear(Exception):
    """What was said cannot be a vote; the message says why, and what to do."""


class _Pairs:
    """The pairs of the data set, found by name or by their texts."""

    def __init__(self, pairs: pd.DataFrame) -> None:
        self.texts = {row.pair_key: (_plain(row.a1), _plain(row.a2)) for row in each_row(pairs)}
        self._by_texts: dict[frozenset[str], list[str]] = {}
        for key, texts in self.texts.items():
            self._by_texts.setdefault(frozenset(texts), []).append(key)

    def find(self, said: Said) -> str:
        if said.pair is not None:
            if said.pair in self.texts:
                return said.pair
            raise _Unclear(f'pair "{in_message(said.pair)}" is not in the data set. Name the field of pairs by --pair.')
        if said.shown is None:
            has = listed([in_message(name) for name in said.fields], 12)
            raise _Unclear(
                f"no field says which pair it is; it has {has}. Name one by --pair, or the texts by --left and --right."
            )
        found = self._by_texts.get(frozenset(map(_plain, said.shown)), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise _Unclear(f"several pairs have its texts ({listed(found, 5)}). Name a field with the pair by --pair.")
        raise _Unclear("no pair of the data set has its two texts. Name the fields of texts by --left and --right.")

    def left(self, key: str, said: Said) -> str | None:
        """Which of the pair's texts stood left, or None where the tool does not say."""
        if said.shown is None:
            return None
        shown, texts = tuple(map(_plain, said.shown)), self.texts[key]
        if shown == texts:
            return "a1"
        if shown == texts[::-1]:
            return "a2"
        raise _Unclear(
            f'its texts are not those of pair "{in_message(key)}". Name the fields of texts by --left and --right.'
        )


def _row(said: Said, pairs: _Pairs, names: Names) -> dict[str, str] | None:
    """The vote as a row of votes.csv; None where a pair was skipped."""
    key = pairs.find(said)
    left = pairs.left(key, said)
    meaning = _meaning(said.word, names.means)
    if meaning == "skip":
        return None
    if meaning in ("left", "right"):
        if left is None:
            has = listed([in_message(name) for name in said.fields], 12)
            raise _Unclear(
                f'"{in_message(said.word)}", but not which text stood there; it has {has}. '
                "Name the fields with the two texts by --left and --right."
            )
        meaning = left if meaning == "left" else SWAPPED[left]
    annotator = names.people.get(said.annotator, said.annotator)
    if not annotator.strip() or in_spreadsheet(annotator) != annotator:
        raise _Unclear(f'annotator "{in_message(annotator)}" is no name. Give another one by --person ID=NAME.')
    return {
        "pair": key,
        "annotator": annotator,
        "vote": meaning,
        "study": "",
        "left": left or "",
        "seconds": figures(said.seconds),
        "replays": "",
        "confidence": figures(said.confidence),
        "reason": in_spreadsheet(_plain(said.reason)),
        "time": said.at,
    }


def _meaning(word: str, means: Mapping[str, str]) -> str:
    if word in means:
        return means[word]
    plain = word.strip().lower()
    if plain in MEANINGS or plain in _COMMON:
        return _COMMON.get(plain, plain)
    raise _Unclear(
        f'"{in_message(word)}" is no vote. Say what it means by --means WORD=left, right, a1, a2, same or skip.'
    )


def _contradictions(
    votes: pd.DataFrame, known: Mapping[tuple[str, str, str], tuple[int, str]], file: Path
) -> Iterator[str]:
    """What was stored otherwise before."""
    for key, vote in zip(_keys(votes), votes["vote"], strict=True):
        if key in known and known[key][1] != vote:
            row, before = known[key]
            yield (
                f'{file} row {row}: "{in_message(key[1])}" voted {in_message(before)} on pair "{in_message(key[0])}", '
                f"and {vote} in the file to import. Remove the row that is wrong."
            )


def _keys(votes: pd.DataFrame) -> list[tuple[str, str, str]]:
    attempts = votes["attempt"].replace("", "1") if "attempt" in votes else ["1"] * len(votes)
    return list(zip(votes["pair"], votes["annotator"], attempts, strict=True))


def _plain(text: str) -> str:
    """A text without what tools change in it: kinds of spaces and ends of lines."""
    return " ".join(text.split())
