"""A new project: a folder with the registry, the embedded data set, and what Dagster reads."""

from __future__ import annotations

import shutil
from pathlib import Path

from emoprefer_assets.display import listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.settings import PROJECT

_COPIED = ("dagster.yaml", "workspace.yaml", "env.sh", "data/judges.yaml", "data/models", "data/sample")
_WRITTEN = {
    "pyproject.toml": """\
# Read by `dagster` and by `dg`.
[tool.dagster]
module_name = "emoprefer_assets.definitions"
code_location_name = "emoprefer_assets.definitions"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "dg_root"
defs_module = "dg_root"
code_location_target_module = "emoprefer_assets.definitions"
code_location_name = "emoprefer_assets.definitions"
""",
    "dg_root.py": '"""`dg` wants a module in this folder. The code location is emoprefer_assets.definitions."""\n',
}


def make_project(folder: Path, with_data: bool = True) -> None:
    """Fill `folder`, which is made if it is not there.

    Args:
        with_data: whether with registry, models and data set.

    Raises:
        EmopreferError: it is a file, or has one of a project's files already. Nothing was written.
    """
    if folder.exists() and not folder.is_dir():
        raise EmopreferError(f"{folder} is a file. Name a folder.")
    copied = [name for name in _COPIED if with_data or not name.startswith("data/")]
    there = [name for name in (*copied, *_WRITTEN) if (folder / name).exists()]
    if there:
        raise EmopreferError(f"{folder} has {listed(there, 3)} already. Name another folder. Nothing was written.")
    for name in copied:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, target, ignore=shutil.ignore_patterns(".*"))
        else:
            shutil.copy(PROJECT / name, target)
    for name, text in _WRITTEN.items():
        (folder / name).write_text(text)
