"""Paths and choices that come from the environment, in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import claim_home

PROJECT = Path(__file__).resolve().parent.parent
CONSENSUS_RULES = ("unanimous", "majority")
CROWD_DIAGNOSTICS = ("dawid_skene", "glad", "mace")


# A value is there wherever a default is.
PathOrNone = TypeVar("PathOrNone", bound=Path | None)
FloatOrNone = TypeVar("FloatOrNone", bound=float | None)


@dataclass(frozen=True)
class BattleSettings:
    """How many battles are judged, and when it is enough.

    Attributes:
        per_system: the first battles of a new system (`EMOPREFER_BATTLES_PER_SYSTEM`).
        rounds: adaptive rounds for the same entries, at most (`EMOPREFER_BATTLE_ROUNDS`).
        random_share: the part of an adaptive round that is drawn at random (`EMOPREFER_BATTLE_RANDOM_SHARE`).
        confidence: adaptive rounds end where the order of all neighbours is settled with this probability
            (`EMOPREFER_BATTLE_CONFIDENCE`).
        full: judge the full round robin instead (`EMOPREFER_BATTLE_FULL`).
    """

    per_system: int = 200
    rounds: int = 3
    random_share: float = 0.2
    confidence: float = 0.95
    full: bool = False


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
        calls: whether judges may be called; without, only what the ledger holds is used (`EMOPREFER_CALLS`).
        submissions_dir: where submissions land and are kept (`EMOPREFER_SUBMISSIONS`).
        battles: which battles the leaderboard of submissions is made from.
        injection_limit: percent of planted instructions that a judge may obey and still vote
            (`EMOPREFER_INJECTION_LIMIT`).
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
    calls: bool
    submissions_dir: Path
    battles: BattleSettings
    injection_limit: float

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that the pipeline owns."""
        return self.home / "warehouse.duckdb"

    @property
    def media_memory(self) -> Path:
        """What is known of each clip's media since they were last probed."""
        return self.home / "media.json"

    @property
    def ledger(self) -> Path:
        """The folder of judge calls: one folder a judge."""
        return self.home / "ledger"

    @property
    def report(self) -> Path:
        """The HTML report, beside the published database."""
        return self.database.with_name("report.html")

    @property
    def posters(self) -> Path:
        """A picture of each clip for the report."""
        return self.home / "posters"

    @property
    def battle_book(self) -> Path:
        """The battles that were chosen, a line a round."""
        return self.home / "battles.jsonl"

    @property
    def check_book(self) -> Path:
        return self.home / "checks.jsonl"

    @property
    def board_book(self) -> Path:
        """The leaderboards that were, for their history."""
        return self.home / "boards.jsonl"


def current_settings() -> Settings:
    """The settings of this process.

    Raises:
        EmopreferError: a variable has a value that cannot be used.
    """
    data_dir = _path("EMOPREFER_DATA_DIR", PROJECT / "data" / "sample")
    beside_data = data_dir / "published_scores.csv"
    home = _path("EMOPREFER_HOME", PROJECT / ".emoprefer")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Settings(
        data_dir=data_dir,
        judges_file=_path("EMOPREFER_JUDGES", PROJECT / "data" / "judges.yaml"),
        home=home,
        database=_path("EMOPREFER_DB", PROJECT / "data" / "emoprefer.duckdb"),
        models_dir=_path("EMOPREFER_MODELS", cache / "emoprefer" / "models"),
        prompts_dir=_path("EMOPREFER_PROMPTS", None),
        published_scores=_path("EMOPREFER_PUBLISHED_SCORES", beside_data if beside_data.exists() else None),
        consensus_rule=_one_of(CONSENSUS_RULES, "EMOPREFER_CONSENSUS", os.environ.get("EMOPREFER_CONSENSUS")),
        crowd_diagnostics=_crowd_diagnostics(),
        rounds=_whole_number("EMOPREFER_ROUNDS", 2, 1),
        budget=_amount("EMOPREFER_BUDGET", None),
        calls=_yes_or_no("EMOPREFER_CALLS", "yes"),
        submissions_dir=_path("EMOPREFER_SUBMISSIONS", home / "submissions"),
        battles=_battles(),
        injection_limit=_amount("EMOPREFER_INJECTION_LIMIT", 20.0, most=100),
    )


def prepare_dagster_home() -> None:
    """Point Dagster at this project's dagster.yaml unless the shell has chosen another home.

    Raises:
        EmopreferError: a newer version of this tool has written EMOPREFER_HOME, or it cannot be written.
    """
    os.environ.setdefault("DAGSTER_HOME", str(PROJECT))
    home = current_settings().home
    claim_home(home)
    os.environ["EMOPREFER_HOME"] = str(home)


def _path(variable: str, default: PathOrNone) -> Path | PathOrNone:
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


def _yes_or_no(variable: str, default: str) -> bool:
    return _one_of(("yes", "no"), variable, os.environ.get(variable) or default) == "yes"


def _whole_number(variable: str, default: int, least: int) -> int:
    value = os.environ.get(variable) or str(default)
    if not value.isdecimal() or int(value) < least:
        raise EmopreferError(f'{variable} is "{value}". Use a whole number, {least} or more.')
    return int(value)


def _amount(variable: str, default: FloatOrNone, most: float = float("inf")) -> float | FloatOrNone:
    value = os.environ.get(variable)
    if not value:
        return default
    try:
        amount = float(value)
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= most or amount == float("inf"):
        raise EmopreferError(
            f'{variable} is "{value}". Use an amount, 0 or more{"" if most == float("inf") else f", at most {most:g}"}.'
        )
    return amount


def _battles() -> BattleSettings:
    usual = BattleSettings()
    return BattleSettings(
        per_system=_whole_number("EMOPREFER_BATTLES_PER_SYSTEM", usual.per_system, 1),
        rounds=_whole_number("EMOPREFER_BATTLE_ROUNDS", usual.rounds, 0),
        random_share=_amount("EMOPREFER_BATTLE_RANDOM_SHARE", usual.random_share, most=1),
        confidence=_amount("EMOPREFER_BATTLE_CONFIDENCE", usual.confidence, most=1),
        full=_yes_or_no("EMOPREFER_BATTLE_FULL", "no"),
    )
