"""Files of models and recordings are data: no pickle is opened, and their code runs only if the registry says so."""

import json
import logging
import os
import pickle
import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.judges.loading import models
from emoprefer_assets.judges.registry import ReplayJudge, TransformersJudge, VllmJudge
from emoprefer_assets.offline import recorded_verdicts
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.strategies import Prompts
from tests.hostile.attacks import ATTACKS, TEMPLATES, would_act_in_a_terminal

PAIRS = pd.DataFrame([["p", "clip", "A.", "B.", "a1"]], columns=["pair_id", "clip_id", "a1", "a2", "preference"])
NPZ = "x-normal-emoprefer-round0.npz"


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (os.mkdir, (str(self.mark),))


def refusal_of(folder):
    """Why the recordings in `folder` are not read; "" where they are."""
    judge = ReplayJudge(name="x", backend="replay", path=str(folder), prefix="x")
    try:
        recorded_verdicts(judge, "s1", PAIRS)
    except EmopreferError as error:
        assert not would_act_in_a_terminal(str(error))
        return str(error)
    return ""


def test_recordings_with_pickled_objects_are_refused_unopened(tmp_path):
    mark = tmp_path / "mark"
    np.savez(tmp_path / NPZ, gt_labels=np.array(["a1"]), pred_labels=np.array([Bomb(mark)], dtype=object))
    assert "without pickle" in refusal_of(tmp_path)
    (tmp_path / NPZ).write_bytes(pickle.dumps(Bomb(mark)))
    assert "without pickle" in refusal_of(tmp_path)
    assert not mark.exists()


def test_an_array_that_claims_more_than_there_is_memory_for_is_refused(tmp_path):
    header = b"{'descr': '<U9', 'fortran_order': False, 'shape': (1000000000000,), }"
    array = b"\x93NUMPY\x01\x00" + len(header.ljust(117) + b"\n").to_bytes(2, "little") + header.ljust(117) + b"\n"
    with zipfile.ZipFile(tmp_path / NPZ, "w") as archive:
        for name in ("gt_labels", "pred_labels"):
            archive.writestr(f"{name}.npy", array)
    assert "without pickle" in refusal_of(tmp_path)


def whole_recording():
    with TemporaryDirectory() as folder:
        np.savez_compressed(Path(folder) / NPZ, gt_labels=np.array(["a1"]), pred_labels=np.array(["a2"]))
        return (Path(folder) / NPZ).read_bytes()


WHOLE = whole_recording()
changes = st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=5)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes, st.integers(0, len(WHOLE)) | st.just(len(WHOLE)), st.binary(max_size=100) | st.none())
def test_a_damaged_recording_is_read_or_refused_in_a_line(changed, length, instead):
    content = bytearray(WHOLE)
    for place, value in changed:
        content[place] = value
    with TemporaryDirectory() as folder:
        (Path(folder) / NPZ).write_bytes(bytes(content[:length]) if instead is None else instead)
        refusal_of(folder)


def test_the_package_opens_no_pickle_and_trusts_no_code_of_its_own_accord():
    for file in (PROJECT / "emoprefer_assets").rglob("*.py"):
        text = file.read_text()
        for call in (
            "pickle.load",
            "torch.load",
            "read_pickle",
            "allow_pickle=True",
            "yaml.load",
            "unsafe",
            "eval(",
            "exec(",
            "os.system",
            "shell=True",
            "trust_remote_code=True",
        ):
            assert call not in text.replace("model.eval()", ""), (file, call)


@pytest.mark.parametrize("judge_class", [TransformersJudge, VllmJudge])
def test_code_that_comes_with_a_model_is_not_trusted_unless_the_registry_says_so(judge_class):
    entry = {"name": "x", "backend": judge_class.model_fields["backend"].annotation.__args__[0], "model": "m"}
    assert judge_class(**entry).trust_remote_code is False


@pytest.fixture
def model_with_code(tiny_model, tmp_path):
    """The tiny model, whose configuration names a class in a file that makes a mark when it is imported."""
    folder = tmp_path / "coded"
    shutil.copytree(tiny_model, folder)
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "coded"
    config["auto_map"] = {"AutoConfig": "coded.Config", "AutoModelForCausalLM": "coded.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "coded.py").write_text(
        "import os\n"
        f"os.makedirs({str(tmp_path / 'mark')!r}, exist_ok=True)\n"
        "from transformers import LlamaConfig, LlamaForCausalLM\n"
        "class Config(LlamaConfig):\n    model_type = 'coded'\n"
        "class Model(LlamaForCausalLM):\n    config_class = Config\n"
    )
    return folder


def test_a_models_own_code_does_not_run(model_with_code, tmp_path):
    judge = TransformersJudge(name="coded", backend="transformers", model=str(model_with_code))
    with pytest.raises(JudgeUnavailable, match="does not load"):
        models.load(judge, tmp_path)
    assert not (tmp_path / "mark").exists()


def test_with_trust_a_models_own_code_runs_and_the_log_says_so_loudly(model_with_code, tmp_path, caplog, monkeypatch):
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    judge = TransformersJudge(name="coded", backend="transformers", model=str(model_with_code), trust_remote_code=True)
    with caplog.at_level(logging.WARNING):
        models.load(judge, tmp_path)
    assert (tmp_path / "mark").exists()
    assert f"trust_remote_code is on: Python code inside {model_with_code} runs with your rights" in caplog.text


def test_pickled_weights_run_nothing(tiny_model, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(tiny_model, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    with zipfile.ZipFile(folder / "pytorch_model.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Bomb(tmp_path / "mark")))
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/byteorder", "little")
    with pytest.raises(JudgeUnavailable, match="does not load"):
        models.load(TransformersJudge(name="pickled", backend="transformers", model=str(folder)), tmp_path)
    assert not (tmp_path / "mark").exists()


def test_a_chat_template_of_a_model_reaches_nothing_but_the_messages(tiny_model, tmp_path):
    folder = tmp_path / "templated"
    shutil.copytree(tiny_model, folder)
    code = "{{ ''.__class__.__mro__[1].__subclasses__() }}"
    (folder / "chat_template.jinja").write_text(code)
    with pytest.raises(JudgeUnavailable, match="access to attribute '__class__' of 'str' object is unsafe"):
        models.load(TransformersJudge(name="templated", backend="transformers", model=str(folder)), tmp_path)


@pytest.mark.parametrize("attack", [*ATTACKS, *TEMPLATES])
def test_a_description_stands_in_a_prompt_as_it_is(attack):
    (message,) = Prompts().messages("s1_blind", a1=f"before {attack} after", a2="B.")
    assert f"before {attack} after" in message.parts[-1]
