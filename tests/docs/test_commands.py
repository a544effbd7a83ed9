"""The command lines of README and docs: each parses as its program would parse it, and all of our own run."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import click
import dagster as dg
import numpy as np
import pytest
from click.testing import CliRunner

from emoprefer_assets import evaluation
from emoprefer_assets.cli import main
from emoprefer_assets.home import claim_home
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from tests.conftest import BLANK, PAGE, four_pairs, use
from tests.deploy.test_deploy import parsed
from tests.docs.pages import PAGES, blocks
from tests.reproduction.outputs import write_outputs

SHELL = ("", "sh", "bash", "shell", "console")
FILES = (
    "team7.csv",
    "answers.zip",
    "mer2026.zip",
    "published_scores.csv",
    "mine.json",
    "record-study-a01.json",
    "record-study-a02.json",
)
VOTES = ("next.csv", "project.json", "items.jsonl", "records.json", "answers.jsonl", "sheet.csv")
FOLDERS = ("outputs", "output-results", "HOME", "annotation_output")
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
# Judges of the names that the pages use.
RULES = ("longer", "shorter", "random", "system_prior")
RECORDED = ("tiny_video", "tiny_audio", "tiny_omni", "mine")
RUN_IN_A_SHELL = {("dagster", "asset", "materialize", "--select", "leaderboard"), ("make", "run")}
# What `run` hands on to the runs that it starts.
HANDED_ON = ("EMOPREFER_ROUNDS", "EMOPREFER_BATTLE_FULL", "EMOPREFER_BUDGET", "EMOPREFER_CALLS")
ANSWERS = """\
name,a1,a2,preference
clip1,He is glad.,"He is rather sad, as it seems.",a1
clip1,Sad.,Glad.,{second}
clip2,She is afraid.,She is angry.,same
"""


def command_lines(page: Path) -> Iterator[tuple[str, ...]]:
    """Every command line of a page that calls one of our programs; variables before it are left out."""
    for block in (content for language in SHELL for content in blocks(page, language)):
        for line in block.replace("\\\n", " ").splitlines():
            if not re.match(r"(\w+=\S+ +)*(emoprefer|dagster|make|python -m|torchrun) ", line):
                continue
            words = shlex.split(line, comments=True)
            while "=" in words[0]:
                words = words[1:]
            yield tuple(words)
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for span in re.findall(r"`((?:emoprefer|make|python -m) [^`]+)`", text):
        yield tuple(shlex.split(span))


LINES = sorted({line for page in PAGES for line in command_lines(page)})


def lines_of(*programs: str) -> list[tuple[str, ...]]:
    return [line for line in LINES if line[0] in programs]


@pytest.fixture
def in_a_folder_of_files(tmp_path, monkeypatch):
    for name in FILES + VOTES:
        (tmp_path / name).touch()
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("line", lines_of("emoprefer", "dagster"), ids=" ".join)
def test_commands_have_the_options_that_they_are_given(line, in_a_folder_of_files):
    if line[1].startswith("-"):
        assert line[1] in {option for parameter in main.params for option in parameter.opts}
    else:
        parsed(line)


@pytest.mark.parametrize("line", lines_of("make"), ids=" ".join)
def test_make_targets_exist(line):
    assert set(line[1:]) <= TARGETS


@pytest.mark.parametrize("line", lines_of("python", "torchrun"), ids=" ".join)
def test_modules_exist_with_their_words_and_options(line):
    name, *arguments = line[line.index("-m") + 1 :]
    module = importlib.util.find_spec(name)
    assert module is not None, name
    if name == "pytest":
        return
    files = [Path(folder) for folder in module.submodule_search_locations or []]
    source = (
        "".join(file.read_text() for folder in files for file in folder.glob("*.py"))
        or Path(str(module.origin)).read_text()
    )
    for argument in arguments:
        assert re.fullmatch(r"[\d.]+|.*/.*|>", argument) or argument in source, argument


def test_an_unknown_option_command_or_target_would_be_noticed():
    with pytest.raises(click.NoSuchOption):
        parsed(("emoprefer", "boards", "--colour"))
    with pytest.raises(KeyError):
        parsed(("emoprefer", "plates"))
    assert "frobnicate" not in TARGETS and {"run", "test", "ui"} <= TARGETS


def documented_options() -> list[tuple[str, str]]:
    return [
        (name, option)
        for name, command in sorted(main.commands.items())
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option != "--debug"
    ]


TEXT = "\n".join(page.read_text() for page in PAGES)


@pytest.mark.parametrize(("command", "option"), documented_options())
def test_each_option_is_documented_with_its_command(command, option):
    assert re.search(rf"emoprefer {command}\b.*{option}(?![\w-])", TEXT)


def test_each_command_is_documented():
    assert [name for name in main.commands if f"emoprefer {name}" not in TEXT] == []
    assert "--debug" in TEXT and "--help" in TEXT


def test_links_lead_somewhere():
    broken = [
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with four pairs, rules and recordings, and the files that the pages hand in."""
    folder = tmp_path_factory.mktemp("commands")
    four_pairs(folder / "data")
    entries = [f"  - {{name: {name}, backend: rules, rule: {name}}}\n" for name in RULES]
    for place, name in enumerate(RECORDED):
        (folder / f"{name}.csv").write_text(ANSWERS.format(second=("a2", "a1")[place % 2]))
        entries.append(f"  - {{name: {name}, backend: replay, path: {name}.csv}}\n")
    (folder / "judges.yaml").write_text("judges:\n" + "".join(entries))
    clips = "name,description\nclip1,Glad at first.\nclip2,Somewhat afraid.\nclip3,Quite calm.\n"
    (folder / "team7.csv").write_text(clips)
    all_pairs = ANSWERS.format(second="a2") + "clip3,Calm and quiet.,Wild.,a1\n"
    with zipfile.ZipFile(folder / "answers.zip", "w") as packed:
        packed.writestr("answers.csv", all_pairs)
    (folder / "outputs").mkdir()
    write_outputs(folder / "outputs", "omni_7b", "normal", np.array(["a1", "a2", "same"]), seed=0)
    columns = "judge,strategy,waf_2class,acc_2class\n"
    (folder / "published_scores.csv").write_text(columns + "omni_7b,s1,60.0,60.0\n")
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
        use(folder, patch)
        patch.chdir(folder)
        patch.setattr(evaluation, "dagster_records", lambda _: nullcontext(instance))
        patch.setattr(PAGE, lambda *_: BLANK)
        claim_home(folder / "home")
        assert not evaluation.evaluate(Run(current_settings())).failures
        yield folder


# A study's and a competition's commands follow one another, `vote` serves until it is stopped, and votes come in files
# of other tools: tests/people and tests/competition. What `gate` says depends on figures: tests/test_cards.py.
RUN_ELSEWHERE = ("vote", "study", "votes", "gate", "competition")
# The tables that commands make here beside judges' answers; after other commands they are as they were.
MADE_BY = {
    "reproduce": ("judge_scores", "published_scores"),
    "rebuild": ("judge_board", "leaderboard", "published_scores"),
}


@pytest.mark.parametrize(
    "line",
    [
        line
        # What is decided about a submission comes behind `emoprefer submit`.
        for line in sorted(lines_of("emoprefer"), key=lambda line: line[1] in ("disqualify", "release"))
        if line[1] not in RUN_ELSEWHERE and not any(word.isupper() for word in line)
    ],
    ids=" ".join,
)
def test_commands_run(line, evaluated, monkeypatch, only):
    only(*MADE_BY.get(line[1], ()))
    shown: list[str] = []
    monkeypatch.setattr(click, "launch", shown.append)
    done = CliRunner().invoke(main, line[1:], env=dict.fromkeys(HANDED_ON), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert bool(shown) == ("--open" in line)


@pytest.mark.parametrize(
    "line",
    [pytest.param(line, marks=pytest.mark.slow if line[0] == "make" else ()) for line in sorted(RUN_IN_A_SHELL)],
    ids=" ".join,
)
def test_commands_run_in_a_shell_that_has_read_env_sh(line, evaluated):
    """`make ui` serves until it is stopped, and `make test` runs this."""
    assert line in LINES
    # Installed is what runs this, whenever pyproject.toml was written.
    line = ("make", "--old-file", ".venv/installed", *line[1:]) if line[0] == "make" else line
    script = f". ./env.sh && {shlex.join(line)}"
    ran = subprocess.run(["bash", "-c", script], cwd=PROJECT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
