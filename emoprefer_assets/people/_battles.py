"""Battles of submitted systems that people vote on, drawn at random among those that judges are asked about."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from emoprefer_assets.csv_tables import read_table
from emoprefer_assets.datasets import BATTLE_COLUMNS
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.names import CONTESTED
from emoprefer_assets.stats.stratified import stratified_sample
from emoprefer_assets.store.published import read_published

# In the study's folder.
FILE = "battles.csv"
_BATTLES = f"""
    select battle_id as battle, clip_id as name, system1, a1, system2, a2
    from battles
    anti join raw_pairs using (pair_id)
    where chosen_by <> '{CONTESTED}'
    order by battle_id
"""


def draw_battles(database: Path, number: int, seed: int = 1) -> pd.DataFrame:
    """Battles for people, about as many of every two systems: `BATTLE_COLUMNS`.

    With the same seed, a larger number has all battles of a smaller one, as long as no battles came in between.

    Raises:
        EmopreferError: nothing was evaluated, or no submitted system has battles.
    """
    found = read_published(database, _BATTLES)
    if found.empty:
        raise EmopreferError(f"{database} has no battles of submitted systems. Hand some in, and run `emoprefer run`.")
    return draw_from(found, number, seed)


def draw_from(battles: pd.DataFrame, number: int, seed: int = 1) -> pd.DataFrame:
    """As `draw_battles`, of battles that are at hand: `BATTLE_COLUMNS` but for the probability."""
    pairs = [" ".join(sorted(systems)) for systems in zip(battles["system1"], battles["system2"], strict=True)]
    texts = (f"{seed}\0{battle}".encode() for battle in battles["battle"])
    digests = (hashlib.blake2b(text, digest_size=8).digest() for text in texts)
    random_numbers = np.array([int.from_bytes(digest) / 2**64 for digest in digests])
    drawn, probability = stratified_sample(np.unique(pairs, return_inverse=True)[1], random_numbers, number)
    return battles.assign(probability=probability)[drawn][BATTLE_COLUMNS].reset_index(drop=True)


def read_battles(file: Path) -> pd.DataFrame:
    """The battles of a study: `BATTLE_COLUMNS` as they stand in the file.

    Raises:
        EmopreferError: it is not there, or lacks a column.
    """
    if not file.exists():
        raise EmopreferError(f"{file} is missing. Make the study anew by `emoprefer study init --battles N`.")
    return read_table(file, BATTLE_COLUMNS)
