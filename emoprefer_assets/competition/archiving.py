"""A frozen competition in one file: a project from which the board is rebuilt elsewhere, without a call."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory

from pydantic_settings import BaseSettings
from ruamel.yaml import YAML

from emoprefer_assets.competition.freezing import check_frozen, differences, read_record
from emoprefer_assets.datasets import media_files, read_data_set, table_files
from emoprefer_assets.display import listed
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.evaluation import rebuild as rebuild_tables
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.judges import read_registry
from emoprefer_assets.judges.recorded_files import recorded_tables
from emoprefer_assets.judges.registry import LocalJudge, ReplayJudge
from emoprefer_assets.judges.weights import model_identity, recorded_revision
from emoprefer_assets.new_project import make_project
from emoprefer_assets.run import Run
from emoprefer_assets.settings import BattleSettings, Settings, current_settings, settings_anywhere
from emoprefer_assets.store import CallCache
from emoprefer_assets.submissions import CompetitionBook, Submissions

BOARD, SETTINGS = "board", "settings.json"
# Where a project has them if nothing else is set.
_HOME, _REGISTRY = ".emoprefer", "data/judges.yaml"
_BOOKS = ("format.json", "battles.jsonl", "boards.jsonl", "competition.jsonl")
# Those about money, and plugins: nobody has to run code because it is in an archive.
_NOT_KEPT = ("calls", "budget", "daily_budget", "plugins")


def archive(settings: Settings, file: Path, with_data: bool = True) -> list[str]:
    """Write the frozen competition into a zip: project, data set with its votes, submissions, calls and frozen board.

    Args:
        with_data: whether with the data set; it never is where its licence forbids to pass it on. Without it the
            calls are without their questions, which quote it.

    Returns:
        What is left out, and what may still quote the data set, in sentences.

    Raises:
        EmopreferError: nothing is frozen, or something has changed since, so that it could not be rebuilt.
    """
    frozen = CompetitionBook(settings.competition_book).state().frozen
    if not frozen:
        raise EmopreferError("Nothing is frozen yet. Run `emoprefer competition freeze FOLDER` first.")
    board = Path(frozen.folder)
    if problems := list(check_frozen(settings, board)):
        raise EmopreferError(f"{board}: {problems[0]} Restore it from a copy. Nothing was written.")
    if changed := differences(settings, read_record(board)):
        raise EmopreferError(
            f"Changed since the board was frozen: {listed(changed)}. It could not be rebuilt. Nothing was written."
        )
    with_data = with_data and read_data_set(settings.data_dir).redistribution is not False
    with replaced_atomically(file) as part, TemporaryDirectory() as made:
        project = Path(made)
        make_project(project, with_data=False)
        recordings = _write_judges(settings, project, with_data)
        _write_settings(settings, project)
        packed_files = {str(found.relative_to(project)): found for found in project.rglob("*") if found.is_file()}
        packed_files |= recordings | dict(_kept(settings, board, with_data))
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
            for name, found in sorted(packed_files.items()):
                packed.write(found, name)
    if with_data:
        return []
    submitted = [f"the answers of {name}" for name in Submissions(settings.submissions_dir).current("judge")]
    quoting = [*sorted(recordings), *submitted]
    return [
        "Left out: the data set, and what was asked of judges. Who rebuilds the board names its folder.",
        *([f"Look whether these quote it before you pass them on: {listed(quoting, 10)}."] if quoting else []),
    ]


def rebuild(file: Path, folder: Path, data: Path | None, say: Callable[[str], None]) -> tuple[str, list[str]]:
    """Unpack an archive into the new `folder`, and make its board anew without a call.

    Args:
        data: the data set's folder, where the archive is without it.
        say: called with a line for each thing that is done.

    Returns:
        The hash of the frozen board, and what of it came out differently.

    Raises:
        EmopreferError: it is no archive, it is without data set and none is named, or the folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EmopreferError(f"{folder} is not empty. Name a new folder.")
    folder = folder.resolve()
    try:
        with zipfile.ZipFile(file) as packed:
            given = json.loads(packed.read(SETTINGS))
            if not data and not any(name.startswith("data/") and name != _REGISTRY for name in packed.namelist()):
                raise EmopreferError(f"{file} is without the data set. Name its folder by --data.")
            packed.extractall(folder)
    except (zipfile.BadZipFile, KeyError, ValueError):
        raise EmopreferError(
            f"{file} is no archive of a competition. Write one by `emoprefer competition archive`."
        ) from None
    record = read_record(folder / BOARD)
    scores = (data or folder / "data") / "published_scores.csv"
    known = {name: given[name] for name, _ in _variables(settings_anywhere()) if name in given}
    of_battles = {field.alias for field in BattleSettings.model_fields.values()}
    settings = current_settings(
        project=folder,
        data_dir=data or folder / "data",
        judges_file=folder / _REGISTRY,
        home=folder / _HOME,
        submissions_dir=folder / _HOME / "submissions",
        database=folder / "data" / "emoprefer.duckdb",
        models_dir=folder / "models",
        prompts_dir=folder / "prompts" if (folder / "prompts").is_dir() else None,
        published_scores=scores if scores.exists() else None,
        battles=BattleSettings(**{name: value for name, value in known.items() if name in of_battles}),
        **{name: value for name, value in known.items() if name not in of_battles},
    )
    if (folder / "plugins").exists():
        say(f"Look at the plugins in {folder / 'plugins'}: they count only if EMOPREFER_PLUGINS names them.")
    report = rebuild_tables(Run(settings), say)
    for failure in report.failures.values():
        say(f"Not evaluated: {failure}")
    return record["hash"], differences(settings, record)


def _kept(settings: Settings, board: Path, with_data: bool) -> Iterator[tuple[str, Path]]:
    """Files that are packed as they are, by their place in the project."""
    for name in _BOOKS:
        if (settings.home / name).exists():
            yield f"{_HOME}/{name}", settings.home / name
    yield from ((f"plugins/{file.name}", file) for file in settings.plugins)
    submissions = Submissions(settings.submissions_dir)
    kept = [submissions.folder / "register.jsonl", *map(submissions.file_of, submissions.versions())]
    for place, folder, files in (
        (f"{_HOME}/submissions", settings.submissions_dir, [file for file in kept if file.exists()]),
        (BOARD, board, board.iterdir()),
        ("prompts", settings.prompts_dir, settings.prompts_dir.rglob("*") if settings.prompts_dir else ()),
        ("data", settings.data_dir, [*table_files(settings.data_dir), *media_files(settings.data_dir)] * with_data),
    ):
        for file in files:
            if folder and file.is_file():
                yield f"{place}/{file.relative_to(folder).as_posix()}", file


def _write_judges(settings: Settings, project: Path, with_requests: bool) -> dict[str, Path]:
    """Write the registry of those that take part and of their external models, calls and revisions of weights.

    Returns:
        The files of recorded judges, by their place in the project.
    """
    registry = read_registry(settings.judges_file)
    names = {judge.name for judge in registry.taking_part(settings.data_dir)}
    names |= {str(getattr(registry[name], "external", None)) for name in names}
    recordings: dict[str, Path] = {}
    entries = []
    for judge in (judge for judge in registry.judges if judge.name in names):
        # What it is for is the data set beside it.
        entry = judge.model_dump(mode="json", exclude_unset=True, exclude={"only_on"})
        if isinstance(judge, ReplayJudge):
            files = recorded_tables(judge.recording) if judge.prefix is None else [file.path for file in judge.files]
            place = f"recordings/{judge.name}"
            recordings |= {f"{place}/{file.name}": file for file in files}
            entry["path"] = f"../{place}" if judge.recording.is_dir() else f"../{place}/{judge.recording.name}"
        if isinstance(judge, LocalJudge):
            _write_revision(judge, settings, project)
        calls, copy = CallCache(settings.calls_folder, judge.name), project / _HOME / "calls" / f"{judge.name}.sqlite"
        if calls.file.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            calls.copy_to(copy, with_requests)
        entries.append(entry)
    (project / _REGISTRY).parent.mkdir()
    YAML().dump({"judges": entries}, project / _REGISTRY)
    return recordings


def _write_revision(judge: LocalJudge, settings: Settings, project: Path) -> None:
    """The hash of weights, by which cached answers are found where the weights are not."""
    try:
        revision = model_identity(judge, settings.models_dir)["revision"]
    except JudgeUnavailable:
        return
    file = recorded_revision(judge, project / "models")
    # Several judges may be of one model.
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{revision}\n")


def _write_settings(settings: Settings, project: Path) -> None:
    """For `rebuild`, and for who goes on working there."""
    variables = dict(_variables(settings))
    (project / SETTINGS).write_text(json.dumps(variables, indent=2))
    lines = [f"export {name}={quote(value)}" for name, value in variables.items()]
    places = ["MODELS", *(["PROMPTS"] if settings.prompts_dir else [])]
    lines += [f'export EMOPREFER_{name}="$EMOPREFER_PROJECT/{name.lower()}"' for name in places]
    with (project / "env.sh").open("a") as script:
        script.write("\n".join(["# As the board was made.", *lines, ""]))


def _variables(settings: BaseSettings) -> Iterator[tuple[str, str]]:
    """The environment's variables that are no places, as they would be set."""
    for name, field in type(settings).model_fields.items():
        match getattr(settings, name):
            case _ if name in _NOT_KEPT:
                continue
            case BaseSettings() as inner:
                yield from _variables(inner)
            case bool(value):
                yield str(field.alias), "yes" if value else "no"
            case tuple(value):
                yield str(field.alias), ",".join(map(str, value))
            case str(value) | int(value) | float(value):
                yield str(field.alias), str(value)
