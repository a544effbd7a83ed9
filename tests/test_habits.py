"""What would rot unseen: docstrings, types, the marker of types, versions, citation, sizes of modules."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from emoprefer_assets.settings import PROJECT

PACKAGE = PROJECT / "emoprefer_assets"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 500


def described(project: Path = PROJECT) -> dict:
    return tomllib.loads((project / "pyproject.toml").read_text())


def test_every_module_says_what_it_is():
    silent = [
        str(module.relative_to(PROJECT)) for module in MODULES if not ast.get_docstring(ast.parse(module.read_text()))
    ]
    assert silent == []


def test_no_module_is_longer_than_500_lines():
    written = [*MODULES, *(PROJECT / "synthesis").rglob("*.py"), *(PROJECT / "training").rglob("*.py")]
    written += (PROJECT / "real_data").rglob("*.py")
    lengths = {str(module.relative_to(PROJECT)): len(module.read_text().splitlines()) for module in written}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_types_are_ignored_only_with_a_code():
    bare = re.compile(r"#\s*type:\s*ignore(?!\[)")
    found = [
        f"{module.name}:{number}"
        for module in MODULES
        for number, line in enumerate(module.read_text().splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_mypy_is_strict_and_misses_imports_of_named_modules_only():
    mypy = described()["tool"]["mypy"]
    assert mypy["strict"] is True
    assert "ignore_missing_imports" not in mypy
    loosened = [
        name for override in mypy["overrides"] if override.get("ignore_missing_imports") for name in override["module"]
    ]
    assert loosened
    assert not [name for name in loosened if name.startswith(("*", "emoprefer_assets"))]


def test_the_wheel_carries_the_marker_of_types_the_licence_and_every_file_that_is_no_module(tmp_path):
    pytest.importorskip("setuptools", minversion="77")
    built = tmp_path / "project"
    _copy_what_is_built(built)
    call = "from setuptools.build_meta import build_wheel; print(build_wheel('.'))"
    done = subprocess.run([sys.executable, "-c", call], cwd=built, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(built / done.stdout.split()[-1]) as wheel:
        names = set(wheel.namelist())
    beside = {
        str(file.relative_to(PROJECT))
        for file in PACKAGE.rglob("*")
        if file.is_file() and file.suffix not in {".py", ".pyc"}
    }
    assert "emoprefer_assets/py.typed" in beside
    for folder in ("sql", "data/models", "data/sample"):
        files = (file for file in (PROJECT / folder).rglob("*") if file.is_file() and not file.name.startswith("."))
        beside |= {f"emoprefer_assets/_project/{file.relative_to(PROJECT)}" for file in files}
    assert beside - names == set()
    assert [name for name in names if name.endswith("dist-info/licenses/LICENSE")]


def _copy_what_is_built(target: Path) -> None:
    target.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        (target / name).write_bytes((PROJECT / name).read_bytes())
    for name in (PACKAGE.name, "sql", "data/models", "data/sample"):
        shutil.copytree(PROJECT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))


def test_the_changelogs_newest_version_is_the_packages():
    newest = re.search(r"^## \[(\d[^]]*)\]", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == described()["project"]["version"]


def test_the_version_command_prints_the_packages_version():
    done = subprocess.run(
        [sys.executable, "-m", "emoprefer_assets.cli", "--version"], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == version("emoprefer-assets")


def test_the_citation_names_the_software_and_the_paper():
    citation = YAML(typ="safe").load((PROJECT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors", "version", "license", "references"} <= citation.keys()
    project = described()["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    (paper,) = citation["references"]
    assert paper["title"].startswith("EmoPrefer: ")
    assert paper["year"] == 2026
    assert [found["value"] for found in paper["identifiers"]] == ["arXiv:2507.04278"]
    assert all({"given-names", "family-names"} == author.keys() for author in paper["authors"])


def test_hooks_before_a_commit_download_nothing_and_are_those_of_make_lint():
    hooks = YAML(typ="safe").load((PROJECT / ".pre-commit-config.yaml").read_text())
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]
    found = {hook["id"]: hook for repository in hooks["repos"] for hook in repository["hooks"]}
    assert {hook["language"] for hook in found.values()} == {"system"}
    lint = re.search(r"^lint:.*\n\t(.*)", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert lint is not None
    for tool in ("ruff check", "ruff format --check", "mypy"):
        assert tool in lint[1]
        assert any(f".venv/bin/{tool}" in hook["entry"] for hook in found.values())


def test_ci_checks_style_and_types_before_it_tests():
    commands = (PROJECT / ".ci" / "run").read_text().split()
    assert commands.index("lint") < commands.index("test")
