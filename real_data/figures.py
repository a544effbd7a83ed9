"""What an evaluation has to show: figures of the publishers, or counted from the same files by other means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Figure:
    """A figure that the published database holds.

    Attributes:
        what: it is, in a line.
        query: that gives it.
        expected: what the source says, with as many digits as it has.
        source: who says so.
        within: how far the two may be apart.
    """

    what: str
    query: str
    expected: float
    source: str
    within: float = 0.05

    def shown(self, database: Path) -> float:
        """What the evaluation shows."""
        with duckdb.connect(str(database), read_only=True) as connection:
            ((value,),) = connection.execute(self.query).fetchall()
        return float(value)


LLMBAR = "statistics.json of GPT-4/Vanilla, github.com/princeton-nlp/LLMBar"
PANDALM_METRICS = "data/compute_metrics.py, github.com/WeOpenML/PandaLM"
PANDALM_README = "README, github.com/WeOpenML/PandaLM"
COUNTED = "counted from the same files"
GROUP = (
    "select acc_2class from judge_by_group where judge = 'GPT-4__Vanilla' and clip_column = 'subset' and value = '{}'"
)
POSITION = "select first_share from position_bias where kind = 'annotator' and name = '{}'"
ON_DECIDED = """
    select 100 * avg((verdict = preference)::integer)
    from predictions join consensus_pairs using (pair_id)
    where preference <> 'same' and judge = '{}' and swapped = {}
"""
CONSISTENCY = "select swap_consistency from judge_scores where judge = '{}'"
LONGER = "select if(direction = 'longer', followed, 100 - followed) from shortcut_audit where baseline = 'length'"
WAF = "select waf_2class from judge_scores where judge = '{}'"
ORDER = "select spearman from board_agreement where source1 = 'human' and source2 = '{}'"
GEMINI, GPT = "gemini-2.5-flash-preview-04-17__0shot", "gpt-4o-audio-preview__0shot"

FIGURES: dict[str, tuple[Figure, ...]] = {
    "llmbar": (
        *(
            Figure(f"GPT-4, right on {subset}", GROUP.format(subset), expected, LLMBAR)
            for subset, expected in (
                ("Natural", 95.0),
                ("Neighbor", 77.61),
                ("GPTInst", 84.78),
                ("GPTOut", 74.47),
                ("Manual", 76.09),
            )
        ),
        Figure("GPT-4, the same in both orders", CONSISTENCY.format("GPT-4__Vanilla"), 100 * 389 / 419, LLMBAR),
        Figure("the longer text wins", LONGER, 27.2, COUNTED),
    ),
    "pandalm": (
        *(
            Figure(
                f"labels {label}",
                f"select count(*) from consensus_pairs where preference = '{label}'",
                expected,
                PANDALM_README,
            )
            for label, expected in (("a1", 422), ("a2", 472), ("same", 105))
        ),
        *(
            Figure(
                f"{judge}, right of three classes",
                f"select acc_3class from judge_scores where judge = '{judge}'",
                expected,
                PANDALM_METRICS,
            )
            for judge, expected in (("gpt-3.5-turbo", 71.07), ("pandalm-7b", 66.77))
        ),
        *(
            Figure(
                f"{judge} in a person's place, rho",
                f"select rho from judge_replacement where name = '{judge}' and not swapped",
                expected,
                COUNTED,
                within=0.0005,
            )
            for judge, expected in (("gpt-3.5-turbo", 0.735), ("pandalm-7b", 0.715))
        ),
    ),
    "llmfao": (
        Figure("votes for the text on the left", POSITION.format("all"), 53.3, COUNTED),
        Figure("the same of worker w20", POSITION.format("w20"), 70.0, COUNTED, within=0.5),
        Figure("pairs with a majority", "select count(*) from consensus_pairs", 1691, COUNTED),
        Figure("the longer text wins", LONGER, 31.8, COUNTED),
        Figure("GPT-4, weighted F1", WAF.format("gpt4"), 75.84, COUNTED),
        Figure("GPT-3.5, weighted F1", WAF.format("gpt3"), 62.12, COUNTED),
        # By Bradley and Terry's model with another prior.
        Figure("order of 59 systems, people and GPT-4, Spearman", ORDER.format("gpt4"), 0.73, COUNTED, within=0.03),
        Figure("the same, people and GPT-3.5", ORDER.format("gpt3"), 0.72, COUNTED, within=0.03),
    ),
    "audiojudge": (
        *(
            Figure(
                f"{judge.split('-preview')[0]}, right where people decide, {'swapped' if swapped else 'normal'}",
                ON_DECIDED.format(judge, swapped),
                expected,
                COUNTED,
            )
            for judge, swapped, expected in (
                (GEMINI, False, 73.5),
                (GEMINI, True, 71.2),
                (GPT, False, 71.2),
                (GPT, True, 72.0),
            )
        ),
        Figure("gemini-2.5-flash, the same in both orders", CONSISTENCY.format(GEMINI), 78.4, COUNTED),
        Figure("gpt-4o-audio, the same in both orders", CONSISTENCY.format(GPT), 80.5, COUNTED),
        Figure(
            "people who call it a tie",
            "select 100 * avg((preference = 'same')::integer) from consensus_pairs",
            32.4,
            COUNTED,
        ),
    ),
    "audiojudge_noise": tuple(
        Figure(f"right where people decide, {ratio}", ON_DECIDED.format(ratio, False), expected, COUNTED)
        for ratio, expected in (("nonoise", 74.2), ("nonoise2", 74.2), ("snr10", 73.7), ("snr1", 74.2))
    ),
}
