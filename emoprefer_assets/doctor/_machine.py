"""The machine: Python, packages, memory, GPU, the video decoder, disks, Dagster's home."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from emoprefer_assets.display import listed
from emoprefer_assets.doctor._model import OK, PROBLEM, WARNING, Finding, finding_of, size
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.media import probe, why_no_decoder
from emoprefer_assets.settings import PROJECT, Settings, current_settings

# Worth naming where all is well: answers and speed depend on them.
NAMED = ("dagster", "duckdb", "torch", "transformers")
LITTLE_DISK, NO_DISK = 2e9, 2e8
LITTLE_MEMORY = 2e9
GPU_SECONDS = 3.0


def python_and_packages(settings: Settings) -> list[Finding]:
    """Versions against pyproject.toml. What an extra brings is missing only if a setting asks for it."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return [_python(project), *_packages(project, settings)]


def _python(project: dict[str, Any]) -> Finding:
    version, wanted = platform.python_version(), project["requires-python"]
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return Finding("Python", OK, version)
    return Finding("Python", PROBLEM, f"{version}, and {wanted} is needed", "Make .venv anew with a newer Python.")


def _packages(project: dict[str, Any], settings: Settings) -> list[Finding]:
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"]]
    if {"glad", "mace"}.intersection(settings.crowd_diagnostics):
        needed += extras["diagnostics"]
    if _keeps_records_in_postgres(settings):
        needed += extras["postgres"]
    optional = (*extras["transformers"], *extras["vote"])
    found, versions = [], {}
    for wanted in (*needed, *optional):
        requirement = Requirement(wanted)
        if requirement.marker and not requirement.marker.evaluate():
            continue
        remedy = f"Run `pip install '{requirement.name}{requirement.specifier}'`."
        try:
            version = versions[requirement.name] = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            if wanted not in optional:
                found.append(Finding(f"package {requirement.name}", PROBLEM, "is not installed", remedy))
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            what = f"{version}, and {requirement.specifier} is needed"
            found.append(Finding(f"package {requirement.name}", PROBLEM, what, remedy))
    if found:
        return found
    named = ", ".join(f"{name} {versions[name]}" for name in NAMED if name in versions)
    return [Finding("packages", OK, f"all {len(versions)} fit pyproject.toml ({named})")]


def memory() -> Finding:
    """Of this machine, free for a model now."""
    now = psutil.virtual_memory()
    what = f"{size(now.available)} of {size(now.total)} free"
    if now.available < LITTLE_MEMORY:
        return Finding("memory", WARNING, what, "Close other programs, or use judges behind a server.")
    return Finding("memory", OK, what)


def gpu() -> Finding:
    """What torch can use: imported only where there is something to be used, for that takes seconds."""
    seen = _nvidia_gpus()
    if not seen and not Path("/dev/kfd").exists():
        return Finding("GPU", OK, "none: transformers judges run on the CPU")
    import torch

    if not torch.cuda.is_available():
        what = f"{listed(seen, 3) if seen else 'an AMD GPU'}, and torch {torch.__version__} cannot use it"
        return Finding("GPU", WARNING, what, "Install the torch build that fits the driver (pytorch.org, Get Started).")
    devices = []
    for number in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(number)
        devices.append(f"{torch.cuda.get_device_name(number)}, {size(free)} of {size(total)} free")
    return Finding("GPU", OK, "; ".join(devices))


def _nvidia_gpus() -> list[str]:
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=GPU_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in told.stdout.splitlines() if line.strip()]


def decoder() -> Finding:
    """decord, tried on a clip of the embedded data set, in a process that may crash."""
    clip = next(iter(sorted((PROJECT / "data" / "sample" / "video").glob("*.mp4"))), None)
    if why := why_no_decoder():
        remedy = "Run `pip install decord` (eva-decord on a Mac); for Linux on ARM, build it from its source."
        return Finding("decord", PROBLEM, f"{why}: no judge can be shown a clip", remedy)
    (name, *_) = metadata.packages_distributions()["decord"]
    remedy = f"Run `pip install --force-reinstall {name}`; it needs a CPU that the wheel was built for."
    if clip is None:
        return Finding("decord", WARNING, "not tried: the embedded data set has no clip", "Restore data/sample/video.")
    seen = probe(clip)
    if wrong := seen.video_problem or seen.sound_problem:
        return Finding("decord", PROBLEM, f"cannot decode {clip.name}: {wrong}", remedy)
    return Finding("decord", OK, f"{metadata.version(name)}, decodes {clip.name}")


def disks(settings: Settings) -> list[Finding]:
    """Room, and the right to write, where things are kept."""
    places = {"home": settings.home, "published database": settings.database.parent}
    return [_disk(name, folder) for name, folder in places.items()]


def _disk(name: str, folder: Path) -> Finding:
    variable = {"home": "EMOPREFER_HOME", "published database": "EMOPREFER_DB"}[name]
    there = next(place for place in (folder, *folder.parents) if place.exists())
    title = f"disk of {name}"
    if not os.access(there, os.W_OK):
        return Finding(title, PROBLEM, f"{there} cannot be written", f"Make it writable, or set {variable}.")
    free = shutil.disk_usage(there).free
    what = f"{size(free)} free in {folder}"
    if free >= LITTLE_DISK:
        return Finding(title, OK, what)
    return Finding(title, PROBLEM if free < NO_DISK else WARNING, what, f"Free some, or move it by {variable}.")


def project(settings: Settings) -> Finding:
    """The folder where everything is by default."""
    if settings.project:
        return Finding("project", OK, str(settings.project))
    try:
        current_settings()
    except EmopreferError as error:
        return finding_of("project", error)
    return Finding("project", OK, f"none; state goes into EMOPREFER_HOME, {settings.home}")


def dagster_home(settings: Settings) -> Finding:
    """Where Dagster keeps its records, and whether `dagster` in this shell would find them."""
    named = os.environ.get("DAGSTER_HOME")
    remedy = "Run `. ./env.sh` in this shell."
    if not named:
        return Finding("Dagster home", WARNING, "DAGSTER_HOME is not set: `dagster` would forget its runs", remedy)
    if not Path(named).is_absolute() or not Path(named).is_dir():
        return Finding("Dagster home", PROBLEM, f"DAGSTER_HOME {named} is not a folder by its full path", remedy)
    if not (Path(named) / "dagster.yaml").is_file():
        what = f"{named} has no dagster.yaml: Dagster's usual settings hold, without limits on runs"
        return Finding("Dagster home", WARNING, what, f"{remedy} Or copy dagster.yaml there.")
    records = "PostgreSQL" if _keeps_records_in_postgres(settings) else "SQLite, PostgreSQL is not needed"
    return Finding("Dagster home", OK, f"{named} (records in {records})")


def _keeps_records_in_postgres(settings: Settings) -> bool:
    file = Path(os.environ.get("DAGSTER_HOME") or settings.project or PROJECT) / "dagster.yaml"
    return file.is_file() and "postgres" in file.read_text(errors="replace")
