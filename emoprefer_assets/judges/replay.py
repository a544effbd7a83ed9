"""Recorded predictions: the reference implementation's files, or a CSV of verdicts."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from emoprefer_assets.csv_tables import read_table, refuse_unknown
from emoprefer_assets.datasets import pair_id_of
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.judges.registry import ReplayJudge, Strategy
from emoprefer_assets.judges.rules import SWAPPED

STRATEGY_OF: dict[str, Strategy] = {"normal": "s1", "cot-answer": "s2", "cot-answer2": "s3", "cot-answer3": "s4"}
# The reference implementation names a file {model}-{input}-{step}-{data set}[reverse][-{llm}]-round{N}.npz
# (github.com/zeroQiaoba/AffectGPT, EmoPrefer).
_AFTER_PREFIX = re.compile(
    r"-(?P<step>normal|cot-answer[23]?)-(?P<data>[a-z0-9]+?)(?P<reverse>reverse)?(-(?P<llm>.+))?-round(?P<round>\d+)"
)
_WHOLE_NAME = re.compile(f"(?P<prefix>.+?){_AFTER_PREFIX.pattern}")
# What numpy and zipfile raise on files that are none, or damaged, or claim to hold more than there is memory for.
_UNREADABLE = (
    ValueError, TypeError, OSError, EOFError, RuntimeError, OverflowError, MemoryError, BadZipFile, zlib.error,
    struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class _Recording:
    file: Path
    strategy: Strategy
    swapped: bool
    llm: str | None
    round: int


def prefix_of(file: Path) -> str | None:
    """{model}-{input} of a file named as the reference implementation names its outputs, or None."""
    match = _WHOLE_NAME.fullmatch(file.stem)
    return match["prefix"] if match else None


def recorded_strategies(judge: ReplayJudge) -> tuple[Strategy, ...]:
    """The strategies that the judge's recordings cover; none where there are no recordings."""
    if judge.prefix is None:
        return (judge.strategy,)
    return tuple(sorted({recording.strategy for recording in _recordings(judge)}))


def recording_version(judge: ReplayJudge) -> str:
    """Changes when a recorded file changes.

    Raises:
        JudgeUnavailable: nothing is recorded.
    """
    files = [judge.recording] if judge.prefix is None else [recording.file for recording in _recordings(judge)]
    if not files or not all(file.is_file() for file in files):
        looked_for = judge.recording if judge.prefix is None else judge.recording / f"{judge.prefix}-*.npz"
        raise JudgeUnavailable(
            f"{judge.where}: no recorded predictions at {looked_for}. Put them there, or set `path:`."
        )
    digest = hashlib.blake2b(digest_size=12)
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def recorded_verdicts(judge: ReplayJudge, strategy: Strategy, pairs: pd.DataFrame) -> pd.DataFrame:
    """The recorded verdicts of one strategy.

    Args:
        pairs: pair_id, clip_id, a1, a2, preference, in data-set order.

    Returns:
        round, swapped, pair_id, verdict (in the pair's own frame).

    Raises:
        EmopreferError: names the file and row that do not fit the data set.
    """
    if judge.prefix is None:
        return _from_csv(judge.recording, pairs)
    recordings = [recording for recording in _recordings(judge) if recording.strategy == strategy]
    rounds = {number: place for place, number in enumerate(sorted({recording.round for recording in recordings}))}
    return pd.concat(
        [_from_npz(recording, rounds[recording.round], pairs) for recording in recordings], ignore_index=True
    )


def _recordings(judge: ReplayJudge) -> list[_Recording]:
    found = []
    prefix = judge.prefix or ""
    for file in sorted(judge.recording.glob("*.npz")):
        if not file.stem.startswith(f"{prefix}-"):
            continue
        match = _AFTER_PREFIX.fullmatch(file.stem.removeprefix(prefix))
        if match:
            strategy = STRATEGY_OF[match["step"]]
            found.append(_Recording(file, strategy, bool(match["reverse"]), match["llm"], int(match["round"])))
    seen: dict[tuple[str, bool, int], Path] = {}
    for recording in found:
        same = seen.setdefault((recording.strategy, recording.swapped, recording.round), recording.file)
        if same != recording.file:
            raise EmopreferError(
                f"{judge.where}: {same.name} and {recording.file.name} record the same strategy, order and round. "
                "Keep one external LLM and data set in the folder."
            )
    return found


def _from_npz(recording: _Recording, round_: int, pairs: pd.DataFrame) -> pd.DataFrame:
    labels = {name: _labels(recording.file, name) for name in ("gt_labels", "pred_labels")}
    for name, values in labels.items():
        if len(values) != len(pairs):
            raise EmopreferError(
                f"{recording.file}: {name} has {len(values)} rows, the data set has {len(pairs)} labelled pairs. "
                "Use recordings of this data set."
            )
    if recording.swapped:
        labels = {name: [SWAPPED[value] for value in values] for name, values in labels.items()}
    misaligned = np.flatnonzero(np.array(labels["gt_labels"]) != pairs["preference"].to_numpy(dtype=str))
    if len(misaligned):
        row = misaligned[0]
        raise EmopreferError(
            f'{recording.file} row {row + 1}: gt_labels says "{labels["gt_labels"][row]}" where the data set says '
            f'"{pairs["preference"].iloc[row]}" (clip "{pairs["clip_id"].iloc[row]}"; {len(misaligned)} such rows'
            f"{', read in the swapped frame' if recording.swapped else ''}). Use recordings of this data set."
        )
    return pd.DataFrame(
        {
            "round": round_,
            "swapped": recording.swapped,
            "pair_id": pairs["pair_id"].to_numpy(),
            "verdict": labels["pred_labels"],
        }
    )


def _labels(file: Path, name: str) -> list[str]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            values = arrays[name]
    except KeyError:
        raise EmopreferError(f'{file}: array "{name}" is missing. Expected gt_labels and pred_labels.') from None
    except _UNREADABLE as error:
        raise EmopreferError(f"{file}: not readable without pickle ({error}). Save plain string arrays.") from None
    if values.ndim != 1 or values.dtype.kind != "U":
        raise EmopreferError(f'{file}: array "{name}" is not a plain list of strings. Save plain string arrays.')
    unknown = np.flatnonzero(~np.isin(values, list(SWAPPED)))
    if len(unknown):
        row = unknown[0]
        raise EmopreferError(f'{file} row {row + 1}: {name} is "{values[row]}". Allowed: a1, a2, same.')
    return [str(value) for value in values]


def _from_csv(file: Path, pairs: pd.DataFrame) -> pd.DataFrame:
    table = read_table(file, ["name", "a1", "a2", "preference"])
    refuse_unknown(file, table, "preference", set(SWAPPED), "a1, a2 or same")
    own = {pair_id: (pair_id, False) for pair_id in pairs["pair_id"]}
    exchanged = {
        pair_id_of(clip, a2, a1): (pair_id, True)
        for pair_id, clip, a1, a2 in zip(pairs["pair_id"], pairs["clip_id"], pairs["a1"], pairs["a2"], strict=True)
    }
    keys = [pair_id_of(*row) for row in zip(table["name"], table["a1"], table["a2"], strict=True)]
    # Rows about pairs without a human label are allowed: predictors answer before labels are known.
    places = [own.get(key) or exchanged.get(key) for key in keys]
    known = table[[place is not None for place in places]]
    found = pd.DataFrame([place for place in places if place], columns=["pair_id", "swapped"], index=known.index)
    repeated = found.index[found.duplicated()]
    if len(repeated):
        row = repeated[0]
        raise EmopreferError(
            f'{file} row {row + 1}: clip "{table["name"][row]}" has this pair in this order twice. Keep one row.'
        )
    for swapped, rows in found.groupby("swapped"):
        missing = pairs[~pairs["pair_id"].isin(rows["pair_id"])]
        if len(missing):
            order = "swapped" if swapped else "normal"
            raise EmopreferError(
                f'{file}: no row for clip "{missing["clip_id"].iloc[0]}" with these descriptions in the {order} order '
                f"({len(missing)} of {len(pairs)} pairs missing). Answer every pair, with its name,a1,a2."
            )
    if not len(found) or found["swapped"].all():
        raise EmopreferError(f"{file}: no row in the data set's own order. Use its name,a1,a2.")
    verdicts = known["preference"].where(~found["swapped"], known["preference"].map(SWAPPED))
    return pd.DataFrame(
        {"round": 0, "swapped": found["swapped"], "pair_id": found["pair_id"], "verdict": verdicts}
    ).reset_index(drop=True)
