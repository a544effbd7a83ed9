"""The three layouts: the official one, our own, and raw description files."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from emoprefer_assets.csv_tables import (
    Refusals,
    read_rows,
    read_table,
    refuse_empty,
    refuse_repeated,
    require_kind,
    table_file,
    tables_in,
)
from emoprefer_assets.datasets._media import media_of
from emoprefer_assets.datasets._model import PAIR_COLUMNS, DataSet, pair_id_of
from emoprefer_assets.datasets._published_facts import published_facts, stated_agreement
from emoprefer_assets.datasets._votes import read_battle_votes, read_votes
from emoprefer_assets.display import is_printable
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.stats.labels import SWAPPED
from emoprefer_assets.yaml_files import load_yaml

_ROBUSTNESS_COLUMNS = ["pair_id", "clip_id", "a1", "a2", "preference", "error_type", "position"]


def read_data_set(folder: Path) -> DataSet:
    """Read `folder` as it is: `preference_*.csv`, or `pairs.csv`, or `descriptions/<system>.csv`.

    Raises:
        EmopreferError: no known layout, or a file that cannot be read as one.
    """
    if not folder.is_dir():
        raise EmopreferError(f"EMOPREFER_DATA_DIR {folder} is not a folder. Name the data set's folder.")
    # A link to a clip that is not here has no other state than its own.
    files = ((file, file.stat() if file.exists() else file.lstat()) for file in sorted(folder.rglob("*")))
    found = _read(folder, tuple((str(file), stat.st_size, stat.st_mtime_ns) for file, stat in files))
    parts = {field.name: getattr(found, field.name) for field in fields(found)}
    # pandas copies what is written to: whoever changes a table changes it for itself.
    own: dict[str, Any] = {
        name: part.copy(deep=False) for name, part in parts.items() if isinstance(part, pd.DataFrame)
    }
    return replace(found, **own)


@lru_cache(maxsize=1)
def _read(folder: Path, state: tuple[tuple[str, int, int], ...]) -> DataSet:
    """The data set, read again when a file of the folder changes: every recorded judge is compared with it."""
    official, own, described = _official_file(folder), table_file(folder, "pairs"), _description_files(folder)
    if official and own:
        raise EmopreferError(f"{folder}: two data sets, {official.name} and {own.name}. Keep one of them.")
    if not (official or own or len(described) >= 2):
        raise EmopreferError(
            f"{folder}: no data set found. Put preference_emoprefer.csv there, or pairs.csv, "
            "or two or more files descriptions/<system>.csv."
        )
    swapped_exactly = None
    refused = Refusals()
    with refused:
        if official:
            pairs, swapped_exactly = _official(official)
        else:
            pairs = _own(own) if own else _joined_on_common_clips(described)
        # What is said of pairs that cannot be read is looked at once they can.
        with refused:
            votes, repeats = read_votes(folder, pairs)
        with refused:
            clips = _clips(folder, pairs)
    with refused:
        qualification = _qualification(folder)
    with refused:
        robustness = _robustness(folder)
    with refused:
        about = _about(folder)
    refused.raise_them()
    # A pair may wait for its label.
    pairs["published_preference"] = pairs["published_preference"].replace("", None)
    return DataSet(
        **{**published_facts(pairs["pair_id"]), **about},
        pairs=pairs[PAIR_COLUMNS],
        votes=votes,
        repeats=repeats,
        battle_votes=read_battle_votes(folder, set(clips["clip_id"]), set(qualification["annotator"])),
        qualification=qualification,
        clips=clips,
        robustness=robustness,
        swapped_exactly=swapped_exactly,
        files=_file_names(folder, (official or own or folder / "descriptions").name),
    )


def _file_names(folder: Path, pairs: str) -> dict[str, str]:
    """By the table that is made from it."""
    made_from = {"annotations": "votes", "robustness_pairs": "robustness", "clips": "clips"}
    found = {table: table_file(folder, name) for table, name in made_from.items()}
    return {"raw_pairs": pairs} | {table: file.name for table, file in found.items() if file}


def _official_file(folder: Path) -> Path | None:
    found = {
        name: file
        for name, file in tables_in(folder).items()
        if name.startswith("preference_") and not name.endswith(("_reverse", "_with_modelnames"))
    }
    if len(found) > 1:
        files = ", ".join(sorted(file.name for file in found.values()))
        raise EmopreferError(f"{folder}: several data sets ({files}). Keep one of them in the folder.")
    return require_kind(*found.values()) if found else None


def _description_files(folder: Path) -> list[Path]:
    return sorted(map(require_kind, tables_in(folder / "descriptions").values()), key=lambda file: file.stem)


def _official(main: Path) -> tuple[pd.DataFrame, frozenset[str] | None]:
    labelled = ["name", "a1", "a2", "preference"]
    pairs = read_table(main, labelled)
    with_models = table_file(main.parent, f"{main.stem}_with_modelnames")
    reverse = table_file(main.parent, f"{main.stem}_reverse")
    if with_models:
        models = read_table(with_models, ["name", "model1", "a1", "model2", "a2", "preference"])
        _require_same_rows(main, pairs, with_models, models[labelled])
        pairs["system1"], pairs["system2"] = models["model1"], models["model2"]
    else:
        pairs["system1"] = pairs["system2"] = pd.Series([None] * len(pairs), dtype="str")
    remedy = "Keep one of them, in each file."
    if not with_models:
        remedy = f"Keep one of them, or name the systems that wrote them in {main.stem}_with_modelnames.csv."
    pairs = _identified(main, pairs.rename(columns={"name": "clip_id", "preference": "published_preference"}), remedy)
    if not reverse:
        return pairs, None
    swapped = read_table(reverse, labelled)
    if len(swapped) != len(pairs):
        raise EmopreferError(
            f"{reverse}: {len(swapped)} rows, but {main.name} has {len(pairs)}. Make it the exact swap or remove it."
        )
    exact = (
        (swapped["name"] == pairs["clip_id"])
        & (swapped["a1"] == pairs["a2"])
        & (swapped["a2"] == pairs["a1"])
        & (swapped["preference"].replace(SWAPPED) == pairs["published_preference"])
    )
    return pairs, frozenset(pairs.loc[exact, "pair_id"])


def _require_same_rows(main: Path, pairs: pd.DataFrame, other: Path, rows: pd.DataFrame) -> None:
    if len(pairs) != len(rows):
        raise EmopreferError(f"{other}: {len(rows)} rows, but {main.name} has {len(pairs)}. Use matching files.")
    different = pairs.index[(pairs[rows.columns] != rows).any(axis=1)]
    if len(different):
        row = different[0]
        column = next(c for c in rows if pairs[c][row] != rows[c][row])
        raise EmopreferError(f'{other} row {row + 1}: column "{column}" differs from {main.name}. Use matching files.')


def _own(file: Path) -> pd.DataFrame:
    pairs = read_table(file, ["pair", "name", "system1", "a1", "system2", "a2"], optional=("preference",))
    refused = Refusals()
    with refused:
        refuse_empty(file, pairs, "pair")
    with refused:
        refuse_repeated(file, pairs, ["pair"], "the same name. Give each pair its own.")
    # An unknown system is none.
    pairs[["system1", "system2"]] = pairs[["system1", "system2"]].replace("", None)
    pairs = pairs.rename(columns={"pair": "pair_key", "name": "clip_id", "preference": "published_preference"})
    with refused:
        pairs = _identified(file, pairs, "Keep one of them, with its votes.")
    refused.raise_them()
    return pairs


def _joined_on_common_clips(files: list[Path]) -> pd.DataFrame:
    described = {file.stem: _descriptions(file) for file in files}
    joined = []
    for first, second in combinations(described, 2):
        both = described[first].merge(described[second], on="name", suffixes=("1", "2"))
        both["system1"], both["system2"] = first, second
        joined.append(both)
    pairs = pd.concat(joined, ignore_index=True).rename(
        columns={"name": "clip_id", "description1": "a1", "description2": "a2"}
    )
    if pairs.empty:
        names = ", ".join(str(file) for file in files)
        raise EmopreferError(f"{names}: no clip is described in two of them. Check the `name` columns.")
    pairs["published_preference"] = pd.Series([None] * len(pairs), dtype="str")
    # Which system stands first is settled by the clip's and texts' hash, so no side is favoured and reruns agree.
    flip = [int(pair_id_of(*key), 16) % 2 == 1 for key in zip(pairs.clip_id, pairs.a1, pairs.a2, strict=True)]
    sides = ["system1", "a1", "system2", "a2"]
    pairs.loc[flip, sides] = pairs.loc[flip, ["system2", "a2", "system1", "a1"]].to_numpy()
    return _identified(files[0].parent, pairs)


def _descriptions(file: Path) -> pd.DataFrame:
    table = read_table(file, ["name", "description"])
    refuse_empty(file, table, "name")
    refuse_repeated(file, table, ["name"], "the same clip. Keep one description a clip.")
    return table


def _identified(file: Path, pairs: pd.DataFrame, remedy: str = "Keep one of them.") -> pd.DataFrame:
    """Pairs with an id, their row, and a name: equal texts of other systems on one clip are a pair of their own."""
    question, systems = ["clip_id", "a1", "a2"], ["system1", "system2"]
    refuse_empty(file, pairs.rename(columns={"clip_id": "name"}), "name")
    refuse_repeated(file, pairs, [*question, *systems], f"the same clip, texts and systems. {remedy}", named="pair_key")
    keys = zip(*(pairs[column] for column in (*question, *systems)), strict=True)
    again = pairs.duplicated(question)
    pair_ids = [pair_id_of(*key) if other else pair_id_of(*key[:3]) for key, other in zip(keys, again, strict=True)]
    pairs = pairs.assign(pair_id=pd.Series(pair_ids, index=pairs.index, dtype="str"), position=pairs.index + 1)
    return pairs if "pair_key" in pairs else pairs.assign(pair_key=pairs["pair_id"])


def _qualification(folder: Path) -> pd.DataFrame:
    file = table_file(folder, "annotators")
    columns = ["annotator", "item", "answer", "correct"]
    if not file:
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    return read_table(file, columns)


def _clips(folder: Path, pairs: pd.DataFrame) -> pd.DataFrame:
    listed = table_file(folder, "clips")
    if listed:
        others = [column for column in read_rows(listed).header if column and column != "name"]
        table = read_table(listed, ["name", *others])
        refuse_empty(listed, table, "name")
        clips = pd.DataFrame({"clip_id": table["name"], "metadata": _metadata(table[others])})
        refuse_repeated(listed, clips, ["clip_id"], "the same clip. Keep one row.")
    else:
        names = pairs["clip_id"].drop_duplicates().reset_index(drop=True)
        clips = pd.DataFrame({"clip_id": names, "metadata": pd.Series([None] * len(names), dtype="str")})
    for kind in ("video", "audio"):
        clips[kind] = pd.Series(media_of(clips["clip_id"], folder, kind), dtype="str")
    return clips


def _metadata(clips: pd.DataFrame) -> pd.Series:
    """The cells of each row by column, as JSON; null where all are empty."""
    said = ({column: cell for column, cell in row.items() if cell.strip()} for row in clips.to_dict("records"))
    texts = [json.dumps(of_clip, ensure_ascii=False) if of_clip else None for of_clip in said]
    return pd.Series(texts, index=clips.index, dtype="str")


def _robustness(folder: Path) -> pd.DataFrame:
    file = table_file(folder, "robustness")
    columns = ["name", "a1", "a2", "preference", "error_type"]
    if not file:
        none = {column: pd.Series(dtype="str") for column in _ROBUSTNESS_COLUMNS}
        return pd.DataFrame(none).astype({"position": int})
    edits = read_table(file, columns)
    refuse_repeated(file, edits, ["name", "a1", "a2"], "the same clip and texts. Keep one of them.")
    edits = edits.rename(columns={"name": "clip_id"}).assign(system1=None, system2=None)
    return _identified(file, edits)[_ROBUSTNESS_COLUMNS]


def _about(folder: Path) -> dict[str, Any]:
    """What dataset.yaml says, as attributes of the data set."""
    file = folder / "dataset.yaml"
    about = (load_yaml(file, file.read_bytes()) if file.exists() else None) or {}
    known = ("name", "synthetic", "note", "human_agreement", "licence", "redistribution")
    if not isinstance(about, dict):
        raise EmopreferError(f"{file}: expected the keys {', '.join(known)}.")
    unknown = [key for key in about if key not in known]
    if unknown:
        raise EmopreferError(f"{file}: unknown key {str(unknown[0])[:60]!r}. Known: {', '.join(known)}.")
    said = {"name": folder.name, "synthetic": False, "note": ""} | about
    for key in ("name", "note", "licence"):
        text = said.get(key, "")
        if not isinstance(text, str) or not is_printable(text):
            raise EmopreferError(f"{file}: {key} is not plain text. Put it in quotation marks.")
    if not isinstance(said["synthetic"], bool):
        raise EmopreferError(f"{file}: synthetic is neither true nor false. Write whether the labels are simulated.")
    if said.get("redistribution") not in (None, True, False):
        raise EmopreferError(
            f"{file}: redistribution is neither true nor false. Write whether the licence lets it be passed on."
        )
    if "human_agreement" in said:
        try:
            said["published_agreement"] = stated_agreement(said.pop("human_agreement"))
        except ValueError as error:
            raise EmopreferError(f"{file}: human_agreement: {error}.") from None
    return said
