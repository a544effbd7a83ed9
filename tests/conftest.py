from __future__ import annotations

import inspect
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from functools import partial, wraps
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from filelock import FileLock

from emoprefer_assets.home import claim_home
from emoprefer_assets.settings import PROJECT, Settings, current_settings

# Evaluations sync small files to disk hundreds of times: in memory they take half the time.
if os.access(IN_MEMORY := "/dev/shm", os.W_OK):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)

# The published data set may not be part of this repository: point EMOPREFER_REAL_DATA at a copy.
REAL_DATA = Path(os.environ.get("EMOPREFER_REAL_DATA") or PROJECT.parent / "shared" / "emoprefer-data")
# Nor are the verdicts of real judges (docs/real-data.md): point EMOPREFER_REAL_VERDICTS at a copy.
REAL_VERDICTS = Path(os.environ.get("EMOPREFER_REAL_VERDICTS") or REAL_DATA.parent / "real-verdicts")
RULES = """\
judges:
  - {name: always_a1, backend: rules, rule: always_a1}
  - {name: longer, backend: rules, rule: longer}
"""
# The settings of `make run`, where they are not those of `use`.
SHIPPED = {"EMOPREFER_JUDGES": str(PROJECT / "data" / "judges.yaml"), "EMOPREFER_MEDIA_PAIRS": "20"}
# Tables that `limit_to` leaves in: commands print them, and battles are what judges are asked about.
ALWAYS_MADE = ("battles", "consensus_rules", "data_set", "human_agreement", "judges", "submissions")
PAGE, BLANK = "emoprefer_assets.report._writing.render_report", "A report."


@pytest.fixture
def real_data() -> Path:
    if not REAL_DATA.is_dir():
        pytest.skip("the published data set is not here; set EMOPREFER_REAL_DATA to its folder")
    return REAL_DATA


Records = Callable[[Settings], AbstractContextManager[Any]]


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> Iterator[Records]:
    """Opens Dagster's records of a home, which a test has in memory: on disk they are half of what it takes.

    Where files are the subject, or another process reads them, a folder or a module has a fixture `records` of its own.
    """
    import dagster as dg

    from emoprefer_assets import evaluation

    instances: dict[Path, dg.DagsterInstance] = {}
    with ExitStack() as stack:

        def in_memory(settings: Settings) -> AbstractContextManager[dg.DagsterInstance]:
            claim_home(settings.home)
            if settings.home not in instances:
                instances[settings.home] = stack.enter_context(dg.DagsterInstance.ephemeral())
            return nullcontext(instances[settings.home])

        monkeypatch.setattr(evaluation, "dagster_records", in_memory)
        yield in_memory


Once = Callable[[str, Callable[[Path], Any]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes a folder of some name by a function, which fills it; of all workers, the first that needs it does."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def made(name: str, make: Callable[[Path], Any]) -> Path:
        folder, part = root / f"once_{name}", root / f"once_{name}.part"
        with FileLock(root / f"once_{name}.lock"):
            if not folder.exists():
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir()
                make(part)
                part.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def charts(once: Once) -> Path:
    """The report's chart library: a home that has it writes its first report in half the time."""
    from emoprefer_assets.report._page import chart_library

    (file,) = once("charts", chart_library).iterdir()
    return file


@pytest.fixture
def settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: Records, charts: Path, blank_page: None
) -> Settings:
    """A home of its own for one test, with two rule judges on the embedded sample."""
    (tmp_path / "judges.yaml").write_text(RULES)
    use(tmp_path, monkeypatch)
    found = current_settings()
    claim_home(found.home)
    shutil.copy(charts, found.home)
    return found


def use(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Home, database and registry in `folder`, and its data set if it has one; no other variable is set."""
    for variable in [name for name in os.environ if name.startswith("EMOPREFER_")]:
        patch.delenv(variable)
    patch.setenv("EMOPREFER_HOME", str(folder / "home"))
    patch.setenv("EMOPREFER_DB", str(folder / "published.duckdb"))
    patch.setenv("EMOPREFER_JUDGES", str(folder / "judges.yaml"))
    if (folder / "data").exists():
        patch.setenv("EMOPREFER_DATA_DIR", str(folder / "data"))
    patch.setenv("DAGSTER_HOME", str(PROJECT))
    # Judges that take media would be asked so much more; tests/asking/test_looking_and_listening.py does.
    patch.setenv("EMOPREFER_MEDIA_PAIRS", "0")


@pytest.fixture(scope="session")
def sample_once_evaluated(once: Once) -> Path:
    """A folder as `settings` has it, evaluated; to be copied."""

    def make(folder: Path) -> None:
        (folder / "judges.yaml").write_text(RULES)
        evaluated(folder)

    return once("sample", make)


@pytest.fixture(scope="session")
def four_pairs_once_evaluated(once: Once) -> Path:
    """A folder as `settings` has it, with `four_pairs`, evaluated; to be copied."""

    def make(folder: Path) -> None:
        (folder / "judges.yaml").write_text(RULES)
        four_pairs(folder / "data")
        evaluated(folder)

    return once("four_pairs", make)


@pytest.fixture
def evaluated_sample(settings: Settings, tmp_path: Path, sample_once_evaluated: Path) -> Settings:
    """`settings`, with everything up to date."""
    shutil.copytree(sample_once_evaluated, tmp_path, dirs_exist_ok=True)
    return settings


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`limit_to` for one test."""
    return partial(limit_to, monkeypatch)


def limit_to(patch: pytest.MonkeyPatch, *boards: str) -> None:
    """Have evaluations and the daemon make what judges are asked about, their answers, what commands print of every
    data set, and of all other tables some boards and what these are made from: the others take most of the time."""
    from emoprefer_assets import planning
    from emoprefer_assets.assets import tables_in_parts
    from emoprefer_assets.planning import Batch, Plan, Stale, made_from

    # A test may limit what its folder's fixtures have limited already, to more.
    ready = inspect.unwrap(planning.ready)
    answers = {*tables_in_parts()} - {"battle_verdicts"}
    wanted = set().union(*map(made_from, (*answers, *ALWAYS_MADE, *boards)))

    def is_wanted(stale: Stale) -> bool:
        return stale.part[0] in wanted or (stale.part[0] == "published_database" and not stale.behind)

    @wraps(ready)
    def some(plan: Plan, *arguments: Any) -> list[Batch]:
        return ready(replace(plan, stale={one.part: one for one in filter(is_wanted, plan.stale.values())}), *arguments)

    patch.setattr(planning, "ready", some)


@pytest.fixture
def no_boards(only: Callable[..., None]) -> None:
    """Evaluations publish what the judges said, and make no board of it."""
    only()


@pytest.fixture(scope="module")
def random_weights() -> Iterator[None]:
    """To random weights a1, a2 and same are next to nothing, which is no answer: here it is one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("emoprefer_assets.judges.chat.LEAST_MASS", 0.0)
        yield


@pytest.fixture
def blank_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report's page is a line: drawing it is a quarter of an evaluation, and the subject of tests/report alone."""
    monkeypatch.setattr(PAGE, lambda *_: BLANK)


@pytest.fixture
def evaluated_four_pairs(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, four_pairs_once_evaluated: Path
) -> Settings:
    """`settings` with `four_pairs` as the data set, and everything up to date."""
    shutil.copytree(four_pairs_once_evaluated, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(tmp_path / "data"))
    return current_settings()


@pytest.fixture(scope="session")
def rules_and_recordings_once_evaluated(once: Once) -> Path:
    """A folder as `settings` has it, with the shipped registry without its language models, evaluated; to be copied."""

    def make(folder: Path) -> None:
        registry_without_language_models(folder)
        evaluated(folder)

    return once("published", make)


@pytest.fixture(scope="session")
def published_sample(rules_and_recordings_once_evaluated: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The shipped registry without its language models, evaluated on the sample."""
    database = rules_and_recordings_once_evaluated / "published.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def shipped_once_evaluated(once: Once) -> Path:
    """A folder with the published database of the whole shipped registry on the sample: minutes."""
    return once("shipped", lambda folder: evaluated(folder, **SHIPPED))


@pytest.fixture(scope="session")
def sample_by_make_run(once: Once, shipped_once_evaluated: Path) -> Path:
    """As `shipped_once_evaluated`, with the sample's submitted system, as the Makefile has it evaluated."""
    from click.testing import CliRunner

    from emoprefer_assets.cli import main

    makefile = (PROJECT / "Makefile").read_text()
    (hand_in,) = re.findall(r"^HAND_IN := emoprefer (.+) &&$", makefile, flags=re.MULTILINE)
    variables = dict(re.findall(r"^run ui: export (\w+) \?= (\w+)$", makefile, flags=re.MULTILINE))

    def make(folder: Path) -> None:
        shutil.copytree(shipped_once_evaluated, folder, dirs_exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            use(folder, patch)
            patch.setenv("EMOPREFER_JUDGES", SHIPPED["EMOPREFER_JUDGES"])
            patch.chdir(PROJECT)
            done = CliRunner().invoke(main, hand_in.split())
            assert done.exit_code == 0, done.output
        evaluated(folder, **SHIPPED, **variables)

    return once("by_make_run", make)


def registry_without_language_models(folder: Path) -> Path:
    """The shipped registry's rules and recordings, written into `folder`."""
    shipped = (PROJECT / "data" / "judges.yaml").read_text()
    registry = shipped[: shipped.index("  # Tiny judges")] + shipped[shipped.index("  # Recorded predictions") :]
    file = folder / "judges.yaml"
    file.write_text(registry.replace("sample", str(PROJECT / "data" / "sample")))
    return file


def evaluated(folder: Path, **variables: str) -> Path:
    """The folder, with its registry evaluated on its data set, or on the sample if it has none; the page is blank."""
    import dagster as dg

    from emoprefer_assets import evaluation
    from emoprefer_assets.run import Run

    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
        use(folder, patch)
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setattr(evaluation, "dagster_records", lambda _: nullcontext(instance))
        patch.setattr(PAGE, lambda *_: BLANK)
        claim_home(folder / "home")
        assert not evaluation.evaluate(Run(current_settings())).failures
    return folder


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`four_pairs` as the data set in use."""
    folder = tmp_path / "data"
    four_pairs(folder)
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(folder))
    return folder


def four_pairs(folder: Path) -> None:
    """A data set of four pairs by three systems, two annotators and one who fails."""
    folder.mkdir()
    write_csv(
        folder / "pairs.csv",
        ["pair", "name", "system1", "a1", "system2", "a2"],
        [
            ["p1", "clip1", "north", "He is glad.", "south", "He is rather sad, as it seems."],
            ["p2", "clip1", "south", "Sad.", "west", "Glad."],
            ["p3", "clip2", "west", "She is afraid.", "north", "She is angry."],
            ["p4", "clip3", "north", "Calm and quiet.", "south", "Wild."],
        ],
    )
    votes = {"p1": "a1 a1 a2", "p2": "a2 a2 a1", "p3": "same same same", "p4": "a1 a2 a1"}
    write_csv(
        folder / "votes.csv",
        ["pair", "annotator", "vote"],
        [
            [pair, who, vote]
            for pair, given in votes.items()
            for who, vote in zip(("Ann", "Bo", "Cy"), given.split(), strict=True)
        ],
    )
    right = {"Ann": 12, "Bo": 9, "Cy": 8}
    write_csv(
        folder / "annotators.csv",
        ["annotator", "item", "answer", "correct"],
        [[who, item, "a1" if item < right[who] else "a2", "a1"] for who in right for item in range(12)],
    )


def write_csv(file: Path, columns: list[str], rows: list[list]) -> None:
    pd.DataFrame(rows, columns=columns).to_csv(file, index=False)


@pytest.fixture(scope="session")
def tiny_model(once: Once) -> Path:
    """A Llama of 100,000 random weights with a tokenizer trained on the prompt: proves plumbing, never quality."""
    return once("tiny", write_tiny_model)


def write_tiny_model(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<pad>", "<end>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(["the person seems clearly happy, a1 a2 same"] * 3, trainer)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>")
    wrapped.chat_template = (
        "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}answer: {% endif %}"
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(wrapped),
            hidden_size=64,
            intermediate_size=96,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            initializer_range=0.3,
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=None,
        )
    )
    model.save_pretrained(folder)
    wrapped.save_pretrained(folder)
