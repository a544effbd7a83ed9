"""Pages of the site that are made: those that stand beside docs/, and a reference page for each part of the package."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PROJECT = Path(__file__).parent.parent
BESIDE_DOCS = {"index.md": "README.md", "contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
# What people build on: assets are in docs/tables.md, commands in the pages.
REFERENCE = (
    "stats",
    "judges",
    "strategies",
    "datasets",
    "store",
    "media",
    "submissions",
    "settings",
    "cards",
    "notebook",
)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the reference to the navigation."""
    config.nav.append({"Reference": [{name: f"reference/{name}.md"} for name in REFERENCE]})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made to what is in docs/."""
    for name, source in BESIDE_DOCS.items():
        files.append(File.generated(config, name, content=_as_if_in_docs((PROJECT / source).read_text())))
    for part in REFERENCE:
        files.append(File.generated(config, f"reference/{part}.md", content=_reference(part)))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Have links to files beside docs/ lead to their pages."""
    for name, source in BESIDE_DOCS.items():
        markdown = markdown.replace(f"](../{source}", f"]({name}")
    return markdown


def _as_if_in_docs(text: str) -> str:
    text = text.replace("](docs/", "](")
    for name, source in BESIDE_DOCS.items():
        text = text.replace(f"]({source}", f"]({name}")
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#|pictures/)(?![\w-]+\.md)[^)]+\)", r"\1", text)


def _reference(part: str) -> str:
    folder = PROJECT / "emoprefer_assets" / part
    modules = [f"emoprefer_assets.{part}"]
    if folder.is_dir():
        names = sorted(file.stem for file in folder.glob("*.py") if not file.stem.startswith("_"))
        modules += [f"emoprefer_assets.{part}.{name}" for name in names]
    return f"# {part}\n\n" + "\n".join(f"::: {module}\n" for module in modules)
