"""What an asset shows to who clicks on it: first rows and plots, with names from outside in them."""

import base64
import time
from xml.etree import ElementTree

import pandas as pd
import pytest

from emoprefer_assets.assets._plots import (
    plot_of_consistency,
    plot_of_judges,
    plot_of_leaderboard,
    plot_of_reliability,
)
from emoprefer_assets.assets._preview import _cell, preview
from emoprefer_assets.store import TABLES

HOSTILE = [
    "![x](http://evil.example/pixel.png)",
    '<img src="http://evil.example/pixel.png">',
    "var(--ink) & <b>bold</b> ]]> \u202eturned",
    "名字 | `code` | \\",
    "datum.value + 1",
    "x" * 5000,
]


@pytest.fixture(scope="module")
def board() -> pd.DataFrame:
    judges = pd.DataFrame(
        {
            "rank": range(1, 7),
            "judge": HOSTILE,
            "kind": ["judge", "baseline", "left out"] * 2,
            "waf_2class": range(50, 56),
            "waf_2class_low": range(45, 51),
            "waf_2class_high": range(55, 61),
            "swap_consistency": range(80, 86),
        }
    )
    people = pd.DataFrame(
        [
            {"judge": "best baseline", "kind": "baseline", "waf_2class": 52.0},
        ]
    )
    return pd.concat([TABLES["judge_board"].frame(), people, judges])


def curves(names: list[str]) -> pd.DataFrame:
    rows = [(name, "s1", tenth, tenth / 10 + 0.05, tenth / 10, 12) for name in names for tenth in range(10)]
    return TABLES["reliability_curve"].frame(rows)


def leaderboard(names: list[str], sources: tuple[str, ...] = ("crowd", "human")) -> pd.DataFrame:
    ranked = [
        {
            "source": source,
            "component": 1,
            "rank": rank,
            "system": system,
            "state": "ranked",
            "rating": 1000.0 - rank,
            "ci_low": 900.0 - rank,
            "ci_high": 1100.0 - rank,
        }
        for source in sources
        for rank, system in enumerate(names, 1)
    ]
    return pd.concat([TABLES["leaderboard"].frame(), pd.DataFrame(ranked)])


def picture(metadata) -> str:
    (shown,) = [value for name, value in metadata.items() if name.startswith("plot")]
    return base64.b64decode(shown.md_str.split("base64,")[1].removesuffix(")")).decode()


@pytest.mark.parametrize("plot", [plot_of_judges, plot_of_consistency])
def test_names_from_outside_are_words_in_the_plots_of_judges(plot, board):
    svg = picture(plot(board))
    words = set(ElementTree.fromstring(svg).itertext())
    assert any("<img" in word for word in words)
    assert not {element.tag.split("}")[1] for element in ElementTree.fromstring(svg).iter()} - {
        "svg",
        "g",
        "path",
        "text",
        "rect",
        "line",
        "defs",
        "clipPath",
        "title",
    }


def test_names_from_outside_are_words_in_the_other_plots():
    assert "&lt;img" in picture(plot_of_leaderboard(leaderboard(HOSTILE)))
    assert "&lt;img" in picture(plot_of_reliability(curves(HOSTILE)))


def test_a_plot_has_each_judge_baseline_and_the_best_baseline(board):
    named = board.assign(judge=["best baseline", *"abcdef"])
    words = set(ElementTree.fromstring(picture(plot_of_judges(named))).itertext())
    assert {*"abcdef", "best baseline", "baseline (sees no media)"} <= words


def test_a_leaderboard_without_people_and_crowd_is_plotted_by_its_first_judges():
    svg = picture(plot_of_leaderboard(leaderboard(["a", "b"], tuple("wxyz"))))
    words = set(ElementTree.fromstring(svg).itertext())
    assert {"a", "b", "w", "x", "y"} <= words
    assert "z" not in words


def test_nothing_is_plotted_of_tables_without_rows():
    assert plot_of_judges(TABLES["judge_board"].frame()) == {}
    assert plot_of_consistency(TABLES["judge_board"].frame()) == {}
    assert plot_of_leaderboard(TABLES["leaderboard"].frame()) == {}
    assert plot_of_reliability(TABLES["reliability_curve"].frame()) == {}


def test_two_hundred_judges_make_no_large_metadata_and_take_no_second_each(board):
    many = pd.concat([board.tail(1).assign(judge=f"judge_{n}", rank=n) for n in range(200)])
    plots = {
        plot_of_judges: many,
        plot_of_consistency: many,
        plot_of_leaderboard: leaderboard([f"system_{n}" for n in range(200)]),
        plot_of_reliability: curves([f"judge_{n}" for n in range(200)]),
    }
    plot_of_judges(board)  # The renderer starts once.
    for plot, rows in plots.items():
        # Of this process, so that a busy machine does not fail it.
        start = time.process_time()
        shown = list(plot(rows).values())[-1]
        assert time.process_time() - start < 1
        assert len(shown.md_str) < 100_000


def test_a_cell_shows_what_would_be_obeyed():
    assert _cell("![a](b) `c` <i> \u202e\x1b") == "!\\[a\\](b) \\`c\\` \\<i\\> ??"


@pytest.mark.parametrize(
    "address", ["https://evil.example", "HTTP://evil.example", "www.evil.example", "a@evil.example"]
)
def test_an_address_in_a_cell_is_parted_so_that_it_makes_no_link(address):
    assert "\u2060" in _cell(address)


def test_a_cell_is_one_cell_of_one_line():
    row = preview(pd.DataFrame({"text": ["a | b\n| c \\| d"]})).md_str.splitlines()[-1]
    assert row == "| a \\| b \\| c \\\\\\| d |"


def test_first_rows_have_rounded_numbers_and_dashes_for_what_is_missing():
    frame = pd.DataFrame({"share": [0.123456], "whole": [1297.0], "none": [None], "names": [["a", "b"]]})
    assert preview(frame).md_str.splitlines()[-1] == "| 0.1235 | 1297.0 | – | a, b |"


def test_the_best_judge_is_named_beside_the_plot(board):
    shown = plot_of_judges(board.assign(waf_2class=board["waf_2class"].astype(float)))
    assert shown["best_judge"] == HOSTILE[0]
    assert shown["best_judge_waf_2class"] == 50.0
