"""`python -m synthesis [clips] [FOLDER]`: write the embedded data set's tables, or its clips (default data/sample).

`python -m synthesis known_clip` writes what `emoprefer doctor --judge` shows and plays.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from emoprefer_assets.doctor.clip import FOLDER
from synthesis.clips import write_clips
from synthesis.descriptions import SYSTEMS, Description, describe
from synthesis.edits import make_edits
from synthesis.known_clip import write_known_clip
from synthesis.people import ANNOTATORS, SIMULATED_JUDGES, qualification
from synthesis.scenarios import Scenario, make_scenarios

SEED = 20261122
# Of the first sixty draws of texts, pairs and votes that in which people's board keeps the systems furthest apart: what
# a judge's board gets wrong is then the judge's own.
PAIRS_SEED = 27
CLIPS = 66
PAIRS_A_CLIP = 3
# How many places apart in quality two systems that meet may be: between the best and the worst their names alone would
# decide, and no judge could be shown to be better than a rule that knows which system wins more often.
APART = 2
SAMPLE = Path(__file__).resolve().parent.parent / "data" / "sample"

DATASET = """\
name: EmoPrefer sample
synthetic: true
note: >-
  Synthetic: clips, descriptions and votes are simulated by synthesis/; no score here says anything about real people.
"""


def write(folder: Path) -> None:
    """Write pairs, votes, annotators, clips and simulated recordings; the same bytes every time."""
    dice = random.Random(PAIRS_SEED)
    scenarios = scenarios_of_the_sample()
    meetings = _meetings(dice)
    pairs, judged = [], []
    for scenario in scenarios:
        described = _described(scenario, dice)
        for first, second in (next(meetings) for _ in range(PAIRS_A_CLIP)):
            one, two = described[first], described[second]
            row = {
                "pair": f"p{len(pairs) + 1:03d}",
                "name": scenario.name,
                "system1": first,
                "a1": one.text,
                "system2": second,
                "a2": two.text,
            }
            pairs.append(row)
            judged.append((row, one, two))
    votes = [
        {"pair": row["pair"], "annotator": person.name, "vote": person.vote(one.quality, two.quality, dice)}
        for row, one, two in judged
        for person in ANNOTATORS
    ]
    (folder / "recorded").mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(DATASET)
    _write_rows(folder / "clips.csv", [scenario.as_row() for scenario in scenarios])
    _write_rows(folder / "pairs.csv", pairs)
    _write_rows(folder / "votes.csv", votes)
    _write_rows(folder / "annotators.csv", qualification(dice))
    _write_rows(folder / "robustness.csv", make_edits(scenarios, dice))
    for judge in SIMULATED_JUDGES:
        rows = []
        for row, one, two in judged:
            for left, right in ((one, two), (two, one)):
                rows.append(_recorded(row["name"], left, right, judge.preference(*_compared(left, right), dice)))
        _write_rows(folder / "recorded" / f"{judge.name}.csv", rows)


def scenarios_of_the_sample() -> list[Scenario]:
    """What happens in the sample's clips: the first that the dice decide."""
    return make_scenarios(CLIPS, random.Random(SEED))


def _described(scenario: Scenario, dice: random.Random) -> dict[str, Description]:
    """Every system's description of the clip, no two of them the same text."""
    described: dict[str, Description] = {}
    for system in SYSTEMS:
        description = describe(scenario, system, dice)
        while any(description.text == other.text for other in described.values()):
            description = describe(scenario, system, dice)
        described[system.name] = description
    return described


def _meetings(dice: random.Random) -> Iterator[list[str]]:
    """Pairs of systems not far apart in quality, every such two equally often, sides at random."""
    names = [system.name for system in SYSTEMS]
    while True:
        meetings = [(one, two) for one, two in combinations(names, 2) if names.index(two) - names.index(one) <= APART]
        dice.shuffle(meetings)
        for meeting in meetings:
            yield dice.sample(meeting, 2)


def _compared(left: Description, right: Description) -> tuple[tuple[int, int], tuple[int, int]]:
    return (left.quality, right.quality), (len(left.text), len(right.text))


def _recorded(clip: str, left: Description, right: Description, preference: str) -> dict[str, str]:
    return {"name": clip, "a1": left.text, "a2": right.text, "preference": preference}


def _write_rows(file: Path, rows: list[dict]) -> None:
    with file.open("w", encoding="utf-8", newline="") as output:
        writer = csv.DictWriter(output, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(arguments: list[str]) -> None:
    if arguments == ["known_clip"]:
        write_known_clip(FOLDER)
        return
    clips = arguments[:1] == ["clips"]
    folder = Path(arguments[clips]) if len(arguments) > clips else SAMPLE
    if clips:
        write_clips(scenarios_of_the_sample(), folder / "video")
    else:
        write(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
