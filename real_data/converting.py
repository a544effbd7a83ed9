"""From the tables of docs/real-data.md to a data set's folder, a recording a judge, and a registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from emoprefer_assets.csv_tables import read_rows
from emoprefer_assets.stats.labels import SWAPPED

QUESTION = ["name", "a1", "a2"]


@dataclass(frozen=True)
class Material:
    """What there is to evaluate, before it is written as this tool wants it.

    Attributes:
        tables: of the data set's folder, by file name.
        pairs: pair, name, a1, a2; names of pairs are written only into a data set that has them.
        verdicts: by judge, a verdict in the pair's own frame for each pair (index) and order (columns False and True,
            or False alone); "" where a reply names no option.
    """

    tables: Mapping[str, pd.DataFrame]
    pairs: pd.DataFrame
    verdicts: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def llmbar(folder: Path) -> Material:
    """Texts with gold labels in five subsets; nobody says which system wrote them."""
    pairs = _table(folder / "llmbar" / "pairs.csv").assign(name=lambda table: table["pair"])
    clips = pairs[["name", "subset"]]
    return Material({**_labelled("llmbar", pairs), "clips.csv": clips}, pairs, _by_judge(folder / "llmbar"))


def pandalm(folder: Path) -> Material:
    """Texts of five systems with three votes each."""
    return _voted(folder / "pandalm", [])


def llmfao(folder: Path) -> Material:
    """Texts of 59 systems with about four votes each, and which stood left."""
    return _voted(folder / "llmfao", ["left"])


def audiojudge(folder: Path) -> Material:
    """Spoken answers with labels; their texts are not published, so each recording is called by its place."""
    pairs = _heard(_table(folder / "audiojudge" / "labels.csv"))
    return Material(_labelled("audiojudge", pairs), pairs, _by_judge(folder / "audiojudge"))


def audiojudge_noise(folder: Path) -> Material:
    """The same judge on the same pairs, clean twice and with more and more noise: a judge a ratio."""
    ladder = _table(folder / "audiojudge" / "noise_ladder.csv")
    pairs = _heard(ladder)
    said = ladder.set_index("pair").drop(columns="label")
    verdicts = {ratio: said[[ratio]].set_axis([False], axis=1) for ratio in said}
    return Material(_labelled("audiojudge_noise", pairs), pairs, verdicts)


MATERIAL: dict[str, Callable[[Path], Material]] = {
    made.__name__: made for made in (llmbar, pandalm, llmfao, audiojudge, audiojudge_noise)
}


def write(material: Material, target: Path) -> None:
    """The folder `data`, the folder `recorded`, and `judges.yaml` in `target`."""
    for folder in ("data", "recorded"):
        (target / folder).mkdir(parents=True, exist_ok=True)
    for name, table in material.tables.items():
        table.to_csv(target / "data" / name, index=False)
    named = "pairs.csv" in material.tables
    for judge, said in material.verdicts.items():
        recorded = _recorded(material.pairs, said)
        recorded.drop(columns=[] if named else "pair").to_csv(target / "recorded" / f"{judge}.csv", index=False)
    entries = [f"  - {{name: {judge}, backend: replay, path: recorded/{judge}.csv}}\n" for judge in material.verdicts]
    (target / "judges.yaml").write_text("judges:\n" + "".join(entries))


def _recorded(pairs: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """A row a question: a swapped one has its texts exchanged, and its verdict in that order."""
    orders = []
    for swapped in said:
        rows = pairs[["pair", *QUESTION]].merge(said[swapped].rename("preference"), left_on="pair", right_index=True)
        if swapped:
            rows = rows.rename(columns={"a1": "a2", "a2": "a1"}).replace({"preference": SWAPPED})
        orders.append(rows[["pair", *QUESTION, "preference"]])
    return pd.concat(orders, ignore_index=True).replace({"preference": {"": "unparsed"}})


def _labelled(name: str, pairs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    table = pairs.rename(columns={"label": "preference"})[[*QUESTION, "preference"]]
    return {f"preference_{name}.csv": table}


def _voted(folder: Path, details: list[str]) -> Material:
    pairs, votes = _table(folder / "pairs.csv"), _table(folder / "votes.csv").rename(columns={"shown_left": "left"})
    said = _table(folder / "verdicts.csv").set_index("pair")
    verdicts = {judge: said[[judge]].set_axis([False], axis=1) for judge in said}
    return Material({"pairs.csv": pairs, "votes.csv": votes[["pair", "annotator", "vote", *details]]}, pairs, verdicts)


def _by_judge(folder: Path) -> dict[str, pd.DataFrame]:
    said = _table(folder / "verdicts.csv")
    judges = [column for column in said if column not in ("pair", "swapped")]
    return {
        judge: said.pivot(index="pair", columns="swapped", values=judge).rename(columns=_is_true) for judge in judges
    }


def _is_true(cell: str) -> bool:
    return cell == "1"


def _heard(labels: pd.DataFrame) -> pd.DataFrame:
    first, second = (f"The {place} recording of " + labels["pair"] for place in ("first", "second"))
    return labels[["pair", "label"]].assign(name=labels["pair"], a1=first, a2=second)


def _table(file: Path) -> pd.DataFrame:
    found = read_rows(file)
    return pd.DataFrame(found.rows, columns=found.header, dtype="str")
