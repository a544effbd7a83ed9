"""The leaderboard as it may be published: by all clips, or without the hidden ones while these count for nobody yet."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pandas as pd

from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.settings import Settings
from emoprefer_assets.store.published import read_published
from emoprefer_assets.submissions import CompetitionBook, in_utc
from emoprefer_assets.terminal import HOW_TO_READ, leaderboard_on_page, read_leaderboard


@dataclass(frozen=True, eq=False)
class Standings:
    """Leaderboards, and what has to be said with them.

    Attributes:
        boards: by whose verdicts.
        about: data set (with "synthetic" where it is), date, and what else there is to say, each under a word.
    """

    boards: Mapping[str, pd.DataFrame]
    about: Mapping[str, str]

    def page(self) -> str:
        """As one HTML text."""
        from emoprefer_assets.report import render_standings

        words = [*(f"{word.capitalize()}: {said}" for word, said in self.about.items()), HOW_TO_READ]
        return render_standings(words, {source: leaderboard_on_page(board) for source, board in self.boards.items()})


def standings(settings: Settings, sources: Collection[str], mask: bool = False, all_clips: bool = False) -> Standings:
    """What was last evaluated; while the competition has hidden clips, by the others alone.

    Args:
        mask: name submitted systems entry 1, 2, ...
        all_clips: by the hidden ones too, for the organisers themselves.

    Raises:
        EmopreferError: nothing is published, or it has no such source.
    """
    competition = CompetitionBook(settings.competition_book).state()
    rows, said = None, []
    about = _data_set(settings.database)
    if competition.hidden and not competition.frozen:
        said = [f"By all clips, of which {len(competition.hidden):,} are hidden: not to be published."]
        if not all_clips:
            rows = _without(settings.database, competition.hidden)
            said = [f"Without {len(competition.hidden):,} hidden clips, which count when the competition is frozen."]
    made = read_published(settings.database, "from lineage where table_name = 'leaderboard'").iloc[0]
    about["date"] = in_utc(made["made_at"].tz_localize(UTC))
    if said := [*said, *competition.remarks(made["version"])]:
        about["competition"] = " ".join(said)
    return Standings({source: read_leaderboard(settings.database, source, mask, rows) for source in sources}, about)


def draw_hidden(settings: Settings, which: str) -> list[str]:
    """The clips that a file names, one a line, or a random share of the data set's, such as 0.3.

    Raises:
        EmopreferError: there is no such file or share, or it names a clip that is not in the data set.
    """
    clips = read_data_set(settings.data_dir).clips["clip_id"].tolist()
    file = Path(which)
    if file.is_file():
        named = list(dict.fromkeys(filter(None, map(str.strip, file.read_text(encoding="utf-8-sig").splitlines()))))
        if unknown := [clip for clip in named if clip not in set(clips)]:
            raise EmopreferError(
                f'{file}: clip "{in_message(unknown[0])}" is not in the data set. Write one clip a line.'
            )
        return named
    try:
        share = float(which)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise EmopreferError(f'--hidden: "{in_message(which)}" is no file, and no share between 0 and 1.')
    # By nothing that a participant could compute.
    return sorted(random.SystemRandom().sample(clips, round(share * len(clips))))


def _data_set(database: Path) -> dict[str, str]:
    found = read_published(database, "from data_set").iloc[0]
    name = f"{found['name']} (synthetic)" if found["synthetic"] else found["name"]
    return {"data set": name} | ({"note": found["note"]} if found["note"] else {})


def _without(database: Path, clips: Collection[str]) -> pd.DataFrame:
    """The table leaderboard, made from the other clips as the asset makes it."""
    # Dagster's import takes a second, and most boards are read.
    from emoprefer_assets.assets import TABLE_ASSETS
    from emoprefer_assets.assets.counts import BattleCounts, Entrants

    kept: dict[str, Any] = {"hidden": list(clips)}
    make = TABLE_ASSETS["leaderboard"].make
    assert make
    counts = read_published(database, "from battle_counts where not list_contains($hidden, clip_id)", **kept)
    votes = read_published(database, "from human_battle_votes where not list_contains($hidden, clip_id)", **kept)
    made: pd.DataFrame = make(
        BattleCounts.of(counts),
        Entrants.of(read_published(database, "from entries")),
        read_published(database, "from annotators"),
        votes,
    ).frame
    return made
