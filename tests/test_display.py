"""What a terminal, a page or a spreadsheet would obey is shown instead."""

import json

import pytest

from emoprefer_assets import display
from emoprefer_assets.errors import EmopreferError

OBEYED = ["\x1b[31m", "\x9b31m", "\u202e", "\u200b", "\x07", "\x00"]


@pytest.mark.parametrize("obeyed", OBEYED)
@pytest.mark.parametrize(
    "shown",
    [display.in_message, display.in_lines, display.in_terminal, display.in_json, display.on_page, display.in_markdown],
)
def test_nothing_that_would_be_obeyed_is_left(shown, obeyed):
    assert shown("plain 文") == "plain 文"
    assert shown(f"a{obeyed}b").isprintable()


def test_only_whole_messages_keep_their_lines():
    assert display.in_lines("a\nb\r") == "a\nb\\r"
    assert str(EmopreferError("a\nb\x1b")) == "a\nb\\x1b"
    assert display.in_message("a\nb") == "a\\nb"


def test_a_long_value_is_cut_in_a_message():
    assert display.in_message("x" * 61) == "x" * 59 + "…"


def test_json_means_the_same_after_it_is_made_safe():
    value = {"name": "a\x9b\U000e0001<b>"}
    assert json.loads(display.in_json(json.dumps(value, ensure_ascii=False))) == value
    assert json.loads(display.in_script(value)) == value


@pytest.mark.parametrize(
    ("names", "most", "phrase"),
    [
        ([], None, "none"),
        (["a"], 3, "a"),
        (["a", "b", "c"], None, "a, b and c"),
        (list("abcde"), 3, "a, b, c and 2 more"),
    ],
)
def test_names_make_a_phrase(names, most, phrase):
    assert display.listed(names, most) == phrase
