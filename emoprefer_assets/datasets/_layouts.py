"""The three layouts: the official one, our own, and raw description files."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from emoprefer_assets.csv_tables import WORKBOOK, WORKBOOK_SUFFIXES, read_table
from emoprefer_assets.datasets._media import clip_name, media_by_name
from emoprefer_assets.datasets._model import PAIR_COLUMNS, DataSet, pair_id_of
from emoprefer_assets.datasets._published_agreement import PublishedAgreement, published_agreement, stated_agreement
from emoprefer_assets.datasets._votes import read_battle_votes, read_votes
from emoprefer_assets.display import is_printable
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.stats.labels import SWAPPED


def read_data_set(folder: Path) -> DataSet:
    """Read `folder` as it is: `preference_*.csv`, or `pairs.csv`, or `descriptions/<system>.csv`.

    Raises:
        EmopreferError: no known layout, or a file that cannot be read as one.
    """
    if not folder.is_dir():
        raise EmopreferError(f"EMOPREFER_DATA_DIR {folder} is not a folder. Name the data set's folder.")
    _refuse_workbooks(folder)
    official = _official_files(folder)
    swapped_exactly = None
    if official:
        pairs, swapped_exactly = _official(*official)
    elif (folder / "pairs.csv").exists():
        pairs = _own(folder / "pairs.csv")
    elif len(list(folder.glob("descriptions/*.csv"))) >= 2:
        pairs = _joined_on_common_clips(sorted(folder.glob("descriptions/*.csv")))
    else:
        raise EmopreferError(
            f"{folder}: no data set found. Put preference_emoprefer.csv there, or pairs.csv, "
            "or two or more files descriptions/<system>.csv."
        )
    name, synthetic, note, agreement = _about(folder)
    votes, repeats = read_votes(folder, pairs)
    clips, qualification = _clips(folder, pairs), _qualification(folder)
    return DataSet(
        name=name,
        synthetic=synthetic,
        note=note,
        pairs=pairs[PAIR_COLUMNS],
        votes=votes,
        repeats=repeats,
        battle_votes=read_battle_votes(folder, set(clips["clip_id"]), set(qualification["annotator"])),
        qualification=qualification,
        clips=clips,
        robustness=_robustness(folder),
        swapped_exactly=swapped_exactly,
        published_agreement=agreement or published_agreement(pairs["pair_id"]),
    )


def _refuse_workbooks(folder: Path) -> None:
    """A table that nobody reads would be passed over in silence."""
    tables = ("pairs", "votes", "battle_votes", "annotators", "clips", "robustness", "preference_*", "descriptions/*")
    files = sorted(file for table in tables for suffix in WORKBOOK_SUFFIXES for file in folder.glob(f"{table}{suffix}"))
    if unread := [file for file in files if not file.with_suffix(".csv").exists()]:
        raise EmopreferError("\n".join(f"{file}: {WORKBOOK}: {file.with_suffix('.csv').name}." for file in unread))


def _official_files(folder: Path) -> tuple[Path, Path, Path] | None:
    mains = [
        file
        for file in sorted(folder.glob("preference_*.csv"))
        if not file.stem.endswith(("_reverse", "_with_modelnames"))
    ]
    if len(mains) > 1:
        names = ", ".join(file.name for file in mains)
        raise EmopreferError(f"{folder}: several data sets ({names}). Keep one of them in the folder.")
    if not mains:
        return None
    main = mains[0]
    return main, main.with_stem(f"{main.stem}_reverse"), main.with_stem(f"{main.stem}_with_modelnames")


def _official(main: Path, reverse: Path, with_models: Path) -> tuple[pd.DataFrame, frozenset[str] | None]:
    labelled = ["name", "a1", "a2", "preference"]
    pairs = read_table(main, labelled)
    if with_models.exists():
        models = read_table(with_models, ["name", "model1", "a1", "model2", "a2", "preference"])
        _require_same_rows(main, pairs, with_models, models[labelled])
        pairs["system1"], pairs["system2"] = models["model1"], models["model2"]
    else:
        pairs["system1"] = pairs["system2"] = pd.Series([None] * len(pairs), dtype="str")
    pairs = _identified(pairs.rename(columns={"name": "clip_id", "preference": "published_preference"}))
    if not reverse.exists():
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
    _require_one_pair_a_text(file, pairs)
    return _identified(
        pairs.rename(columns={"pair": "pair_key", "name": "clip_id", "preference": "published_preference"})
    )


def _require_one_pair_a_text(file: Path, pairs: pd.DataFrame) -> None:
    """Refuse pairs of different systems that a judge could not tell apart: a pair is known by its clip and texts."""
    texts, systems = ["name", "a1", "a2"], ["system1", "system2"]
    alike = pairs[pairs.duplicated(texts, keep=False) & ~pairs.duplicated([*texts, *systems], keep=False)]
    if len(alike):
        rows = alike.index[(alike[texts] == alike[texts].iloc[0]).all(axis=1)]
        numbers, keys = " and ".join(str(row + 1) for row in rows), ", ".join(pairs["pair"][rows])
        raise EmopreferError(
            f"{file} rows {numbers} ({keys}): same clip and texts, by different systems. Keep one of them."
        )


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
    return _identified(pairs)


def _descriptions(file: Path) -> pd.DataFrame:
    table = read_table(file, ["name", "description"])
    repeated = table.index[table["name"].duplicated()]
    if len(repeated):
        row = repeated[0]
        raise EmopreferError(
            f'{file} row {row + 1}: clip "{table["name"][row]}" is described twice. Keep one description a clip.'
        )
    return table


def _identified(pairs: pd.DataFrame) -> pd.DataFrame:
    pairs = pairs.reset_index(drop=True)
    keys = zip(pairs["clip_id"], pairs["a1"], pairs["a2"], strict=True)
    pairs["pair_id"] = pd.Series([pair_id_of(*key) for key in keys], dtype="str")
    pairs["position"] = pairs.index + 1
    if "pair_key" not in pairs:
        pairs["pair_key"] = pairs["pair_id"]
    return pairs


def _qualification(folder: Path) -> pd.DataFrame:
    file = folder / "annotators.csv"
    columns = ["annotator", "item", "answer", "correct"]
    if not file.exists():
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    return read_table(file, columns)


def _clips(folder: Path, pairs: pd.DataFrame) -> pd.DataFrame:
    listed = folder / "clips.csv"
    names = read_table(listed, ["name"])["name"] if listed.exists() else pairs["clip_id"].drop_duplicates()
    clips = pd.DataFrame({"clip_id": pd.Series(names, dtype="str").reset_index(drop=True)})
    for kind in ("video", "audio"):
        present = media_by_name(folder, kind)
        clips[kind] = pd.Series([present.get(clip_name(clip)) for clip in clips["clip_id"]], dtype="str")
    return clips


def _robustness(folder: Path) -> pd.DataFrame:
    file = folder / "robustness.csv"
    columns = ["name", "a1", "a2", "preference", "error_type"]
    if file.exists():
        edits = read_table(file, columns)
    else:
        edits = pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    return _identified(edits.rename(columns={"name": "clip_id"}))


def _about(folder: Path) -> tuple[str, bool, str, PublishedAgreement | None]:
    file = folder / "dataset.yaml"
    if not file.exists():
        return folder.name, False, "", None
    try:
        about = YAML(typ="safe").load(file) or {}
    except (YAMLError, ValueError, RecursionError) as error:
        raise EmopreferError(f"{file}: not readable as YAML: {' '.join(str(error).split())}") from None
    known = ("name", "synthetic", "note", "human_agreement")
    if not isinstance(about, dict):
        raise EmopreferError(f"{file}: expected the keys {', '.join(known)}.")
    unknown = [key for key in about if key not in known]
    if unknown:
        raise EmopreferError(f"{file}: unknown key {str(unknown[0])[:60]!r}. Known: {', '.join(known)}.")
    name, note = about.get("name", folder.name), about.get("note", "")
    for key, text in (("name", name), ("note", note)):
        if not isinstance(text, str) or not is_printable(text):
            raise EmopreferError(f"{file}: {key} is not plain text. Put it in quotation marks.")
    try:
        agreement = stated_agreement(about["human_agreement"]) if "human_agreement" in about else None
    except ValueError as error:
        raise EmopreferError(f"{file}: human_agreement: {error}.") from None
    return name, bool(about.get("synthetic", False)), note, agreement
