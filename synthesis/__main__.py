"""`python -m synthesis [clips] [FOLDER]`: write the embedded data set's tables, or its clips (default data/sample).

`python -m synthesis known_clip` writes what `emoprefer doctor --judge` shows and plays.
"""

from __future__ import annotations

import csv
import random
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pandas as pd

from emoprefer_assets.doctor.clip import FOLDER
from emoprefer_assets.people import write_study
from emoprefer_assets.rows import each_row
from synthesis.clips import write_clips
from synthesis.collecting import Question, collect
from synthesis.descriptions import SYSTEMS, Description, describe
from synthesis.edits import make_edits
from synthesis.entrant import ENTRANT, battles_of_entrant, drawn_for_people, handed_in
from synthesis.known_clip import write_known_clip
from synthesis.people import ANNOTATORS, SIMULATED_JUDGES, Annotator, qualification
from synthesis.scenarios import Scenario, make_scenarios

SEED = 20261122
# Of the first sixty draws of texts, pairs and votes that in which people's board keeps the systems furthest apart: what
# a judge's board gets wrong is then the judge's own.
PAIRS_SEED = 27
# What came later has dice of its own, so that it changes nothing of what was there.
STUDY_SEED, ENTRANT_SEED = 1, 1
CLIPS = 66
PAIRS_A_CLIP = 3
# How many places apart in quality two systems that meet may be: between the best and the worst their names alone would
# decide, and no judge could be shown to be better than a rule that knows which system wins more often.
APART = 2
# In the evaluation only votes of these count, so that only they were asked again.
QUALIFIED = ANNOTATORS[:3]
FIRST_VOTES = {"pairs": datetime(2026, 3, 2, 9, tzinfo=UTC), "battles": datetime(2026, 4, 13, 9, tzinfo=UTC)}
SAMPLE = Path(__file__).resolve().parent.parent / "data" / "sample"

DATASET = """\
name: EmoPrefer sample
synthetic: true
note: >-
  Synthetic: clips, descriptions and votes are simulated by synthesis/; no score here says anything about real people.
licence: Apache-2.0
redistribution: true
"""


def write(folder: Path) -> None:
    """Write pairs, votes, annotators, clips and simulated recordings; the same bytes every time."""
    dice = random.Random(PAIRS_SEED)
    scenarios = scenarios_of_the_sample()
    meetings = _meetings(dice)
    pairs, judged = [], []
    described: dict[str, dict[str, Description]] = {}
    for scenario in scenarios:
        here = described[scenario.name] = _described(scenario, dice)
        for first, second in (next(meetings) for _ in range(PAIRS_A_CLIP)):
            one, two = here[first], here[second]
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
    votes = {
        (row["pair"], person.name): person.vote(one.quality, two.quality, dice)
        for row, one, two in judged
        for person in ANNOTATORS
    }
    for made in ("recorded", "submissions"):
        (folder / made).mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(DATASET)
    _write_rows(folder / "clips.csv", [scenario.as_row() for scenario in scenarios])
    _write_rows(folder / "pairs.csv", pairs)
    _write_rows(folder / "annotators.csv", qualification(dice))
    _write_rows(folder / "robustness.csv", make_edits(scenarios, dice))
    recorded = {
        judge.name: [
            _recorded(row["name"], left, right, judge.preference(*_compared(left, right), dice))
            for row, one, two in judged
            for left, right in ((one, two), (two, one))
        ]
        for judge in SIMULATED_JUDGES
    }
    questions = [Question(row["pair"], one, two) for row, one, two in judged]
    kept, again = collect("pairs", FIRST_VOTES["pairs"], questions, votes, ANNOTATORS, random.Random(STUDY_SEED))
    _write_rows(folder / "votes.csv", kept + again)
    _write_study(folder, "pairs", ANNOTATORS)
    _write_entrant(folder, scenarios, described, recorded)
    for name, rows in recorded.items():
        _write_rows(folder / "recorded" / f"{name}.csv", rows)


def _write_entrant(
    folder: Path,
    scenarios: list[Scenario],
    described: dict[str, dict[str, Description]],
    recorded: dict[str, list[dict[str, str]]],
) -> None:
    """A submitted system, people's votes on some of its battles, and in `recorded` what the simulated judges say."""
    dice = random.Random(ENTRANT_SEED)
    texts = handed_in(scenarios, described, dice)
    rows = [{"name": clip, "description": one.text} for clip, one in texts.items()]
    _write_rows(folder / "submissions" / f"{ENTRANT.name}.csv", rows)
    all_of_clip = {clip: {**described[clip], ENTRANT.name: one} for clip, one in texts.items()}
    battles = battles_of_entrant(folder, {clip: one.text for clip, one in texts.items()})
    for judge in SIMULATED_JUDGES:
        for battle in each_row(battles):
            one, two = (all_of_clip[battle.clip_id][system] for system in (battle.system1, battle.system2))
            recorded[judge.name] += [
                _recorded(battle.clip_id, left, right, judge.preference(*_compared(left, right), dice))
                for left, right in ((one, two), (two, one))
            ]
    drawn = drawn_for_people(battles)
    questions = [
        Question(row.battle, *(all_of_clip[row.clip][system] for system in (row.system1, row.system2)))
        for row in each_row(drawn.rename(columns={"name": "clip"}))
    ]
    votes = {
        (question.key, person.name): person.vote(question.a1.quality, question.a2.quality, dice)
        for question in questions
        for person in QUALIFIED
    }
    kept, again = collect("battles", FIRST_VOTES["battles"], questions, votes, QUALIFIED, dice)
    voted = pd.DataFrame(kept + again).rename(columns={"pair": "battle"})
    drawn.merge(voted, on="battle").to_csv(folder / "battle_votes.csv", index=False)
    _write_study(folder, "battles", QUALIFIED, drawn)


def _write_study(folder: Path, name: str, people: tuple[Annotator, ...], battles: pd.DataFrame | None = None) -> None:
    """The study file by which the votes were collected, as `emoprefer study init` writes it, but for one key."""
    study = folder / "studies" / name
    shutil.rmtree(study, ignore_errors=True)
    write_study(study, folder, len(people), len(people), "en", battles=battles)
    file = study / "study.yaml"
    file.write_text(file.read_text().replace("confidence: false", "confidence: true"))


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
