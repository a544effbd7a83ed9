"""The settings: each is declared once, and read from an environment variable.

docs/settings.md is made from these declarations by `make docs`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from emoprefer_assets.errors import EmopreferError

PACKAGE = Path(__file__).resolve().parent
_INSIDE = PACKAGE / "_project"
# The files that lie beside the package in a checkout, and in it where a wheel was installed (setup.py). They are read
# only: what is written goes into `Settings.project`.
PROJECT = _INSIDE if _INSIDE.is_dir() else PACKAGE.parent
# One of these files makes a folder a data set.
DATA_SET_FILES = ("[Pp]reference_*.*", "[Pp]airs.*", "descriptions/*.*")
# The rules that need two votes on a pair, and the one that does not.
RULES_OF_SEVERAL = ("unanimous", "majority")
CONSENSUS_RULES = (*RULES_OF_SEVERAL, "single")
CROWD_DIAGNOSTICS = ("dawid_skene", "glad", "mace")

Found = TypeVar("Found")


def _one_of(known: tuple[str, ...]) -> BeforeValidator:
    def read(value: object) -> object:
        if value not in known:
            raise ValueError(f"Use one of: {', '.join(known)}.")
        return value

    return BeforeValidator(read)


def _whole_number(least: int) -> BeforeValidator:
    def read(value: object) -> int:
        text = str(value)
        if not text.isdecimal() or int(text) < least:
            raise ValueError(f"Use a whole number, {least} or more.")
        return int(text)

    return BeforeValidator(read)


def _amount(most: float = float("inf")) -> BeforeValidator:
    def read(value: object) -> float | None:
        if value is None:
            return None
        try:
            amount = float(str(value))
        except ValueError:
            amount = -1.0
        if not 0 <= amount <= most or amount == float("inf"):
            raise ValueError(f"Use an amount, 0 or more{'' if most == float('inf') else f', at most {most:g}'}.")
        return amount

    return BeforeValidator(read)


def _yes_or_no(value: object) -> bool:
    if value not in ("yes", "no", True, False):
        raise ValueError("Use one of: yes, no.")
    return value in ("yes", True)


def _names(value: object) -> object:
    return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


def _paths(value: object) -> object:
    return tuple(filter(None, value.split(os.pathsep))) if isinstance(value, str) else value


def _must(fit: Callable[[Path], bool], remedy: str) -> AfterValidator:
    def check(path: Path | None) -> Path | None:
        if path and not fit(path):
            raise ValueError(remedy)
        return path

    return AfterValidator(check)


def _can_be_folder(path: Path) -> bool:
    return next(place for place in (path, *path.parents) if place.exists()).is_dir()


File = Annotated[Path, BeforeValidator(lambda value: Path(value).expanduser().resolve())]
FileOrNone = Annotated[Path | None, BeforeValidator(lambda value: value and Path(value).expanduser().resolve())]
Folder = Annotated[File, _must(_can_be_folder, "Name a folder, there or to be made.")]
Amount = Annotated[float, _amount()]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Diagnostic = Annotated[str, _one_of(CROWD_DIAGNOSTICS)]


def _setting(variable: str, about: str, default: object, *, shown: str = "", example: str = "") -> Any:
    """A field that is read from `variable`.

    Args:
        default: the value, or a function that makes it from the values of the fields above.
        shown: the default in the words of docs/settings.md, where it is not the value as it would be set.
    """
    value: Any = {"default_factory": default} if callable(default) else {"default": default, "validate_default": True}
    shown_as: dict[str, Any] = {"shown": shown, "example": example}
    return Field(alias=variable, description=about, json_schema_extra=shown_as, **value)


class _FromEnvironment(BaseSettings):
    """Values from the environment; an empty variable counts as not set."""

    model_config = SettingsConfigDict(
        frozen=True,
        populate_by_name=True,
        extra="forbid",
        env_ignore_empty=True,
        case_sensitive=True,
        # Without it a variable `rounds` would be read as well.
        env_prefix="EMOPREFER_",
    )

    def __str__(self) -> str:
        return repr(self)

    def replaced(self, **changes: object) -> Self:
        """A copy with some of the values changed, by attribute name.

        Raises:
            EmopreferError: a value cannot be used, or there is no setting of that name.
        """
        now = {name: getattr(self, name) for name in type(self).model_fields}
        return _read(lambda: type(self)(**(now | changes)))


class BattleSettings(_FromEnvironment):
    """How many battles are judged, and when it is enough."""

    per_system: Annotated[int, _whole_number(1)] = _setting(
        "EMOPREFER_BATTLES_PER_SYSTEM", "the first battles of a submitted system", 200
    )
    rounds: Annotated[int, _whole_number(0)] = _setting(
        "EMOPREFER_BATTLE_ROUNDS", "adaptive rounds after them for the same entries, at most", 3
    )
    random_share: Annotated[float, _amount(most=1)] = _setting(
        "EMOPREFER_BATTLE_RANDOM_SHARE", "the part of an adaptive round that is drawn evenly", 0.2
    )
    confidence: Annotated[float, _amount(most=1)] = _setting(
        "EMOPREFER_BATTLE_CONFIDENCE", "rounds end when all systems differ significantly at this confidence", 0.95
    )
    contested: YesOrNo = _setting(
        "EMOPREFER_BATTLES_CONTESTED",
        "`yes`: judges are asked about the data set's pairs without a label as well, as battles",
        False,
    )
    full: YesOrNo = _setting("EMOPREFER_BATTLE_FULL", "`yes`: judge the full round robin instead", False)


class Settings(_FromEnvironment):
    """Where things are and how an evaluation is to be made."""

    project: FileOrNone = _setting(
        "EMOPREFER_PROJECT",
        "the project's folder, where the others are by default: a checkout, or what `emoprefer init FOLDER` made",
        lambda: _project_here(),
        shown="the nearest upwards from here, else the checkout",
    )
    data_dir: File = _setting(
        "EMOPREFER_DATA_DIR",
        "the data set's folder",
        lambda found: _data_set_in((found["project"] or PROJECT) / "data"),
        shown="`data` if it holds a data set, else `data/sample`",
    )
    judges_file: File = _setting(
        "EMOPREFER_JUDGES",
        "the judge registry",
        lambda found: (found["project"] or PROJECT) / "data" / "judges.yaml",
        shown="`data/judges.yaml`",
    )
    rounds: Annotated[int, _whole_number(1)] = _setting("EMOPREFER_ROUNDS", "repetitions of every question", 2)
    consensus_rule: Annotated[str, _one_of(CONSENSUS_RULES)] = _setting(
        "EMOPREFER_CONSENSUS",
        "`unanimous` or `majority` of two qualified annotators or more, or `single`: one is enough",
        CONSENSUS_RULES[0],
    )
    crowd_diagnostics: Annotated[tuple[Diagnostic, ...], NoDecode, BeforeValidator(_names)] = _setting(
        "EMOPREFER_CROWD_DIAGNOSTICS",
        f"models of the crowd to compare with, of `{','.join(CROWD_DIAGNOSTICS)}`; the last two need "
        '`pip install "emoprefer-assets[diagnostics]"`',
        (),
        shown="none",
        example="dawid_skene,glad",
    )
    budget: Amount | None = _setting(
        "EMOPREFER_BUDGET",
        "what the judge calls of one command may cost, by the registry's prices (`--budget`); runs that Dagster starts "
        "have no command, and count there like `EMOPREFER_DAILY_BUDGET`",
        None,
        shown="no limit",
        example="2.50",
    )
    daily_budget: Amount | None = _setting(
        "EMOPREFER_DAILY_BUDGET",
        "what the judge calls of all processes together may cost in 24 hours",
        None,
        shown="no limit",
        example="20",
    )
    calls: YesOrNo = _setting("EMOPREFER_CALLS", "`no`: use only answers that the call cache holds", True)
    batch: YesOrNo = _setting(
        "EMOPREFER_BATCH", "`yes`: hand questions in as batches where an endpoint takes them (`--batch`)", False
    )
    published_scores: Annotated[FileOrNone, _must(Path.is_file, "Name a file that is there.")] = _setting(
        "EMOPREFER_PUBLISHED_SCORES",
        "a CSV `judge,strategy,waf_2class,acc_2class` of published scores, in percent; `waf_3class`, `acc_3class`, "
        "`swap_consistency` may follow",
        lambda found: _if_there(found["data_dir"] / "published_scores.csv"),
        shown="`published_scores.csv` in the data set's folder, if there",
    )
    prompts_dir: Annotated[FileOrNone, _must(Path.is_dir, "Name a folder that is there.")] = _setting(
        "EMOPREFER_PROMPTS",
        "your own prompt templates, named as in `emoprefer_assets/strategies/prompts/`",
        None,
        shown="ours",
    )
    home: Folder = _setting(
        "EMOPREFER_HOME",
        "state: warehouse, cache of judge calls, Dagster's records",
        lambda found: (found["project"] or Path.cwd()) / ".emoprefer",
        shown="`.emoprefer`",
    )
    submissions_dir: Folder = _setting(
        "EMOPREFER_SUBMISSIONS",
        "where submissions land and are kept",
        lambda found: found["home"] / "submissions",
        shown="`submissions` in `EMOPREFER_HOME`",
    )
    database: Annotated[File, _must(lambda path: not path.is_dir(), "Name a file, not a folder.")] = _setting(
        "EMOPREFER_DB",
        "the published DuckDB file",
        lambda found: (found["project"] / "data" if found["project"] else found["home"]) / "emoprefer.duckdb",
        shown="`data/emoprefer.duckdb`; without a project, in `EMOPREFER_HOME`",
    )
    models_dir: File = _setting(
        "EMOPREFER_MODELS",
        "model weights",
        lambda: Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emoprefer" / "models",
        shown="`~/.cache/emoprefer/models`",
    )
    battles: BattleSettings = Field(default_factory=BattleSettings)
    plugins: Annotated[tuple[File, ...], NoDecode, BeforeValidator(_paths)] = _setting(
        "EMOPREFER_PLUGINS",
        "Python files that add baselines, ensembles, strategies, backends, board metrics or report sections "
        "([extend](extend.md)), separated as in `PATH`",
        (),
        shown="none",
        example="mine/commas.py:mine/claims.py",
    )
    media_pairs: Annotated[int, _whole_number(0)] = _setting(
        "EMOPREFER_MEDIA_PAIRS",
        "labelled pairs about which each judge is asked again with its clips' picture or sound taken away or exchanged",
        20,
    )
    unseeing_vote: YesOrNo = _setting(
        "EMOPREFER_UNSEEING_VOTE",
        "`yes`: a judge that takes media votes even where another clip makes no difference to it (table `media_use`)",
        False,
    )
    injection_limit: Annotated[float, _amount(most=100)] = _setting(
        "EMOPREFER_INJECTION_LIMIT", "percent of hidden instructions that a judge may obey and still vote", 20.0
    )
    replacement_epsilon: Annotated[float, _amount(most=1)] = _setting(
        "EMOPREFER_REPLACEMENT_EPSILON",
        "by how much a judge may be worse than an annotator whom it replaces, for being cheaper: 0.1 where crowd "
        "workers voted, 0.15 trained annotators, 0.2 experts",
        0.15,
    )

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that the pipeline owns."""
        return self.home / "warehouse.duckdb"

    @property
    def media_memory(self) -> Path:
        """What is known of each clip's media since they were last probed."""
        return self.home / "media.json"

    @property
    def senses(self) -> Path:
        """The judges that were shown to see and hear."""
        return self.home / "senses.json"

    @property
    def calls_folder(self) -> Path:
        """The cache of judge calls: one file a judge."""
        return self.home / "calls"

    @property
    def report(self) -> Path:
        """The HTML report, beside the published database."""
        return self.database.with_name("report.html")

    @property
    def report_version(self) -> Path:
        """What report and views were last made from."""
        return self.home / "report.json"

    @property
    def posters(self) -> Path:
        """A picture of each clip for the report."""
        return self.home / "posters"

    @property
    def battle_book(self) -> Path:
        """The battles that were chosen, a line a round."""
        return self.home / "battles.jsonl"

    @property
    def competition_book(self) -> Path:
        """Deadline, hidden clips and freeze of the competition."""
        return self.home / "competition.jsonl"

    @property
    def board_book(self) -> Path:
        """The leaderboards that were, for their history."""
        return self.home / "boards.jsonl"


def current_settings(**given: Any) -> Settings:
    """The settings that the environment gives, for what may write into the home.

    Args:
        given: values by attribute name that take the place of the environment's.

    Raises:
        EmopreferError: a variable has a value that cannot be used, or there is no place for the home.
    """
    settings = _read(lambda: Settings(**given))
    if not settings.project and not os.environ.get("EMOPREFER_HOME") and "home" not in given:
        raise EmopreferError(
            f"{Path.cwd()} is in no project. Make one by `emoprefer init FOLDER` and go there, or set EMOPREFER_HOME."
        )
    return settings


def settings_anywhere() -> Settings:
    """The settings that the environment gives, for what writes nothing: without a project they name what is shipped.

    Raises:
        EmopreferError: a variable has a value that cannot be used.
    """
    return _read(Settings)


def _project_here() -> Path | None:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "workspace.yaml").is_file() and (folder / "data" / "judges.yaml").is_file() and folder != _INSIDE:
            return folder
    return None if PROJECT == _INSIDE else PROJECT


def _data_set_in(folder: Path) -> Path:
    return folder if any(next(folder.glob(files), None) for files in DATA_SET_FILES) else folder / "sample"


def _if_there(file: Path) -> Path | None:
    return file if file.exists() else None


def _read(make: Callable[[], Found]) -> Found:
    try:
        return make()
    except ValidationError as refused:
        error = refused.errors()[0]
        remedy = error["msg"].removeprefix("Value error, ")
        raise EmopreferError(f'{error["loc"][0]} is "{error["input"]}". {remedy}') from None
