"""What deploy/ names is there: modules, commands, options, variables, tags; the Slurm jobs run for real."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from dagster._cli import cli as dagster_cli
from dagster._daemon.cli import cli as daemon_cli
from dagster_webserver.cli import create_dagster_webserver_cli
from ruamel.yaml import YAML

from emoprefer_assets import automation, settings
from emoprefer_assets.cli import main
from emoprefer_assets.judges import read_registry
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.store import CallCache
from tests.conftest import RULES
from tests.judges.chat_server import running_server

DEPLOY = PROJECT / "deploy"
FILES = sorted(file for file in DEPLOY.rglob("*") if file.is_file())
COMMANDS = {
    "dagster": dagster_cli,
    "dagster-daemon": daemon_cli,
    "dagster-webserver": create_dagster_webserver_cli(),
    "emoprefer": main,
}


def read(name):
    return YAML(typ="safe").load(DEPLOY / name)


def parsed(command):
    """Parse a command line as its program would, without running it; fails on an unknown option."""
    program, *arguments = command
    target = COMMANDS[Path(program).name]
    while hasattr(target, "commands"):
        name, *arguments = arguments
        target = target.commands[name]
    with target.make_context(target.name, list(arguments)) as context:
        return context.params


def commands():
    """Every command line in deploy/ of a program that is installed here."""
    yield [
        *re.search(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text(), re.M)[1]
        .strip("[]")
        .replace('"', "")
        .split(", ")
    ]
    for unit in DEPLOY.glob("server/*.service"):
        yield shlex.split(re.search(r"^ExecStart=(.*)$", unit.read_text(), re.M)[1])
    for service in read("server/compose.yaml")["services"].values():
        if "command" in service:
            yield service["command"]
    (deployment,) = read("kubernetes/values.yaml")["dagster-user-deployments"]["deployments"]
    yield ["dagster", "api", "grpc", *deployment["dagsterApiGrpcArgs"], "--port", str(deployment["port"])]


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix == ".yaml"], ids=lambda file: file.name)
def test_yaml_parses(file):
    assert isinstance(YAML(typ="safe").load(file), dict)


@pytest.mark.parametrize("command", list(commands()), ids=lambda command: " ".join(command)[-60:])
def test_commands_have_the_options_that_they_are_given(command):
    # Where the containers have their workspace file, this machine has none.
    params = parsed([word.replace("/opt/dagster", str(DEPLOY / "server")) for word in command])
    named = params.get("module_name") or ()
    modules = {named} if isinstance(named, str) else {*named}
    assert modules <= {"emoprefer_assets.definitions"}


@pytest.mark.parametrize("file", [*DEPLOY.glob("**/*.sh"), *DEPLOY.glob("**/*.sbatch")], ids=lambda file: file.name)
def test_shell_scripts_parse_and_may_be_run(file):
    subprocess.run(["bash", "-n", file], check=True)
    assert os.access(file, os.X_OK)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_variables_and_folders_that_are_named_exist(file):
    text = file.read_text()
    known = set(re.findall(r"`(EMOPREFER_\w+)`", (PROJECT / "docs" / "settings.md").read_text()))
    known |= set(re.findall(r"EMOPREFER_\w+", Path(settings.__file__).read_text()))
    # Of the deployment itself.
    known |= {"EMOPREFER_DATA", "EMOPREFER_COMMAND", "EMOPREFER_SLURM_JUDGES"}
    assert set(re.findall(r"EMOPREFER_[A-Z_]+", text)) <= known
    for name in re.findall(r"(?:^|\s)(deploy/[\w./-]+)", text):
        assert (PROJECT / name).exists(), name


def test_the_limits_name_the_tag_that_evaluations_carry():
    ((key, value),) = automation.ONE_AT_A_TIME.items()
    limit = {"key": key, "value": value, "limit": 1}
    assert limit in read("server/dagster.yaml")["concurrency"]["runs"]["tag_concurrency_limits"]
    queued = read("kubernetes/values.yaml")["dagsterDaemon"]["runCoordinator"]["config"]["queuedRunCoordinator"]
    assert limit in queued["tagConcurrencyLimits"]


def test_the_server_differs_from_a_laptop_in_dagsters_storage_alone():
    laptop, server = YAML(typ="safe").load(PROJECT / "dagster.yaml"), read("server/dagster.yaml")
    assert laptop.pop("storage") != server.pop("storage")
    assert laptop == server


def test_no_web_server_is_reached_from_outside():
    assert read("server/compose.yaml")["services"]["web"]["ports"] == ["127.0.0.1:3000:3000"]
    assert [service for service in read("server/compose.yaml")["services"].values() if "ports" in service] == [
        read("server/compose.yaml")["services"]["web"]
    ]
    assert (
        parsed(
            shlex.split(re.search(r"^ExecStart=(.*)$", (DEPLOY / "server/emoprefer-web.service").read_text(), re.M)[1])
        )["host"]
        == "127.0.0.1"
    )
    assert read("kubernetes/values.yaml")["dagsterWebserver"]["service"]["type"] == "ClusterIP"


def test_no_file_holds_a_password_or_a_key():
    for file in FILES:
        for name, value in re.findall(r"(?<!\{)\b(\w*(?:PASSWORD|KEY)\w*)[=:] *(\S+)", file.read_text()):
            assert value.startswith(("${", "$", '"${', "...", "{env:", "dagster")) or value == "\\", (file, name, value)


def test_systemd_units_are_well_formed(tmp_path):
    for unit in DEPLOY.glob("server/*.service"):
        sections = re.findall(r"^\[(\w+)\]$", unit.read_text(), re.M)
        assert sections == ["Unit", "Service", "Install"]
        assert all(
            re.fullmatch(r"[A-Z]\w+=.*", line) for line in unit.read_text().splitlines() if line and line[0] != "["
        )


@pytest.mark.slow
def test_slurm_jobs_judge_apart_and_one_writes_the_boards(settings, data_folder, monkeypatch):
    """The scripts as sbatch would start them, one after the other; the judges stand behind a real server."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("EMOPREFER_COMMAND", str(Path(sys.executable).parent / "emoprefer"))
    monkeypatch.setenv("EMOPREFER_SLURM_JUDGES", "first second")
    with running_server() as server:
        entries = "".join(
            f"  - {{name: {name}, backend: openai, model: {name}, base_url: '{server.url}'}}\n"
            for name in ("first", "second")
        )
        settings.judges_file.write_text(RULES + entries)
        for task in ("0", "1"):
            monkeypatch.setenv("SLURM_ARRAY_TASK_ID", task)
            subprocess.run(["bash", DEPLOY / "slurm" / "judge.sbatch"], check=True, capture_output=True)
        assert not (settings.home / "warehouse.duckdb").exists()
        assert list((settings.home / "slurm").iterdir()) == []
        asked = len(server.questions)
        boards = subprocess.run(
            ["bash", DEPLOY / "slurm" / "boards.sbatch"], check=True, capture_output=True, text=True
        )
        assert "No judge call was made" in boards.stdout
        assert (len(server.questions), asked) == (12, 12)
        assert "first" in boards.stdout and "second" in boards.stdout


# Does what `emoprefer run` does to a home: it records calls that are not there yet. The rest is the real command's.
RUN = """\
#!{python}
import os, sys
from pathlib import Path
from emoprefer_assets.cli import main
from emoprefer_assets.store import CallCache
if sys.argv[1] != "run":
    sys.exit(main())
with CallCache(Path(os.environ["EMOPREFER_HOME"]) / "calls", sys.argv[-1]).open() as cache:
    missing = [key for key in ("k1", "k2", "k3") if key not in cache.answers([key])]
    entries = [{{"key": key, "answered": True, "asked": os.environ["ATTEMPT"]}} for key in missing]
    list(cache.keep(iter(entries), lambda entry: entry))
sys.exit(int(os.environ["EXIT_CODE"]))
"""


@pytest.fixture
def slurm(settings, tmp_path, monkeypatch):
    """Starts the job of judge `longer` as Slurm would; returns the calls of the shared home, and the exit code."""
    command = tmp_path / "emoprefer"
    command.write_text(RUN.format(python=sys.executable))
    command.chmod(0o755)
    for variable, value in {
        "PYTHONPATH": str(PROJECT),
        "EMOPREFER_COMMAND": str(command),
        "EMOPREFER_SLURM_JUDGES": "always_a1 longer",
        "SLURM_ARRAY_TASK_ID": "1",
    }.items():
        monkeypatch.setenv(variable, value)

    def start(attempt, exit_code=0):
        monkeypatch.setenv("ATTEMPT", attempt)
        monkeypatch.setenv("EXIT_CODE", str(exit_code))
        done = subprocess.run(["bash", DEPLOY / "slurm" / "judge.sbatch"], capture_output=True, text=True)
        calls = CallCache(settings.home / "calls", "longer").calls()
        return {call["key"]: call["asked"] for call in calls}, done.returncode

    return start


def record(home, keys, attempt):
    with CallCache(home / "calls", "longer").open() as cache:
        entries = [{"key": key, "answered": True, "asked": attempt} for key in keys]
        list(cache.keep(iter(entries), lambda entry: entry))


def test_a_slurm_job_goes_on_from_the_shared_calls_and_hands_its_own_over(settings, slurm):
    record(settings.home, ["k1"], "before")
    assert slurm("job") == ({"k1": "before", "k2": "job", "k3": "job"}, 0)
    assert list((settings.home / "slurm").iterdir()) == []


def test_a_slurm_job_that_fails_hands_over_what_was_answered(settings, slurm):
    assert slurm("job", exit_code=1) == ({"k1": "job", "k2": "job", "k3": "job"}, 1)


def test_a_slurm_job_that_was_killed_goes_on_with_its_own_calls(settings, slurm):
    record(settings.home, ["k1"], "before")
    record(settings.home / "slurm" / "longer", ["k2"], "killed")
    assert slurm("job") == ({"k1": "before", "k2": "killed", "k3": "job"}, 0)


def test_the_docs_entry_for_several_endpoints_is_valid(tmp_path):
    page = (PROJECT / "docs" / "judges.md").read_text()
    entry, *_ = re.findall(r"```yaml\n(judges:\n.*?)```", page.partition("## Several endpoints")[2], re.S)
    (tmp_path / "judges.yaml").write_text(entry)
    assert len(read_registry(tmp_path / "judges.yaml").judges[0].base_urls) == 3


def test_main_has_the_command_that_the_jobs_run():
    assert "--judges" in [name for option in main.commands["run"].params for name in option.opts]
