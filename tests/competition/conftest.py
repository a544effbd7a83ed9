"""A small competition: 24 clips, three systems of known quality, people who agree, and a judge behind a real server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from emoprefer_assets.settings import PROJECT, Settings, current_settings
from tests.conftest import evaluated, limit_to, write_csv
from tests.judges.chat_server import ChatServer, Question, completion, running_server

CLIPS = [f"sample_{number:03d}" for number in range(1, 25)]
OWN = {"north": 3, "south": 2, "west": 1}
EMOTIONS = ("glad", "sorrowful", "furious", "afraid", "astonished", "scornful")
SIGNS = ("the brows", "the mouth", "the gaze", "the voice", "the pace of the words", "the shoulders", "the pauses")
REMOTE = (
    "  - {{name: remote, backend: openai, model: seer, base_url: '{url}', inputs: [video], frames: 2, max_side: 56}}\n"
)


def describe(clip: str, team: str, quality: int) -> str:
    """A text of its own for each clip and team: better ones name more of what shows the emotion."""
    number = CLIPS.index(clip)
    signs = [SIGNS[(number * 3 + place * 2 + len(team)) % len(SIGNS)] for place in range(2)]
    emotion = EMOTIONS[(number + (0 if quality > 1 else 1 + number % 4)) % len(EMOTIONS)]
    how = ("hardly", "somewhat", "clearly", "visibly", "deeply")[(number + len(team)) % 5]
    take = number * 7 + len(team)
    return f"In take {take} {team.title()} finds the person {how} {emotion}, by {signs[0]} and {signs[1]}."


def texts_in(question: Question) -> list[str]:
    """The two descriptions that are compared; none where the judge is to describe the clip."""
    _, _, compared = question.text.partition("First description (a1): ")
    return [text.strip() for text in compared.split("Second description (a2):")] if compared else []


@dataclass
class Competition:
    """What is there to play with.

    Attributes:
        quality: of each text, which the judge goes by; a text that it does not know is worth nothing.
        server: the judge's.
    """

    settings: Settings
    server: ChatServer
    quality: dict[str, int] = field(default_factory=dict)

    def team(self, name: str, quality: int, kind: str = "systems", **changes: str) -> Path:
        """A team's file, dropped into the watched folder."""
        texts = {clip: changes.get(clip, describe(clip, name, quality)) for clip in CLIPS}
        self.quality |= {text: quality for text in texts.values()}
        folder = self.settings.submissions_dir / kind
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{name}.csv"
        write_csv(file, ["name", "description"], list(texts.items()))
        return file

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.settings.database), read_only=True) as connection:
            return connection.sql(sql).fetchall()

    def answer(self, question: Question) -> None:
        if not (compared := texts_in(question)):
            question.send(200, completion("The person seems to feel something."))
            return
        worth = [self.quality.get(text, 0) for text in compared]
        question.send(200, completion("same" if worth[0] == worth[1] else "a1" if worth[0] > worth[1] else "a2"))


SETTINGS = {"EMOPREFER_ROUNDS": "1", "EMOPREFER_BATTLES_PER_SYSTEM": "30", "EMOPREFER_BATTLE_ROUNDS": "0"}


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def before_any_team(server: ChatServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data set, and the competition before any team has handed in, evaluated, to be copied."""
    root = tmp_path_factory.mktemp("competition")
    home, folder = root / "evaluated", root / "data"
    home.mkdir()
    (folder / "video").mkdir(parents=True)
    for clip in CLIPS:
        shutil.copy(PROJECT / "data" / "sample" / "video" / f"{clip}.mp4", folder / "video")
    names = list(OWN)
    pairs = []
    for number, clip in enumerate(CLIPS):
        one, other = names[number % 3], names[(number + 1) % 3]
        texts = [describe(clip, system, OWN[system]) for system in (one, other)]
        pairs.append([f"p{number}", clip, one, texts[0], other, texts[1]])
    write_csv(folder / "pairs.csv", ["pair", "name", "system1", "a1", "system2", "a2"], pairs)
    votes = [
        [pair, who, "a1" if OWN[one] > OWN[other] else "a2"] for pair, _, one, _, other, _ in pairs for who in "AB"
    ]
    write_csv(folder / "votes.csv", ["pair", "annotator", "vote"], votes)
    (home / "judges.yaml").write_text("judges:\n" + REMOTE.format(url=server.url))
    with pytest.MonkeyPatch.context() as patch:
        limit_to(patch, "leaderboard")
        server.otherwise = Competition(current_settings(), server, qualities_of(folder)).answer
        evaluated(home, EMOPREFER_DATA_DIR=str(folder), **SETTINGS)
    return root


def qualities_of(data: Path) -> dict[str, int]:
    """Of the data set's own texts."""
    pairs = pd.read_csv(data / "pairs.csv")
    return {
        text: OWN[system]
        for side in (1, 2)
        for text, system in zip(pairs[f"a{side}"], pairs[f"system{side}"], strict=True)
    }


@pytest.fixture
def competition(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    only: Callable[..., None],
    server: ChatServer,
    before_any_team: Path,
) -> Competition:
    only("leaderboard")
    shutil.copytree(before_any_team / "evaluated", tmp_path, dirs_exist_ok=True)
    # Not copied: what is known of clips holds for their place.
    data = before_any_team / "data"
    for name, value in {"EMOPREFER_DATA_DIR": str(data), **SETTINGS}.items():
        monkeypatch.setenv(name, value)
    played = Competition(current_settings(), server, qualities_of(data))
    server.questions.clear()
    server.otherwise = played.answer
    return played
