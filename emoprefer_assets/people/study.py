"""A study: its file, read strictly, and what it has people vote on."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from emoprefer_assets.datasets import QUALIFICATION_ITEMS, QUALIFYING_PERCENT, DataSet, read_data_set
from emoprefer_assets.display import listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people._battles import read_battles
from emoprefer_assets.people.assignment import ATTENTION, PAIR, QUALIFICATION, REPEAT, Shown, assigned, shown_to
from emoprefer_assets.rows import each_row
from emoprefer_assets.yaml_files import in_words, load_yaml

FILE = "study.yaml"
# A share above it leaves no third of the order between a pair and its repeat.
MOST_REPEATS = 0.3


def _has_words(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


Words = Annotated[str, AfterValidator(_has_words)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Check(_Strict):
    """Two descriptions of which it is known which one fits better."""

    clip: Words
    a1: Words
    a2: Words
    correct: Literal["a1", "a2", "same"]


class Qualification(_Strict):
    """What an annotator passes before real pairs.

    Attributes:
        pass_mark: share of right answers that is needed.
        tries: how often it may be taken.
        items: none, or as many as the evaluation counts.
    """

    pass_mark: Annotated[float, Field(gt=0, le=1)] = QUALIFYING_PERCENT / 100
    tries: Annotated[int, Field(ge=1)] = 2
    items: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.items and len(self.items) < QUALIFICATION_ITEMS:
            raise ValueError(f"{len(self.items)} items; write {QUALIFICATION_ITEMS} or more, or none")
        return self

    @property
    def needed(self) -> int:
        """Right answers that pass."""
        # A mark such as 0.7 is not quite 7 of 10 in binary fractions.
        return math.ceil(self.pass_mark * len(self.items) - 1e-9)


class Study(_Strict):
    """A study file; docs/collect-votes.md explains each key."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    title: Words
    language: Literal["en", "zh"] = "en"
    data: Words
    pairs: Literal["all"] | tuple[str, ...] = "all"
    battles: Words | None = None
    annotators: Annotated[int, Field(ge=1, le=10_000)]
    votes_per_pair: Annotated[int, Field(ge=1)]
    assignment: Literal["balanced", "fixed"] = "balanced"
    seed: int = 1
    instructions: Words
    consent: str = ""
    confidence: bool = False
    reason: bool = False
    repeats: Annotated[float, Field(ge=0, le=MOST_REPEATS)] = 0.1
    qualification: Qualification = Qualification()
    attention: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _votes_can_be_cast(self) -> Self:
        if self.votes_per_pair > self.annotators:
            raise ValueError(f"{self.votes_per_pair} votes a pair need as many annotators; there are {self.annotators}")
        if self.assignment == "fixed" and self.votes_per_pair != self.annotators:
            raise ValueError("with fixed overlap everybody votes on every pair: set votes_per_pair to annotators")
        return self


@dataclass(frozen=True)
class Item:
    """Something to vote on.

    Attributes:
        id: says nothing of what it is; the same for all annotators.
        key: the pair's name in the data set; of checks, their number in the study file.
        correct: the known answer, or None.
    """

    id: str
    kind: str
    key: str
    clip: str
    a1: str
    a2: str
    correct: str | None = None


@dataclass(frozen=True)
class Showing:
    """An item as one annotator sees it; `left` is the description that stands left, or first."""

    item: Item
    left: str


@dataclass(frozen=True)
class Plan:
    """A study with its data set: who is shown what.

    Attributes:
        items: by kind and key.
        files: the clips that the study shows, by name.
        battles: what people vote on instead of the data set's pairs, `BATTLE_COLUMNS`; None where they vote on these.
    """

    study: Study
    folder: Path
    data: Path
    items: dict[tuple[str, str], Item]
    files: dict[str, Path]
    battles: pd.DataFrame | None
    _shares: list[list[str]] = field(repr=False)

    @cached_property
    def annotators(self) -> list[str]:
        """The ids of those whom the study has been planned for: a01, a02, ..."""
        return [annotator_id(place) for place in range(self.study.annotators)]

    def qualification(self, annotator: str) -> list[Showing]:
        """The qualification items in this annotator's order."""
        return self._showings(shown_to(annotator, self._keys(QUALIFICATION), QUALIFICATION, seed=self.study.seed))

    def pairs(self, annotator: str) -> list[Showing]:
        """What this annotator votes on: pairs, with repeats and attention checks among them.

        One beyond those whom the study has been planned for gets the share of one among them, to take their place.
        """
        share = self._shares[(int(annotator[1:]) - 1) % len(self._shares)]
        return self._showings(
            shown_to(annotator, share, PAIR, self.study.repeats, self._keys(ATTENTION), self.study.seed)
        )

    def _keys(self, kind: str) -> list[str]:
        return [key for found, key in self.items if found == kind]

    def _showings(self, shown: list[Shown]) -> list[Showing]:
        return [Showing(self.items[one.kind, one.key], one.left) for one in shown]


def annotator_id(place: int) -> str:
    """The id of the annotator at `place`, from 0."""
    return f"a{place + 1:02d}"


def read_study(folder: Path) -> Study:
    """Read and validate the study file in `folder`.

    Raises:
        EmopreferError: names the line and the key.
    """
    file = folder / FILE
    try:
        text = file.read_bytes()
    except OSError:
        raise EmopreferError(f"{file}: no study there. Make one by `emoprefer study init {folder}`.") from None
    content = load_yaml(file, text, "rt")
    if not isinstance(content, CommentedMap):
        raise EmopreferError(f"{file}: expected keys with values, such as `name: my-study`.")
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        keys = [str(part) for part in problem["loc"]]
        # A rule that several keys break together has no key of its own.
        said = in_words(problem, keys)
        if problem["type"] == "value_error":
            where = f'key "{".".join(keys)}": ' if keys else ""
            said = f"{where}{problem['msg'].removeprefix('Value error, ')}."
        raise EmopreferError(f"{file} line {_line(content, problem['loc'])}: {said}") from None


def read_plan(folder: Path) -> Plan:
    """Read the study in `folder` and its data set.

    Raises:
        EmopreferError: one of them cannot be used, or a pair or clip that the study names is not there.
    """
    study, where = read_study(folder), folder / FILE
    data = (folder / study.data).resolve()
    found = read_data_set(data)
    battles = read_battles(folder / study.battles) if study.battles else None
    pairs = found.pairs if battles is None else battles.rename(columns={"battle": "pair_key", "name": "clip_id"})
    by_key = {row.pair_key: row for row in each_row(pairs)}
    keys = list(by_key) if study.pairs == "all" else list(study.pairs)
    if unknown := [key for key in keys if key not in by_key]:
        source = study.battles or data
        raise EmopreferError(f"{where}: pair {listed(unknown, 3)} is not in {source}. Correct the key `pairs`.")
    if len(set(keys)) < len(keys) or len(by_key) < len(pairs):
        raise EmopreferError(f"{where}: a pair is named twice. Give each pair of the study its own name.")
    # Known from the qualification, a pair is no question any more.
    checks = [(check.clip, {check.a1, check.a2}) for check in (*study.qualification.items, *study.attention)]
    keys = [key for key in keys if (by_key[key].clip_id, {by_key[key].a1, by_key[key].a2}) not in checks]
    if not keys:
        raise EmopreferError(f"{where}: no pair is left to vote on. Correct the key `pairs`.")
    items = [
        _item(study, kind, key, by_key[key].clip_id, by_key[key].a1, by_key[key].a2)
        for kind in (PAIR, REPEAT)
        for key in keys
    ]
    for kind, known in ((QUALIFICATION, study.qualification.items), (ATTENTION, study.attention)):
        items += [
            _item(study, kind, str(number), check.clip, check.a1, check.a2, check.correct)
            for number, check in enumerate(known, start=1)
        ]
    shares = assigned(keys, study.annotators, study.votes_per_pair, study.seed)
    by_kind = {(item.kind, item.key): item for item in items}
    return Plan(study, folder, data, by_kind, _files(where, data, found, items), battles, shares)


def _files(where: Path, data: Path, found: DataSet, items: list[Item]) -> dict[str, Path]:
    files = found.clips.fillna("")
    there = {row.clip_id: data / (row.video or row.audio) for row in each_row(files) if row.video or row.audio}
    clips = dict.fromkeys(item.clip for item in items)
    missing = [clip for clip in clips if clip not in there]
    if missing:
        raise EmopreferError(
            f"{where}: clip {listed(missing, 3)} has no file in {data}. Put video/NAME.mp4 or audio/NAME.wav there."
        )
    return {clip: there[clip] for clip in clips}


def _item(study: Study, kind: str, key: str, clip: str, a1: str, a2: str, correct: str | None = None) -> Item:
    digest = hashlib.blake2b("\0".join([study.name, kind, key]).encode(), digest_size=8).hexdigest()
    return Item(digest, kind, key, clip, a1, a2, correct)


def _line(content: CommentedMap | CommentedSeq, place: tuple[int | str, ...]) -> int:
    """The line of the innermost key of `place` that is there."""
    line, node = content.lc.line + 1, content
    for part in place:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
        else:
            break
        node = node[part]
    return int(line)
