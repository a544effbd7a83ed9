"""Votes from other tools: one module a tool, each of which gives what its annotators said."""

from collections.abc import Callable, Mapping
from pathlib import Path

from emoprefer_assets.people.importers._argilla import read_argilla
from emoprefer_assets.people.importers._face import Found, Names, Said
from emoprefer_assets.people.importers._label_studio import read_label_studio
from emoprefer_assets.people.importers._potato import read_potato
from emoprefer_assets.people.importers._prodigy import read_prodigy
from emoprefer_assets.people.importers._wide import read_wide

IMPORTERS: Mapping[str, Callable[[Path, Names], Found]] = {
    "label-studio": read_label_studio,
    "potato": read_potato,
    "argilla": read_argilla,
    "prodigy": read_prodigy,
    "wide": read_wide,
}

__all__ = ["IMPORTERS", "Found", "Names", "Said"]
