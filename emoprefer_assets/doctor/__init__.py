"""Whether everything is there that an evaluation needs; each finding with its mend."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from emoprefer_assets.doctor import _data, _judges, _machine, _state
from emoprefer_assets.doctor._data import passed_over
from emoprefer_assets.doctor._judges import obstacles
from emoprefer_assets.doctor._model import OK, PROBLEM, WARNING, Finding
from emoprefer_assets.doctor._senses import senses, unheard
from emoprefer_assets.settings import Settings

__all__ = ["OK", "PROBLEM", "WARNING", "Finding", "examine", "obstacles", "passed_over", "senses", "unheard"]

_EXAMINATIONS: dict[str, Callable[[Settings], list[Finding]]] = {
    "project": lambda settings: [_machine.project(settings)],
    "Python": _machine.python_and_packages,
    "memory": lambda _: [_machine.memory()],
    "GPU": lambda _: [_machine.gpu()],
    "decord": lambda _: [_machine.decoder()],
    "data set": _data.data_set,
    "judges": _judges.judges,
    "disk": _machine.disks,
    "call cache": _state.call_caches,
    "journals": _state.journals,
    "warehouse": lambda settings: [_state.warehouse(settings)],
    "published database": lambda settings: [_state.published(settings)],
    "options": _state.options,
    "Dagster home": lambda settings: [_machine.dagster_home(settings)],
}


def examine(settings: Settings) -> list[Finding]:
    """Look at everything, side by side; asks no judge, changes nothing, shows no key."""

    def one(name: str) -> list[Finding]:
        try:
            return _EXAMINATIONS[name](settings)
        # What breaks one examination in a way that nobody has foreseen must not hide the others.
        except Exception as error:
            what = f"could not be looked at: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            return [Finding(name, PROBLEM, what, "Mend what it says, or report it with these words.")]

    with ThreadPoolExecutor(len(_EXAMINATIONS)) as pool:
        return [finding for found in pool.map(one, _EXAMINATIONS) for finding in found]
