"""A new study file, to be read and changed by whoever runs the study."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import LiteralScalarString

from emoprefer_assets.csv_tables import read_table
from emoprefer_assets.datasets import QUALIFICATION_ITEMS, DataSet, read_data_set
from emoprefer_assets.display import in_message, listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people._battles import FILE as BATTLES
from emoprefer_assets.people._votes_file import write_rows
from emoprefer_assets.people.study import FILE
from emoprefer_assets.rows import each_row

ATTENTION_CHECKS = 3
_TITLE = {"en": "Which description fits the person better?", "zh": "哪个描述更符合片段中的人物？"}
_INSTRUCTIONS = {
    "en": """\
You see short clips of a person, with two descriptions of the person's emotion each.

Watch the clip with sound, as often as you like. Then read both descriptions and choose the one that fits the person's
emotion in the clip better. Judge the emotion and what supports it: the face, the voice, the words, the situation.
Length and style do not matter.

If both fit equally well, or equally badly, choose Equal. If a clip does not play, skip it and say so.
""",
    "zh": """\
您将看到一些人物短片，每个短片附有两段对该人物情绪的描述。

请打开声音观看短片，可以反复观看。然后阅读两段描述，选择更符合短片中人物情绪的一段。请依据情绪及其依据来判断：面部表情、声音、话语和情境。文字的长短与风格无关。

如果两段同样合适或同样不合适，请选择“一样”。如果短片无法播放，请跳过并说明。
""",
}
_CONSENT = {
    "en": """\
Taking part is voluntary, and you can stop at any time by closing the page. Kept are your votes, how long they took, and
the reasons that you give, under a code that is not your name.
""",
    "zh": """\
参加完全自愿，您可以随时关闭页面退出。我们仅保存您的投票、所用时间和您填写的理由，并使用编号而非您的姓名。
""",
}
_ABOUT = {
    "name": "Stands with every vote; do not change it once people vote.",
    "title": "Head of the page.",
    "language": "en or zh: of the texts below, and of the page until somebody changes it there.",
    "data": "The data set's folder, from here.",
    "pairs": "all, or a list of names of pairs: [p001, p002].",
    "battles": "The file with the battles that people vote on, instead of the data set's pairs.",
    "annotators": "How many people take part.",
    "votes_per_pair": "By so many different people.",
    "assignment": "balanced: each pair goes to votes_per_pair people, evenly. fixed: everybody votes on every pair.",
    "seed": "Another number draws orders and sides anew; do not change it once people vote.",
    "instructions": "Shown before the first clip, and on request.",
    "consent": "Agreed to before anything else; empty: none is asked for. Your ethics board may want other words.",
    "confidence": "Ask how sure people are (optional for them).",
    "reason": "Ask why (optional for them).",
    "repeats": "Share of a person's pairs that is shown again, unnoticed, in the other order; 0.3 at most.",
    "qualification": f"Passed before real pairs: {QUALIFICATION_ITEMS} items or more with known answers, or none.",
    "attention": "Easy items with known answers among the pairs.",
}


def write_study(
    folder: Path,
    data: Path,
    annotators: int,
    votes_per_pair: int,
    language: str,
    pairs: Path | None = None,
    battles: pd.DataFrame | None = None,
) -> tuple[int, int]:
    """Write a study file for a data set into `folder`; returns its numbers of qualification items and attention checks.

    Known answers are those of the data set's controlled edits (`robustness.csv`), else of its published labels.

    Args:
        pairs: a CSV file whose column `pair` names the pairs to vote on; all without it.
        battles: what `draw_battles` gave: people vote on these instead, and they are written beside the study file.

    Raises:
        EmopreferError: there is a study already, or the data set or the list of pairs cannot be used.
    """
    file = folder / FILE
    if file.exists():
        raise EmopreferError(f"{file} is there already. Change it, or name another folder.")
    found = read_data_set(data)
    if found.pairs.empty and battles is None:
        raise EmopreferError(f"{data} has no pairs to vote on. Name another data set by EMOPREFER_DATA_DIR or --data.")
    named = _named(pairs, data, found) if pairs else "all"
    known = list(_known(found))
    checks = known[QUALIFICATION_ITEMS:][:ATTENTION_CHECKS]
    items = known[:QUALIFICATION_ITEMS] if len(known) >= QUALIFICATION_ITEMS else []
    study = CommentedMap(
        name="".join(
            letter if letter.isalnum() and letter.isascii() else "-" for letter in folder.resolve().name
        ).strip("-")[:64]
        or "study",
        title=_TITLE[language],
        language=language,
        data=Path(os.path.relpath(data.resolve(), folder.resolve())).as_posix(),
        pairs=named,
        **({} if battles is None else {"battles": BATTLES}),
        annotators=annotators,
        votes_per_pair=votes_per_pair,
        assignment="fixed" if votes_per_pair == annotators else "balanced",
        seed=1,
        instructions=LiteralScalarString(_INSTRUCTIONS[language]),
        consent=LiteralScalarString(_CONSENT[language]),
        confidence=False,
        reason=False,
        repeats=0.1,
        qualification={"pass_mark": 0.75, "tries": 2, "items": items},
        attention=checks,
    )
    for key in study:
        study.yaml_set_comment_before_after_key(key, before=_ABOUT[key])
    writer = YAML(typ="rt")
    writer.width = 110
    folder.mkdir(parents=True, exist_ok=True)
    if battles is not None:
        write_rows(folder / BATTLES, battles)
    with file.open("x", encoding="utf-8") as stream:
        writer.dump(study, stream)
    return len(items), len(checks)


def _named(file: Path, data: Path, found: DataSet) -> list[str]:
    wanted = list(dict.fromkeys(read_table(file, ["pair"])["pair"]))
    if unknown := [key for key in wanted if key not in set(found.pairs["pair_key"])]:
        raise EmopreferError(f"{file}: pair {listed(list(map(in_message, unknown)), 3)} is not in {data}.")
    if not wanted:
        raise EmopreferError(f"{file} names no pair. Without --pairs, people vote on all of them.")
    return wanted


def _known(found: DataSet) -> Iterator[dict[str, Any]]:
    """Descriptions of different clips of which the data set says which one fits better; clear ones first."""
    labelled = found.pairs.rename(columns={"published_preference": "preference"})
    seen = set()
    for table in (found.robustness, labelled):
        for row in each_row(table):
            if row.preference in ("a1", "a2") and row.clip_id not in seen:
                seen.add(row.clip_id)
                yield {"clip": row.clip_id, "a1": row.a1, "a2": row.a2, "correct": row.preference}
