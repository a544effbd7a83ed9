"""Six kinds of things that a file of one's own adds: each is registered by a decorator, as the package's own are.

A plugin is a Python file that EMOPREFER_PLUGINS names, or a module behind an entry point of the group
`emoprefer_assets`. All are imported when something of any kind is first looked up.
"""

from __future__ import annotations

import hashlib
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.settings import PACKAGE, settings_anywhere

if TYPE_CHECKING:
    from emoprefer_assets.judges.loading import Served
    from emoprefer_assets.offline import Baseline
    from emoprefer_assets.report import ReportSection
    from emoprefer_assets.stats.board_metrics import Metric
    from emoprefer_assets.stats.crowds import Rule
    from emoprefer_assets.strategies import Strategy

GROUP = "emoprefer_assets"
Thing = TypeVar("Thing")


class Kind(Mapping[str, Thing]):
    """Everything of one kind by name, in the order in which it was registered: the package's own first.

    Args:
        what: what one is called.
        home: the module that registers the package's own. Plugins import it, or what imports it, for its decorator.
    """

    def __init__(self, what: str, home: str) -> None:
        self.home = home
        self._what = what
        self._things: dict[str, tuple[Thing, Path]] = {}

    def add(self, name: str, thing: Thing) -> None:
        """Register what the module that is being imported defines.

        Raises:
            EmopreferError: there is one of the name.
        """
        file = _imported_now()
        if name in self._things:
            there = self._things[name][1]
            raise EmopreferError(
                f'two of the kind {self._what} have the name "{name}": in {there} and in {file}. Rename one.'
            )
        self._things[name] = thing, file

    def version(self, name: str) -> str:
        """Changes with the file of a plugin that registers `name`; "" for what the package has itself."""
        file = self._all()[name][1]
        return hashlib.blake2b(file.read_bytes(), digest_size=8).hexdigest() if _is_plugin(file) else ""

    @property
    def plugin_files(self) -> list[Path]:
        """The files of plugins that register something of the kind."""
        return sorted({file for _, file in self._all().values() if _is_plugin(file)})

    def __getitem__(self, name: str) -> Thing:
        return self._all()[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, tuple[Thing, Path]]:
        import_module(self.home)
        _plugins.load()
        return self._things


BASELINES: Kind[Baseline] = Kind("baseline", "emoprefer_assets.offline")
ENSEMBLES: Kind[Rule] = Kind("ensemble", "emoprefer_assets.stats.crowds")
STRATEGIES: Kind[Strategy] = Kind("strategy", "emoprefer_assets.strategies")
BACKENDS: Kind[Served] = Kind("backend", "emoprefer_assets.judges.loading")
METRICS: Kind[Metric] = Kind("board metric", "emoprefer_assets.stats.board_metrics")
SECTIONS: Kind[ReportSection] = Kind("report section", "emoprefer_assets.report")


class _Plugins:
    """The plugins of this process."""

    def __init__(self) -> None:
        self._begun = False
        self._failure: EmopreferError | None = None

    def load(self) -> None:
        """Import every plugin, once.

        Raises:
            EmopreferError: one cannot be imported, and says so each time; or a setting cannot be used.
        """
        if not self._begun:
            files = settings_anywhere().plugins
            # Before they are there: a plugin may look up what the package has.
            self._begun = True
            try:
                for point in entry_points(group=GROUP):
                    _import(f"entry point {point.name} = {point.value}", point.load)
                for number, file in enumerate(files):
                    _import(f"EMOPREFER_PLUGINS {file}", partial(_run, file, number))
            except EmopreferError as failure:
                self._failure = failure
        if self._failure:
            raise self._failure


_plugins = _Plugins()


def _import(where: str, load: Callable[[], object]) -> None:
    try:
        load()
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_file()]
        theirs = [f", line {frame.lineno}" for frame in frames if _is_plugin(Path(frame.filename))]
        what = "" if isinstance(error, EmopreferError) else f"{type(error).__name__}: "
        raise EmopreferError(
            f"plugin {where}{theirs[-1] if theirs else ''}: {what}{' '.join(str(error).split())} "
            "Correct the plugin, or take it out."
        ) from error


def _run(file: Path, number: int) -> None:
    name = f"emoprefer_plugin_{number}_{file.stem}"
    spec = spec_from_file_location(name, file)
    if not spec or not spec.loader:
        raise EmopreferError("its name does not end in .py.")
    # Dataclasses and annotations are looked up in the module of their class.
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)


def _imported_now() -> Path:
    """The file whose module level is being run."""
    frame = sys._getframe(1)
    while frame.f_code.co_name != "<module>" and frame.f_back:
        frame = frame.f_back
    return Path(frame.f_code.co_filename)


def _is_plugin(file: Path) -> bool:
    return not file.is_relative_to(PACKAGE)
