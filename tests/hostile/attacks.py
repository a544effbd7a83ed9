"""Texts that try to be more than texts, in whichever room they land."""

from __future__ import annotations

from hypothesis import strategies as st

SQL = ("'; drop table leaderboard; --", '" or 1=1 --', "x') union select content from read_text('/etc/passwd') --")
PATHS = (
    "../../outside",
    "/tmp/outside",
    "..\\..\\outside",
    "C:\\outside",
    "~root/outside",
    "a/../../outside",
    "%2e%2e%2f",
)
SHELL = (
    "$(touch outside)",
    "`touch outside`",
    "; touch outside",
    "| touch outside",
    "--help",
    "-rf",
    "x\ntouch outside",
)
HTML = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</td></tr></table>", "&lt;b&gt;", "<!-- -->")
MARKDOWN = (
    "| a | b |",
    "[a](https://evil.example)",
    "![a](https://evil.example/track.png)",
    "`code`",
    "**bold**",
    "a\n\n# b",
    "https://evil.example",
    "www.evil.example",
    "~~gone~~",
    "\\|",
    "$x$",
    "{{ site.token }}",
    "{% include x %}",
    "---",
    "<https://evil.example>",
    "&copy;",
)
FORMULAS = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    "a;=1+1",
    "a,=1+1",
    "a; =1+1",
    '"=1+1',
    '","=1+1',
    "a\n=1+1",
)
TERMINAL = (
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\link",
    "\x9b31m",
    "\r\x1b[2K",
    "\b\b\b",
    "\x07",
    "[red]red[/red]",
    "[link=https://evil.example]x[/link]",
    "\u202egnp.exe",
    "a\u200bb",
    "\x7f",
    "\u2028",
    "\ufeff",
)
TEMPLATES = ("{{ 7 * 7 }}", "{% for x in range(9) %}x{% endfor %}", "{{ ''.__class__ }}", "${7*7}", "%s%s%n", "{0}")
ATTACKS = (*SQL, *PATHS, *SHELL, *HTML, *MARKDOWN, *FORMULAS, *TERMINAL, *TEMPLATES)

attacks = st.sampled_from(ATTACKS)
# What UTF-8 can hold: half a character is refused wherever text comes in.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
hostile = st.one_of(attacks, st.builds("".join, st.lists(attacks | texts, min_size=1, max_size=3)))


def would_act_in_a_terminal(text: str) -> str:
    """What of `text` a terminal would obey or hide."""
    return "".join(character for character in text if not character.isprintable() and character != "\n")
