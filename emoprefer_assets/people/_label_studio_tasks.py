"""A study's pairs as tasks of Label Studio, with a labelling configuration for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from emoprefer_assets.datasets import SUFFIXES
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.people.assignment import PAIR, shown_to
from emoprefer_assets.people.study import Plan, Study

TOOL = "label-studio"
_WORDS = {
    "en": ("The left one", "The right one", "Equal", "Why? (optional)", "How sure? (optional)"),
    "zh": ("左边的", "右边的", "一样", "为什么？（可选）", "有多确定？（可选）"),
}
# As high as leaves the texts and the question in sight.
_VIDEO = '<Video name="clip" value="$clip" height="320"/>'
_AUDIO = '<Audio name="clip" value="$clip"/>'


@dataclass(frozen=True)
class Tasks:
    """The files that were written, and how many pairs are in them."""

    tasks: Path
    configuration: Path
    pairs: int


def write_label_studio(plan: Plan, folder: Path, media: str) -> Tasks:
    """Write tasks.json and labels.xml into `folder`.

    A task is the same for everybody who works on it, so the side is drawn for each pair: half of them have a1 left.

    Args:
        media: what stands before a clip's path in the data set's folder, to make it an address for Label Studio.

    Raises:
        EmopreferError: the study is of battles, or some clips have video and others sound alone, for which there is
            no common configuration.
    """
    if plan.battles is not None:
        raise EmopreferError(f"{plan.folder}: votes on battles cannot be brought back. Use `emoprefer vote`.")
    pairs = [key for kind, key in plan.items if kind == PAIR]
    places = {clip: file.relative_to(plan.data).as_posix() for clip, file in plan.files.items()}
    tasks = []
    for shown in shown_to(TOOL, pairs, PAIR, seed=plan.study.seed):
        item = plan.items[PAIR, shown.key]
        left, right = (item.a1, item.a2) if shown.left == "a1" else (item.a2, item.a1)
        clip = media + quote(places[item.clip])
        tasks.append({"data": {"pair": item.key, "clip": clip, "left": left, "right": right}})
    of_pairs = {places[plan.items[PAIR, key].clip] for key in pairs}
    kinds = {Path(place).suffix.lower() in SUFFIXES["video"] for place in of_pairs}
    if len(kinds) > 1:
        raise EmopreferError(
            f"{plan.folder}: some clips have video and others sound alone. Make a study of each by the key `pairs`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    made = Tasks(folder / "tasks.json", folder / "labels.xml", len(tasks))
    with replaced_atomically(made.tasks) as part:
        part.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    with replaced_atomically(made.configuration) as part:
        part.write_text(_configuration(plan.study, _VIDEO if kinds == {True} else _AUDIO), encoding="utf-8")
    return made


def _configuration(study: Study, player: str) -> str:
    left, right, equal, why, sure = map(quoteattr, _WORDS[study.language])
    optional = ""
    if study.confidence:
        optional += f'\n  <Header value={sure} size="5"/>\n  <Rating name="confidence" toName="clip" maxRating="3"/>'
    if study.reason:
        optional += f'\n  <TextArea name="reason" toName="clip" placeholder={why} maxSubmissions="1"/>'
    return f"""\
<View>
  <Header value={quoteattr(study.title)}/>
  {player}
  <View style="display: flex; gap: 2em">
    <View style="flex: 1"><Text name="left" value="$left"/></View>
    <View style="flex: 1"><Text name="right" value="$right"/></View>
  </View>
  <Choices name="vote" toName="clip" choice="single-radio" showInline="true" required="true">
    <Choice value={left} alias="left" hotkey="1"/>
    <Choice value={right} alias="right" hotkey="2"/>
    <Choice value={equal} alias="same" hotkey="0"/>
  </Choices>{optional}
</View>
"""
