"""What an evaluation has found, in words, straight from five rows of its boards."""

import pandas as pd
import pytest

from emoprefer_assets.finding import different_ensembles, finding

JUDGES = pd.DataFrame(
    [
        ("eyes", "judge", 81.4, 70.2, 88.8, 1.2),
        ("ears", "judge", 74.0, 60.0, 85.0, 0.9),
        ("dead", "left out", 20.0, 10.0, 30.0, 1.5),
        ("longer", "baseline", 90.0, 80.0, 95.0, None),
    ],
    columns=["judge", "kind", "waf_2class", "waf_2class_low", "waf_2class_high", "odds_ratio_low"],
)


def leaderboard(*rank_lows, source="human", components=1):
    return pd.DataFrame(
        {
            "source": source,
            "system": [f"system{place}" for place in range(len(rank_lows))],
            "rank": range(1, len(rank_lows) + 1),
            "rank_low": rank_lows,
            "component": [place % components + 1 for place in range(len(rank_lows))],
        }
    )


def test_judges_are_counted_and_the_best_is_named_with_its_interval():
    assert [*finding(JUDGES, leaderboard())] == [
        "1 of 2 judges is shown to know more than the texts give away (95 %, each by itself).",
        "The best, eyes, agrees with people on decided pairs by a weighted F1 (WAF 2) of 81 of 100 (70 to 89).",
    ]


def test_no_judge_may_be_shown_to_know_anything():
    said, _ = finding(JUDGES.assign(odds_ratio_low=0.5), leaderboard())
    assert said == "No judge is shown to know more than the texts give away (95 %, each by itself)."


def test_without_five_clips_there_is_no_interval():
    unknown = JUDGES.assign(odds_ratio_low=None, waf_2class_low=None, waf_2class_high=None)
    (said,) = finding(unknown, leaderboard())
    assert said.endswith("of 81 of 100.")


@pytest.mark.parametrize(
    ("rank_lows", "said"),
    [
        ((1, 2, 2), "By people, system0 leads 3 systems."),
        ((1, 1, 3), "By people, 2 of 3 systems may be first: system0 and system1."),
        ((1, 1, 1), "By people, none of the 3 systems is shown to be behind."),
        (
            (1, 1, 1, 1, 1, 1, 7),
            "By people, 6 of 7 systems may be first: system0, system1, system2, system3 and 2 more.",
        ),
    ],
)
def test_who_may_lead_is_said(rank_lows, said):
    assert [*finding(JUDGES.head(0), leaderboard(*rank_lows))] == [said]


def test_people_with_the_crowds_help_come_before_people_and_people_before_the_crowd():
    none = JUDGES.head(0)
    boards = [leaderboard(1, 2, source=source) for source in ("crowd", "human", "people with crowd")]
    assert [*finding(none, pd.concat(boards))] == ["By people with the crowd's help, system0 leads 2 systems."]
    assert [*finding(none, pd.concat(boards[:2]))] == ["By people, system0 leads 2 systems."]


def test_nothing_is_said_of_systems_that_nobody_compared_or_of_one_alone():
    assert not [*finding(JUDGES.head(0), leaderboard(1, 1, components=2))]
    assert not [*finding(JUDGES.head(0), leaderboard(1))]


def test_an_ensemble_that_repeats_another_in_every_figure_is_named_and_not_shown():
    scores = pd.DataFrame(
        [
            ("majority", "normal", 1, "held-out", 80.0),
            ("majority", "normal", 1, "in-sample", 82.0),
            ("majority", "normal", 2, "held-out", 80.0),
            ("majority", "normal", 2, "in-sample", 82.0),
            ("majority", "normal", 3, "held-out", 80.0),
            ("majority", "normal", 3, "in-sample", 84.0),
        ],
        columns=["ensemble", "orders", "k", "sample", "waf_2class"],
    )
    shown, said = different_ensembles(scores)
    assert sorted(shown["k"]) == [1, 1, 3, 3]
    assert said == ["Left out, because each figure is that of majority of 1 (normal): majority of 2 (normal)."]
