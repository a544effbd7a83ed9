"""How plugins are found, and what is said of those that cannot be used: each in a process of its own, all at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emoprefer_assets.settings import PROJECT

BASELINE = """\
from emoprefer_assets.offline import baseline


@baseline()
def {name}(pairs):
    return pairs["a1"].map(lambda _: "a1").to_numpy()
"""
STRATEGY = """\
from emoprefer_assets.strategies import Reading, Step, strategy


@strategy("again", "the clip and both descriptions.", Step("again", template="s1", shows_clip=True))
def read(replies, pair):
    return Reading("a1")
"""
# What the code location, and with it Dagster, knows.
SHOW = """
import json
from emoprefer_assets.definitions import defs
from emoprefer_assets.plugins import BASELINES, STRATEGIES
from emoprefer_assets.store import TABLES, views
assets = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
there = [name for name in STRATEGIES if {f"{name}_predictions"} <= assets & TABLES.keys() & views().keys()]
print(json.dumps({"baselines": list(BASELINES), "strategies": there, "of_plugins": BASELINES.version("one") != ""}))
"""
LIST = [sys.executable, "-m", "emoprefer_assets.cli", "judges"]
FILES = {
    "one.py": BASELINE.format(name="one"),
    "again.py": STRATEGY,
    "same.py": BASELINE.format(name="longer"),
    "other.py": BASELINE.format(name="one"),
    "torn.py": "import json\ndef (:\n",
    "lacking.py": "import json\n\nimport no_such_package\n",
    "named.py": STRATEGY.replace('"again"', '"robustness"'),
    "packaged.py": BASELINE.format(name="by_entry_point"),
}
SETS = {
    "found": ["one.py", "again.py"],
    "a file that is not there": ["nowhere.py"],
    "syntax": ["torn.py"],
    "import": ["lacking.py"],
    "a name of ours": ["same.py"],
    "a name of another": ["one.py", "other.py"],
    "a name of a table": ["named.py"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    for name, content in FILES.items():
        (folder / name).write_text(content)
    installed = folder / "packaged-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: packaged\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[emoprefer_assets]\nmine = packaged\n")
    return folder


@pytest.fixture(scope="module")
def ended(folder: Path) -> dict[str, tuple[int, str, str]]:
    """By set of plugins: exit code, output and errors."""
    running = {}
    for name, files in SETS.items():
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(PROJECT), *([str(folder)] if name == "found" else [])]),
            "EMOPREFER_PLUGINS": os.pathsep.join(str(folder / file) for file in files),
            "EMOPREFER_HOME": str(folder / "home"),
        }
        command = [sys.executable, "-c", SHOW] if name == "found" else LIST
        running[name] = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    said = {name: process.communicate() for name, process in running.items()}
    return {name: (running[name].returncode, *said[name]) for name in SETS}


def test_plugins_are_found_behind_an_entry_point_and_in_files_after_the_packages_own(ended):
    code, output, errors = ended["found"]
    assert code == 0, errors
    found = json.loads(output)
    assert found["baselines"][0] == "always_a1" and found["baselines"][-2:] == ["by_entry_point", "one"]
    assert found["strategies"] == ["s1", "s2", "s3", "s4", "s5", "again"]
    assert found["of_plugins"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a file that is not there", "{folder}/nowhere.py: FileNotFoundError: "),
        ("syntax", "{folder}/torn.py: SyntaxError: "),
        ("import", "{folder}/lacking.py, line 3: ModuleNotFoundError: No module named 'no_such_package' "),
        (
            "a name of ours",
            '{folder}/same.py, line 4: two of the kind baseline have the name "longer": in '
            "{project}/emoprefer_assets/offline/rules.py and in {folder}/same.py. Rename one. ",
        ),
        (
            "a name of another",
            '{folder}/other.py, line 4: two of the kind baseline have the name "one": in {folder}/one.py and in '
            "{folder}/other.py. Rename one. ",
        ),
        ("a name of a table", '{folder}/named.py, line 4: no strategy can be called "robustness". '),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named_with_its_line_and_the_remedy(folder, ended, name, told):
    code, _, errors = ended[name]
    assert code == 1
    assert errors.startswith(f"Error: plugin EMOPREFER_PLUGINS {told.format(folder=folder, project=PROJECT)}")
    assert errors.endswith("Correct the plugin, or take it out.\n") and errors.count("\n") == 1
