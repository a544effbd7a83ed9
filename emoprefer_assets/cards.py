"""Judge cards: what a judge is and how it did, in one JSON file that another project's CI can hold to limits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self, TypeGuard

from pydantic import BaseModel, ConfigDict, ValidationError

from emoprefer_assets.display import in_message, listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import Judge
from emoprefer_assets.judges.registry import LocalJudge
from emoprefer_assets.judges.weights import find_weights, revision_of
from emoprefer_assets.settings import Settings
from emoprefer_assets.store.published import read_rows

# Keys of a registry entry that are about this machine, not about the judge.
_OF_THIS_MACHINE = {"name", "base_url", "key_variable", "path", "only_on", "retired", "gguf"}
Figure = bool | int | float | str | list[str] | None


class Evidence(BaseModel):
    """A table that the figures rest on, as it was: `inputs` are versions of what it was made from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    code_version: str
    inputs: dict[str, str]
    rows: int
    made_at: str


class Card(BaseModel):
    """What a judge is and how it did.

    Attributes:
        card: version of this layout.
        made_with: this tool's version.
        judge: its name.
        content_blind: whether it sees no media.
        entry: its keys in the registry, but those about the machine; backend and model where it is in none.
        revision: a hash of the weights, where they are here.
        data_set: its name, note, numbers of pairs and clips, and whether it is synthetic.
        figures: its row of table judge_board, by column.
        evidence: by table, each part of it that is the judge's own, and the board.
        digest: of all else.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    card: int = 1
    made_with: str
    judge: str
    content_blind: bool
    entry: dict[str, Any]
    revision: str | None
    data_set: dict[str, Figure]
    figures: dict[str, Figure]
    evidence: dict[str, Evidence]
    digest: str = ""

    def computed_digest(self) -> str:
        """What `digest` is if nobody has changed the card."""
        said = json.dumps(self.model_dump(exclude={"digest"}), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()

    def signed(self) -> Self:
        """The card with its digest."""
        return self.model_copy(update={"digest": self.computed_digest()})


@dataclass(frozen=True)
class LimitCheck:
    """Whether a figure keeps its limit, and a sentence that says so."""

    kept: bool
    sentence: str


def card_of(judge: str, settings: Settings) -> Card:
    """The card of a judge from the published database.

    Raises:
        EmopreferError: nothing is published, or no board has the judge.
    """
    figures = {row.pop("judge"): row for row in read_rows(settings.database, "from judge_board")}
    known = {row["judge"]: row for row in read_rows(settings.database, "from judges")}
    if judge not in known or judge not in figures:
        names = listed(sorted(figures.keys() & known.keys()), 10)
        raise EmopreferError(f'No board has a judge "{in_message(judge)}". Those that have a card: {names}.')
    registered = {one.name: one for one in all_judges(settings).judges}.get(judge)
    parts = read_rows(settings.database, "from lineage")
    about = read_rows(settings.database, "select name, note, synthetic, pairs, clips from data_set")
    return Card(
        made_with=f"emoprefer-assets {version('emoprefer-assets')}",
        judge=judge,
        content_blind=known[judge]["content_blind"],
        entry=portable_entry(registered)
        if registered
        else {name: known[judge][name] for name in ("backend", "model", "inputs", "strategies")},
        revision=_revision(registered, settings),
        data_set=about[0],
        figures=figures[judge],
        evidence={
            row["table_name"]: Evidence(
                **{name: row[name] for name in Evidence.model_fields} | {"inputs": json.loads(row["inputs"])}
            )
            for row in parts
            if row["judge"] == judge or row["table_name"] in ("judge_board", "consensus_pairs")
        },
    ).signed()


def read_card(file: Path) -> Card:
    """The card in a file.

    Raises:
        EmopreferError: it is none, or it was changed after it was made.
    """
    try:
        card = Card.model_validate_json(file.read_bytes(), strict=True)
    except (OSError, ValidationError) as error:
        raise EmopreferError(f"{file} is no judge card. Write one by `emoprefer card JUDGE`.") from error
    if card.card != 1:
        raise EmopreferError(
            f"{file} has layout {card.card}, which this version does not know. Update emoprefer-assets."
        )
    if card.digest != card.computed_digest():
        raise EmopreferError(f"{file} was changed after it was made. Write it anew by `emoprefer card JUDGE`.")
    return card


def check_limits(card: Card, at_least: Mapping[str, float], at_most: Mapping[str, float]) -> Iterator[LimitCheck]:
    """Each figure beside its limit; one that is not known keeps none.

    Raises:
        EmopreferError: the card has no number of that name.
    """
    numbers = {name: value for name, value in card.figures.items() if _may_be_a_number(value)}
    for limits, word, sign in ((at_least, "at least", 1), (at_most, "at most", -1)):
        for name, limit in limits.items():
            if name not in numbers:
                known = listed([name for name, value in numbers.items() if value is not None], 40)
                raise EmopreferError(f'The card has no number "{in_message(name)}". It has {known}.')
            value = numbers[name]
            if value is None:
                yield LimitCheck(False, f"{name} is not known, and has to be {word} {limit:g}")
                continue
            yield LimitCheck(sign * (value - limit) >= 0, f"{name} is {value:.4g} and has to be {word} {limit:g}")


def portable_entry(judge: Judge) -> dict[str, Any]:
    """The keys of a judge's registry entry, but those about the machine."""
    return judge.model_dump(mode="json", exclude_defaults=True, exclude=_OF_THIS_MACHINE)


def _may_be_a_number(value: Figure) -> TypeGuard[int | float | None]:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _revision(judge: Judge | None, settings: Settings) -> str | None:
    if not isinstance(judge, LocalJudge):
        return None
    try:
        place = find_weights(judge, settings.models_dir)
    except EmopreferError:
        return None
    return revision_of(judge, settings.models_dir, place) if place.is_dir() else None
