"""The tables that one judge's answers make, and what is asked for each."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import astuple, dataclass

import pandas as pd

from emoprefer_assets.asking import BOTH_ORDERS, Part, judge_version, version_under_all_strategies
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.judges.registry import ReplayJudge, RulesJudge
from emoprefer_assets.names import CONTESTED, LEFT_OUT
from emoprefer_assets.offline import is_recorded, recorded_seconds, recording_version
from emoprefer_assets.rows import each_row
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import TABLES, CallCache, Reading
from emoprefer_assets.strategies import ALL, DESCRIBE, REASON, Step, Strategy

# Of the table clips, by kind of media.
_COLUMNS = {kind: [kind, f"{kind}_content", f"{kind}_problem"] for kind in ("video", "audio")}
BATTLE_INPUTS = ("battles", "clips", "judge_board", "crowd")
LABELLED = ("raw_pairs", "consensus_pairs")


@dataclass(frozen=True)
class JudgeTable:
    """A table that one judge's answers make.

    Attributes:
        says: what it is, in a sentence.
        asks: the strategy whose verdicts it holds, or the step whose texts it holds.
        pairs: the tables that name what it is about.
        strategy: whose answers it depends on.
        orders: which are asked; True is the one in which a1 and a2 are exchanged.
    """

    name: str
    says: str
    asks: Strategy | Step
    pairs: tuple[str, ...] = LABELLED
    strategy: str = "s1"
    orders: tuple[bool, ...] = BOTH_ORDERS

    @property
    def inputs(self) -> tuple[str, ...]:
        return (*self.pairs, "clips")

    @property
    def quoted(self) -> list[str]:
        """The tables of what its questions quote."""
        step = self.asks.step if isinstance(self.asks, Strategy) else self.asks
        return [made.name for made in JUDGE_TABLES.values() if made.asks in step.steps_before()]

    def part(self, pairs: pd.DataFrame) -> Part:
        """What is to be asked for it about `pairs`."""
        own = self.pairs == LABELLED
        return Part(self.name, self.asks, pairs, self.orders, of_data_set=own, empty_loses=own)

    def versions(self, judge: Judge, settings: Settings) -> dict[str, str]:
        return {"judge": judge_version(judge, settings, self.strategy), "rounds": str(settings.rounds)}


JUDGE_TABLES: dict[str, JudgeTable] = {}
for _made in (
    JudgeTable(
        "descriptions",
        "The judge's own description of each clip, which strategies 2, 3 and 4 quote.",
        DESCRIBE,
        strategy="s2",
    ),
    JudgeTable(
        "reasonings",
        "The external model's comparison of both descriptions with the judge's, which strategy 4 reads its verdict in.",
        REASON,
        strategy="s4",
    ),
    *(
        JudgeTable(f"{name}_predictions", f"Strategy {name}: {strategy.says}", strategy, strategy=name)
        for name, strategy in ALL.items()
    ),
    JudgeTable("robustness_predictions", "Strategy 1 on the controlled edits.", ALL["s1"], ("robustness_pairs",)),
    # An instruction names the side that its text has in the pair's own order.
    JudgeTable(
        "probe_verdicts", "Strategy 1 on the planted battles.", ALL["s1"], ("adversarial_probes",), orders=(False,)
    ),
    JudgeTable("media_verdicts", "Strategy 1 on clips whose picture or sound is another.", ALL["s1"], ("media_tests",)),
):
    JUDGE_TABLES[_made.name] = _made


def parts_of(names: Collection[str], reading: Reading) -> list[Part]:
    """What is to be asked for some of `JUDGE_TABLES`; what they are about is read once."""
    tables = [JUDGE_TABLES[name] for name in names]
    pairs = {of: _pairs(of, reading) for of in {made.pairs for made in tables}}
    return [made.part(pairs[made.pairs]) for made in tables]


def _pairs(of: tuple[str, ...], reading: Reading) -> pd.DataFrame:
    if of != LABELLED:
        return reading.frame(*of).drop_duplicates("pair_id", ignore_index=True)
    labelled: pd.DataFrame = reading.connection.sql(
        "select raw_pairs.*, preference from consensus_pairs join raw_pairs using (pair_id) "
        "order by consensus_pairs.rowid"
    ).df()
    return labelled


def tables_about_data_set(judge: Judge, strategies: Collection[str] = tuple(ALL)) -> list[str]:
    """The tables that hold something of the judge under `strategies`; not those about battles."""
    # Looking for the recordings of a judge without strategies is what says why there are none.
    asked = {strategy for strategy in judge.strategies if strategy in strategies} or {"s1"}
    wanted = {f"{strategy}_predictions" for strategy in asked}
    if "s1" in asked:
        wanted |= {"robustness_predictions", "probe_verdicts"}
    if isinstance(judge, ModelJudge):
        wanted |= {name for strategy in asked for name in JUDGE_TABLES[f"{strategy}_predictions"].quoted}
        wanted.add("judge_costs")
        if "s1" in asked and judge.inputs:
            wanted.add("media_verdicts")
    return [name for name in (*JUDGE_TABLES, "judge_costs") if name in wanted]


def clips_to_show(reading: Reading) -> pd.DataFrame:
    """The table `clips`, and the clips of `media_tests`, with columns that say what is done to their media."""
    clips = reading.frame("clips").assign(video_change="", audio_change="")
    tests = reading.frame("media_tests").drop_duplicates("clip_id")
    # A clip without a file of its own for the sound has it in its video.
    known = clips.assign(audio=clips["audio"].fillna(clips["video"])).set_index("clip_id")
    altered = tests[["clip_id", "video_change", "audio_change"]].reset_index(drop=True)
    for kind, columns in _COLUMNS.items():
        altered[columns] = known.loc[tests[f"{kind}_of"], columns].to_numpy()
    return pd.concat([clips, altered], ignore_index=True)


def battle_part(judge: Judge, reading: Reading, settings: Settings) -> Part:
    """What a judge is asked about the battles: contested pairs like every other judge, and the rest if it votes.

    One that the board leaves out is asked nothing.
    """
    board = reading.frame("judge_board").set_index("judge")
    battles = reading.frame("battles")
    contested = battles.loc[battles["chosen_by"] == CONTESTED, "pair_id"]
    names = read_data_set(settings.data_dir).pairs[["pair_id", "pair_key"]]
    pairs = battles.drop_duplicates("pair_id").merge(names, on="pair_id", how="left")
    if not votes_in_battles(judge, reading.frame("crowd")) or not judge.live:
        pairs = pairs[pairs["pair_id"].isin(contested)].reset_index(drop=True)
    left_out = board["kind"].get(judge.name) == LEFT_OUT
    if left_out or (isinstance(judge, ReplayJudge) and not is_recorded(judge, pairs)):
        pairs = pairs.head(0)
    # Before its best strategy is known, its first.
    best = board["strategy"].get(judge.name)
    strategy = best if best in judge.strategies else (*judge.strategies, "s1")[0]
    return Part("battle_verdicts", ALL[strategy], pairs, of_data_set=not judge.live, empty_loses=True)


def votes_in_battles(judge: Judge, crowd: pd.DataFrame) -> bool:
    """Whether it is in the crowd, or costs nothing; without a crowd, every judge that can see or hear the clips."""
    if isinstance(judge, RulesJudge):
        return not judge.learns
    offered = crowd[crowd["not_offered"].isna()]
    if len(offered):
        return judge.name in offered["voters"].iloc[0]
    return judge.live and not judge.content_blind


def answers_under_any(judge: Judge, settings: Settings) -> dict[str, str]:
    """The version of the judge's answers under all of its strategies."""
    return {"judge": version_under_all_strategies(judge, settings), "rounds": str(settings.rounds)}


def calls_on_record(judge: Judge, settings: Settings) -> dict[str, str]:
    """The version of all calls that were made for the judge, here or elsewhere.

    Raises:
        JudgeUnavailable: nothing is recorded.
    """
    if isinstance(judge, ReplayJudge):
        return {"calls": recording_version(judge)}
    return {"calls": CallCache(settings.calls_folder, judge.name).version()}


def costs_of(judge: Judge, settings: Settings) -> pd.DataFrame:
    """The judge's rows of the table `judge_costs`: of its calls on record, or what its recording says of them."""
    rows: list[tuple[object, ...]] = []
    if isinstance(judge, ReplayJudge):
        # Who reads the verdicts says what is wrong with a recording.
        with suppress(EmopreferError):
            rows = [
                (judge.name, ALL[row.strategy].step.name, judge.name, row.rows, row.failed, 0, 0, row.seconds, 0.0)
                for row in each_row(recorded_seconds(judge))
            ]
    else:
        rows = [(judge.name, *astuple(cost)) for cost in CallCache(settings.calls_folder, judge.name).costs()]
    return TABLES["judge_costs"].frame(rows)
