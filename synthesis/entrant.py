"""A system that was submitted to the sample's leaderboard, its battles, and those of them that people voted on."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from emoprefer_assets.assets import BattleBook
from emoprefer_assets.assets.battling import battles
from emoprefer_assets.assets.submitting import own_descriptions
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.people import draw_from
from emoprefer_assets.settings import BattleSettings
from emoprefer_assets.store import TABLES, Journal
from synthesis.descriptions import Description, System, describe
from synthesis.scenarios import Scenario

ENTRANT = System("gale", 0.90, 0.80, 0.80, 205)
# Of the entrant's battles, drawn as `emoprefer study init --battles` draws them.
VOTED = 36


def handed_in(
    scenarios: list[Scenario], described: Mapping[str, Mapping[str, Description]], dice: random.Random
) -> dict[str, Description]:
    """The entrant's description of each clip that it describes, none of them another system's text."""
    found = {}
    for scenario in scenarios:
        taken = {description.text for description in described[scenario.name].values()}
        description = describe(scenario, ENTRANT, dice)
        while description.text in taken:
            description = describe(scenario, ENTRANT, dice)
        found[scenario.name] = description
    return found


def battles_of_entrant(data: Path, texts: Mapping[str, str]) -> pd.DataFrame:
    """All battles that the evaluation gives the entrant: the columns of the table `battles`.

    Args:
        data: the sample's folder, with its pairs.
        texts: the entrant's description of each clip.
    """
    pairs = read_data_set(data).pairs
    own = own_descriptions(pairs).assign(submission=None, state="open")
    entered = pd.DataFrame(
        [(ENTRANT.name, clip, text, "handed in", "open") for clip, text in texts.items()], columns=list(own)
    )
    # As by default, whatever the environment says.
    by_default = {name: field.default for name, field in BattleSettings.model_fields.items()}
    book = BattleBook(Journal(data / "no battles on record"), BattleSettings(**by_default))
    entries = pd.concat([own, entered], ignore_index=True)
    found = battles.make(entries, pairs, TABLES["consensus_pairs"].frame(), book)
    return found[~found["pair_id"].isin(pairs["pair_id"])].sort_values("battle_id", ignore_index=True)


def drawn_for_people(found: pd.DataFrame) -> pd.DataFrame:
    """Those that people vote on: `BATTLE_COLUMNS`."""
    return draw_from(found.rename(columns={"battle_id": "battle", "clip_id": "name"}), VOTED)
