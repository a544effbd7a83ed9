"""Boards of judges and systems that nobody has evaluated."""

from __future__ import annotations

import string

import numpy as np
import pandas as pd

RULES = ("system_prior", "length", "random")
LETTERS = string.ascii_uppercase
ERRORS = ("emotion_flip", "modality_omission")


def made_up_boards(random: np.random.Generator, judges: list[str], names: list[str]) -> dict[str, pd.DataFrame]:
    score = np.sort(60 + 30 * random.random(len(judges)))[::-1]
    of_judges = pd.DataFrame(
        {
            "judge": judges,
            "strategy": "s1",
            "waf_2class": score,
            "waf_2class_low": score - 4,
            "waf_2class_high": score + 4,
        }
    )
    gain = {
        "gain_over_baseline": score - 75,
        "gain_over_baseline_low": score - 80,
        "gain_over_baseline_high": score - 70,
    }
    beyond = {"odds_ratio": score / 40, "odds_ratio_low": score / 70, "odds_ratio_high": score / 20}
    board = of_judges.assign(
        rank=np.arange(1, len(judges) + 1),
        kind="judge",
        nested_waf_2class=score - 1,
        acc_2class=score,
        acc_3class=score,
        waf_3class=score,
        swap_consistency=100 * random.random(len(judges)),
        balanced_score=score,
        follows_shortcut=score < 62,
        failed_rate=0.0,
        p_options=0.97,
        unparsed_rate=0.0,
        rank_low=1,
        rank_high=len(judges),
        tier="A",
        tied_with=[[other for other in judges if other != one] for one in judges],
        equivalent_to=[[] for _ in judges],
        **gain,
        **beyond,
    )
    baseline = pd.DataFrame(
        {"judge": ["best baseline"], "kind": ["baseline"], "waf_2class": [75.0], "source": ["length: longer"]}
    )
    audit = of_judges[["judge", "strategy"]].assign(
        slice_score=score - 10,
        slice_low=score - 15,
        slice_high=score - 5,
        slice_pairs=8,
        rest_score=score + 5,
        rest_low=score,
        rest_high=score + 8,
        rest_pairs=30,
        balanced_score=score - 2,
        balanced_low=score - 6,
        balanced_high=score + 2,
        follows_shortcut=score < 62,
        baseline="length",
        baseline_waf_2class=75.0,
        **gain,
        **beyond,
    )
    systems = np.arange(len(names))
    leaderboard = pd.concat(
        [
            pd.DataFrame(
                {
                    "source": source,
                    "component": 1,
                    "rank": systems + 1,
                    "system": names,
                    "state": "ranked",
                    "rating": 1100.0 - 80 * systems,
                    "ci_low": 1050.0 - 80 * systems,
                    "ci_high": 1150.0 - 80 * systems,
                    "rank_low": np.where(systems < 2, 1, systems + 1),
                    "rank_high": np.where(systems < 2, 2, systems + 1),
                    "tier": [LETTERS[max(system - 1, 0)] for system in systems],
                    "equivalent_to": [[] for _ in names],
                    "tied_with": [[name for name in names[:2] if name != one and one in names[:2]] for one in names],
                    "detectable_difference": 150.0,
                    "first_in_replicates": np.where(systems == 0, 0.8, 0.1),
                    "battles": 40.0,
                    "wins": 20.0,
                    "tie_share": 5.0,
                    "clips": 20,
                    "davidson_rating": 1110.0 - 85 * systems,
                    "ties_differ": source == "human",
                    "challenger": [names[1] if place == 0 and len(names) > 1 else None for place in systems],
                    "clips_to_change": [3.0 if place == 0 and len(names) > 1 else None for place in systems],
                }
            )
            for source in ("human", "crowd", *judges)
        ]
    )
    style = leaderboard.rename(columns={"rank": "plain_rank", "rating": "plain_rating"}).assign(
        rank=lambda rows: rows["plain_rank"], rating=lambda rows: rows["plain_rating"] - 10, rank_change=0
    )
    k = np.arange(1, len(judges) + 1)
    ensembles = pd.concat(
        [
            pd.DataFrame(
                {
                    "ensemble": "majority",
                    "k": k,
                    "orders": orders,
                    "sample": sample,
                    "waf_2class": 80 + k * 5 / len(k),
                    "waf_2class_low": 76.0,
                    "waf_2class_high": 90.0,
                    "rounds": 1,
                }
            )
            for orders in ("normal", "normal+swapped")
            for sample in ("in-sample", "held-out")
        ]
    )
    crowd = pd.DataFrame(
        {
            "ensemble": ["majority"],
            "k": [3],
            "orders": ["normal"],
            "judges": [judges],
            "voters": [judges[:3]],
            "waf_2class": [88.0],
            "waf_2class_low": [84.0],
            "waf_2class_high": [92.0],
            "rule": ["fixed in advance"],
            "not_offered": [None],
        }
    )
    position = of_judges.assign(first_share=55.0, first_low=51.0, first_high=59.0, flip_rate=20.0, tie_change_rate=0.0)
    curve = pd.concat(
        [
            of_judges[["judge", "strategy"]].assign(
                bin=one, mean_probability=one / 10 + 0.05, frequency=one / 10, pairs=4
            )
            for one in range(10)
        ]
    )
    robustness = pd.concat(
        [
            of_judges[["judge", "strategy"]].assign(error_type=error, pairs=3, accuracy=70.0, length_difference=0.0)
            for error in ERRORS
        ]
    )
    costs = of_judges[["judge"]].assign(
        step="s1",
        asked=judges,
        calls=100,
        failed=0,
        tokens_in=20000,
        tokens_out=100,
        seconds=np.linspace(5, 500, len(judges)),
        cost=0.0,
    )
    differences = pd.DataFrame(
        {
            "judge1": judges[0],
            "judge2": judges[1:],
            "strategy1": "s1",
            "strategy2": "s1",
            "difference": 2.0,
            "difference_low": -1.0,
            "difference_high": 5.0,
            "p_value": 0.5,
            "significant": False,
            "equivalent": False,
            "detectable_difference": 4.5,
            "discordance": 25.0,
            "design_effect": 1.0,
        }
    )
    rules = pd.DataFrame(
        {
            "baseline": RULES,
            "sees": ["systems", "text", "nothing"],
            "direction": [None, "longer", None],
            "waf_2class": [75.0, 60.0, 50.0],
            "waf_2class_low": 45.0,
            "waf_2class_high": 80.0,
            "same": 0,
            "pairs_2class": 36,
        }
    )
    summary = pd.DataFrame(
        {
            "dominant_shortcut": ["system_prior"],
            "pairs_2class": [36],
            "stereotype_pairs": [8],
            "systems": [len(names)],
            "length_matched_10": [5],
            "length_matched_15": [6],
            "length_matched_20": [7],
            "length_tolerance": [0.05],
            "length_clips_against": [12],
            "length_and_system": ["not identified"],
        }
    )
    registered = of_judges[["judge"]].assign(
        backend="replay",
        content_blind=False,
        inputs=[[] for _ in judges],
        live=False,
        strategies=[["s1"] for _ in judges],
    )
    return {
        "judge_board": pd.concat([baseline, board]),
        "judge_audit": audit,
        "judge_and_annotators": of_judges[["judge", "strategy"]].assign(
            pairs=50,
            judge_waf_2class=score - 8,
            judge_low=score - 12,
            judge_high=score - 4,
            annotators_waf_2class=78.0,
            difference=score - 86,
            log_loss=1 - score / 200,
            least_log_loss=0.31,
        ),
        "judge_replacement": pd.concat(
            [
                of_judges[["judge", "strategy"]]
                .rename(columns={"judge": "name"})
                .assign(kind="judge", swapped=swapped, rho=score / 100, omega=0.4, may_replace=False)
                for swapped in (False, True)
            ]
            + [
                pd.DataFrame({"kind": "baseline", "name": RULES, "swapped": False, "rho": 0.6, "omega": 0.0}),
                pd.DataFrame({"kind": ["annotator"], "name": "Ann", "swapped": False, "rho": 0.9}),
            ]
        ).assign(annotators=3, pairs=150, epsilon=0.15),
        "label_sensitivity": pd.concat(
            [
                of_judges[["judge", "strategy"]].assign(
                    labels=labels, pairs=40, waf_2class=score, rank=range(1, len(judges) + 1)
                )
                for labels in ("unanimous", "majority", "10 % wrong")
            ]
        ),
        "leaderboard": leaderboard,
        "leaderboard_anytime": leaderboard[leaderboard["source"] == "human"].assign(
            look=4,
            beats=[names[1:] if place == 0 else [] for place in systems],
            low_always=lambda rows: rows["ci_low"] - 30,
            high_always=lambda rows: rows["ci_high"] + 30,
        ),
        "leaderboard_style": style,
        "ensemble_scores": ensembles,
        "crowd": crowd,
        "judge_position": position,
        "position_bias": pd.DataFrame(
            {
                "kind": ["annotator", "annotator", "judge"],
                "name": ["Ann", "all", judges[0]],
                "first_share": [70.0, 53.3, 55.0],
                "first_low": [64.0, 52.0, 50.0],
                "first_high": [75.0, 55.0, 60.0],
                "warnings": ["position bias: left in 70 % of 290 decided votes", None, None],
            }
        ),
        "reliability_curve": curve,
        "robustness_scores": robustness,
        "judge_costs": costs,
        "judge_differences": differences,
        "shortcut_audit": rules,
        "shortcut_summary": summary,
        "judges": registered,
    }
