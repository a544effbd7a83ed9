"""Paths and choices that come from the environment, in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from emoprefer_assets.errors import EmopreferError

PROJECT = Path(__file__).resolve().parent.parent
CONSENSUS_RULES = ("unanimous", "majority")
CROWD_DIAGNOSTICS = ("dawid_skene", "glad", "mace")


@dataclass(frozen=True)
class Settings:
    """Where things are and how an evaluation is to be made.

    Attributes:
        data_dir: the data set's folder (`EMOPREFER_DATA_DIR`).
        judges_file: the judge registry (`EMOPREFER_JUDGES`).
        home: state: warehouse, ledger, Dagster's records (`EMOPREFER_HOME`).
        database: the published copy for people (`EMOPREFER_DB`).
        models_dir: model weights, outside the repository (`EMOPREFER_MODELS`).
        prompts_dir: the user's own prompt templates, or None (`EMOPREFER_PROMPTS`).
        published_scores: a CSV of published judge scores, or None (`EMOPREFER_PUBLISHED_SCORES`).
        consensus_rule: "unanimous" or "majority" (`EMOPREFER_CONSENSUS`).
        crowd_diagnostics: models of the crowd to compare with, of `CROWD_DIAGNOSTICS` (`EMOPREFER_CROWD_DIAGNOSTICS`).
        rounds: repetitions of every question (`EMOPREFER_ROUNDS`).
        budget: what one judge's calls may cost in a run, in the currency of the registry's prices; None is no limit
            (`EMOPREFER_BUDGET`).
    """

    data_dir: Path
    judges_file: Path
    home: Path
    database: Path
    models_dir: Path
    prompts_dir: Path | None
    published_scores: Path | None
    consensus_rule: str
    crowd_diagnostics: tuple[str, ...]
    rounds: int
    budget: float | None

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def media_memory(self) -> Path:
        return self.home / "media.json"

    @property
    def ledger(self) -> Path:
        return self.home / "ledger"


def current_settings() -> Settings:
    """The settings of this process.

    Raises:
        EmopreferError: a variable has a value that cannot be used.
    """
    data_dir = _path("EMOPREFER_DATA_DIR", PROJECT / "data" / "sample")
    beside_data = data_dir / "published_scores.csv"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Settings(
        data_dir=data_dir,
        judges_file=_path("EMOPREFER_JUDGES", PROJECT / "data" / "judges.yaml"),
        home=_path("EMOPREFER_HOME", PROJECT / ".emoprefer"),
        database=_path("EMOPREFER_DB", PROJECT / "data" / "emoprefer.duckdb"),
        models_dir=_path("EMOPREFER_MODELS", cache / "emoprefer" / "models"),
        prompts_dir=_path("EMOPREFER_PROMPTS", None),
        published_scores=_path("EMOPREFER_PUBLISHED_SCORES", beside_data if beside_data.exists() else None),
        consensus_rule=_one_of(CONSENSUS_RULES, "EMOPREFER_CONSENSUS", os.environ.get("EMOPREFER_CONSENSUS")),
        crowd_diagnostics=_crowd_diagnostics(),
        rounds=_rounds(),
        budget=_budget(),
    )


def prepare_dagster_home() -> None:
    """Point Dagster at this project's dagster.yaml unless the shell has chosen another home."""
    os.environ.setdefault("DAGSTER_HOME", str(PROJECT))
    home = current_settings().home
    home.mkdir(parents=True, exist_ok=True)
    os.environ["EMOPREFER_HOME"] = str(home)


def _path(variable: str, default: Path | None) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser().resolve() if value else default


def _crowd_diagnostics() -> tuple[str, ...]:
    variable = "EMOPREFER_CROWD_DIAGNOSTICS"
    names = [name.strip() for name in os.environ.get(variable, "").split(",")]
    return tuple(_one_of(CROWD_DIAGNOSTICS, variable, name) for name in names if name)


def _one_of(known: tuple[str, ...], variable: str, value: str | None) -> str:
    """A variable's value; the first of `known` where it is not set."""
    value = value or known[0]
    if value not in known:
        raise EmopreferError(f'{variable} is "{value}". Use one of: {", ".join(known)}.')
    return value


def _rounds() -> int:
    value = os.environ.get("EMOPREFER_ROUNDS") or "2"
    if not value.isdecimal() or int(value) < 1:
        raise EmopreferError(f'EMOPREFER_ROUNDS is "{value}". Use a whole number, 1 or more.')
    return int(value)


def _budget() -> float | None:
    value = os.environ.get("EMOPREFER_BUDGET")
    if not value:
        return None
    try:
        budget = float(value)
    except ValueError:
        budget = -1.0
    if not 0 <= budget < float("inf"):
        raise EmopreferError(f'EMOPREFER_BUDGET is "{value}". Use an amount, 0 or more.')
    return budget
