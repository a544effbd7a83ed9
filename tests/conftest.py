from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from emoprefer_assets.settings import PROJECT, Settings, current_settings, prepare_dagster_home

# Evaluations sync small files to disk hundreds of times: in memory they take half the time.
if os.access(IN_MEMORY := "/dev/shm", os.W_OK):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)

# The published data set may not be part of this repository: point EMOPREFER_REAL_DATA at a copy.
REAL_DATA = Path(os.environ.get("EMOPREFER_REAL_DATA") or PROJECT.parent / "shared" / "emoprefer-data")
RULES = """\
judges:
  - {name: always_a1, backend: rules, rule: always_a1}
  - {name: longer, backend: rules, rule: longer}
"""


@pytest.fixture
def real_data() -> Path:
    if not REAL_DATA.is_dir():
        pytest.skip("the published data set is not here; set EMOPREFER_REAL_DATA to its folder")
    return REAL_DATA


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home of its own for one test, with two rule judges on the embedded sample."""
    for variable in [name for name in os.environ if name.startswith("EMOPREFER_")]:
        monkeypatch.delenv(variable)
    (tmp_path / "judges.yaml").write_text(RULES)
    monkeypatch.setenv("EMOPREFER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EMOPREFER_DB", str(tmp_path / "published.duckdb"))
    monkeypatch.setenv("EMOPREFER_JUDGES", str(tmp_path / "judges.yaml"))
    monkeypatch.setenv("DAGSTER_HOME", str(PROJECT))
    prepare_dagster_home()
    return current_settings()


@pytest.fixture(scope="session")
def published_sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The shipped registry without its language models, evaluated on the sample: half a minute."""
    from emoprefer_assets.evaluation import evaluate

    folder = tmp_path_factory.mktemp("published")
    shipped = (PROJECT / "data" / "judges.yaml").read_text()
    registry = (
        shipped[: shipped.index("  # A small language model")] + shipped[shipped.index("  # Recorded predictions") :]
    )
    (folder / "judges.yaml").write_text(registry.replace("sample", str(PROJECT / "data" / "sample")))
    with pytest.MonkeyPatch.context() as patch:
        for variable in [name for name in os.environ if name.startswith("EMOPREFER_")]:
            patch.delenv(variable)
        patch.setenv("EMOPREFER_HOME", str(folder / "home"))
        patch.setenv("EMOPREFER_DB", str(folder / "published.duckdb"))
        patch.setenv("EMOPREFER_JUDGES", str(folder / "judges.yaml"))
        patch.setenv("DAGSTER_HOME", str(PROJECT))
        (folder / "home").mkdir()
        assert not evaluate(current_settings()).failures
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as connection:
        yield connection


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
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of 100,000 random weights with a tokenizer trained on the prompt: proves plumbing, never quality."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "tiny"
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
            vocab_size=len(wrapped), hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, initializer_range=0.3, pad_token_id=0, eos_token_id=1, bos_token_id=None,
        )
    )  # fmt: skip
    model.save_pretrained(folder)
    wrapped.save_pretrained(folder)
    return folder
