"""The version of the code that makes a table: its module, what that imports of this package, and its SQL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from emoprefer_assets.plugins import BASELINES, ENSEMBLES, METRICS
from emoprefer_assets.settings import PACKAGE

# At the start of a line: what is imported later, inside a function, is a model, a picture or another heavy library.
_IMPORT = re.compile(rf"^from ({PACKAGE.name}[\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


def code_version(module: str, files: Iterable[Path] = ()) -> str:
    """Changes with `module`, with what it imports of this package, directly or not, and with `files`."""
    return hashlib.blake2b(b"".join(map(_hash_of, sorted({*_needed(module), *files}))), digest_size=8).hexdigest()


def plugin_files(module: str) -> list[Path]:
    """The files of plugins whose baselines, ensembles or metrics `module` may use.

    Strategies, backends and rules are in the versions of the judges that have them (asking/versions.py).
    """
    needed = _needed(module)
    return [
        file for kind in (BASELINES, ENSEMBLES, METRICS) if _file_of(kind.home) in needed for file in kind.plugin_files
    ]


@cache
def _hash_of(file: Path) -> bytes:
    return hashlib.blake2b(file.name.encode() + b"\0" + file.read_bytes(), digest_size=16).digest()


@cache
def _needed(module: str) -> frozenset[Path]:
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        file = _file_of(waiting.pop())
        if file and file not in found:
            found.add(file)
            waiting += _imports(file)
    return frozenset(found)


@cache
def _imports(file: Path) -> tuple[str, ...]:
    return tuple(_imported(file.read_text()))


def _imported(text: str) -> Iterator[str]:
    for origin, names in _IMPORT.findall(text):
        yield origin
        for name in re.findall(r"\w+", names.split("#")[0]):
            yield f"{origin}.{name}"


@cache
def _file_of(module: str) -> Path | None:
    place = PACKAGE.parent / module.replace(".", "/")
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)
