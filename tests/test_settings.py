"""Settings: one declaration each, read from the environment."""

import ast
import re
from pathlib import Path

import pytest

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.settings import PROJECT, current_settings
from tests.docs import settings as documentation
from tests.docs.pages import DOCS

PACKAGE = PROJECT / "emoprefer_assets"


def test_the_page_is_what_the_declarations_make():
    assert (DOCS / "settings.md").read_text() == documentation.page(), "run `make docs`"


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("EMOPREFER_ROUNDS", "0", "Use a whole number, 1 or more."),
        ("EMOPREFER_BATTLE_ROUNDS", "two", "Use a whole number, 0 or more."),
        ("EMOPREFER_CONSENSUS", "most", "Use one of: unanimous, majority, single."),
        ("EMOPREFER_CALLS", "true", "Use one of: yes, no."),
        ("EMOPREFER_BUDGET", "-1", "Use an amount, 0 or more."),
        ("EMOPREFER_DAILY_BUDGET", "inf", "Use an amount, 0 or more."),
        ("EMOPREFER_BATTLE_CONFIDENCE", "95", "Use an amount, 0 or more, at most 1."),
        ("EMOPREFER_PROMPTS", "/nowhere", "Name a folder that is there."),
        ("EMOPREFER_PUBLISHED_SCORES", "/nowhere.csv", "Name a file that is there."),
        ("EMOPREFER_HOME", f"{__file__}/home", "Name a folder, there or to be made."),
        ("EMOPREFER_SUBMISSIONS", __file__, "Name a folder, there or to be made."),
        ("EMOPREFER_DB", "/", "Name a file, not a folder."),
    ],
)
def test_an_error_names_variable_value_and_remedy(settings, monkeypatch, variable, value, remedy):
    monkeypatch.setenv(variable, value)
    with pytest.raises(EmopreferError) as raised:
        current_settings()
    assert str(raised.value) == f'{variable} is "{value}". {remedy}'


def test_of_several_names_the_unknown_one_is_named(settings, monkeypatch):
    monkeypatch.setenv("EMOPREFER_CROWD_DIAGNOSTICS", "glad, dawid")
    with pytest.raises(EmopreferError, match='EMOPREFER_CROWD_DIAGNOSTICS is "dawid"'):
        current_settings()


def test_an_empty_variable_counts_as_not_set(settings, monkeypatch):
    monkeypatch.setenv("EMOPREFER_ROUNDS", "")
    assert current_settings().rounds == 2


def test_only_variables_with_our_prefix_are_read(settings, monkeypatch):
    monkeypatch.setenv("rounds", "7")
    assert current_settings().rounds == 2


def test_a_changed_copy_keeps_the_rest_and_is_checked_as_well(settings, monkeypatch):
    monkeypatch.setenv("EMOPREFER_BATTLE_ROUNDS", "5")
    now = current_settings()
    changed = now.replaced(budget=2, battles=now.battles.replaced(full=True))
    assert (changed.budget, changed.battles.full, changed.battles.rounds) == (2.0, True, 5)
    assert (now.budget, now.battles.full, changed.home) == (None, False, now.home)
    with pytest.raises(EmopreferError, match='rounds is "0"'):
        now.replaced(rounds=0)


def writes_to_the_environment(tree: ast.AST) -> bool:
    """Whether code assigns to os.environ, deletes from it, or calls what changes it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {"os.putenv", "os.unsetenv", "putenv", "unsetenv"}:
                return True
            if re.fullmatch(r"(os\.)?environ\.(update|setdefault|pop|popitem|clear|__\w+__)", called):
                return True
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
            targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
            if any(re.match(r"(os\.)?environ\b", ast.unparse(target)) for target in targets):
                return True
    return False


@pytest.mark.parametrize(
    "code",
    [
        "os.environ['A'] = 'b'",
        "os.environ |= {}",
        "del os.environ['A']",
        "os.environ.update(a)",
        "environ.pop('A')",
        "os.environ.setdefault('A', 'b')",
        "os.putenv('A', 'b')",
        "os.environ = {}",
        "x = os.environ.setdefault('A', 'b')",
    ],
)
def test_a_write_would_be_noticed(code):
    assert writes_to_the_environment(ast.parse(code))
    assert not writes_to_the_environment(ast.parse("env = os.environ | {'A': os.environ.get('B')}"))


def test_nothing_in_the_package_writes_to_the_environment():
    # The evaluation's own modules are handed their settings next.
    files: list[Path] = sorted(PACKAGE.rglob("*.py"))
    writing = {
        str(file.relative_to(PACKAGE)) for file in files if writes_to_the_environment(ast.parse(file.read_text()))
    }
    assert writing == set()
