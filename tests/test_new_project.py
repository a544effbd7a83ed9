"""`emoprefer init`, and which project the settings find."""

import subprocess
import tomllib

import pytest
from click.testing import CliRunner

from emoprefer_assets import settings as settings_module
from emoprefer_assets.cli import main
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import FORMAT, format_of
from emoprefer_assets.intake import take_in
from emoprefer_assets.judges import read_registry
from emoprefer_assets.new_project import make_project
from emoprefer_assets.settings import PROJECT, current_settings, settings_anywhere
from tests.conftest import four_pairs


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A new project, and a shell in one of its folders that has set nothing."""
    for variable in ("EMOPREFER_HOME", "EMOPREFER_DB", "EMOPREFER_JUDGES", "EMOPREFER_DATA_DIR", "EMOPREFER_PROJECT"):
        monkeypatch.delenv(variable, raising=False)
    make_project(tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project" / "data" / "models")
    return tmp_path / "project"


def test_everything_is_in_the_nearest_project_upwards(project):
    found = current_settings()
    assert found.project == project
    assert (found.data_dir, found.judges_file) == (project / "data" / "sample", project / "data" / "judges.yaml")
    assert (found.home, found.database) == (project / ".emoprefer", project / "data" / "emoprefer.duckdb")


def test_a_data_set_in_data_takes_the_place_of_the_sample(project, tmp_path):
    four_pairs(tmp_path / "four")
    for file in (tmp_path / "four").iterdir():
        file.rename(project / "data" / file.name)
    assert current_settings().data_dir == project / "data"
    assert len(read_data_set(project / "data").pairs) == 4


@pytest.mark.parametrize("file", ["preference_mine.csv", "pairs.xlsx", "descriptions/north.csv"])
def test_each_layout_of_a_data_set_is_found(project, file):
    (project / "data" / file).parent.mkdir(exist_ok=True)
    (project / "data" / file).touch()
    assert current_settings().data_dir == project / "data"


def test_its_judges_and_data_are_those_of_the_checkout(project):
    registry = read_registry(project / "data" / "judges.yaml")
    assert registry.names == read_registry(PROJECT / "data" / "judges.yaml").names
    assert all(judge.fits(project / "data" / "sample") for judge in registry.judges)
    assert (registry["tiny_omni"].beside_registry("models/tiny_omni") / "model.safetensors").is_file()
    assert len(read_data_set(project / "data" / "sample").pairs) == 198


def test_dagster_and_dg_find_the_code_location_by_its_usual_name(project):
    tools = tomllib.loads((project / "pyproject.toml").read_text())["tool"]
    ours = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    for name in ("code_location_target_module", "code_location_name"):
        assert tools["dg"]["project"][name] == ours[name]
    assert tools["dagster"]["module_name"] == ours["code_location_target_module"]
    assert (project / tools["dg"]["project"]["root_module"]).with_suffix(".py").is_file()


def test_env_sh_names_the_project_and_leaves_that_of_the_shell_before(project):
    command = f". {PROJECT}/env.sh; . {project}/env.sh; echo $EMOPREFER_PROJECT $EMOPREFER_HOME $DAGSTER_HOME"
    shown = subprocess.run(["bash", "-uc", command], cwd="/", capture_output=True, text=True, check=True).stdout
    assert shown.split() == [str(project), str(project / ".emoprefer"), str(project)]


def test_nothing_is_overwritten(project):
    (project / "data" / "judges.yaml").write_text("judges: []\n")
    (project / "env.sh").unlink()
    again = CliRunner().invoke(main, ["init", str(project)])
    assert again.exit_code == 1
    assert "dagster.yaml, workspace.yaml, data/judges.yaml and 4 more already. Name another folder." in again.output
    assert (project / "data" / "judges.yaml").read_text() == "judges: []\n"
    assert not (project / "env.sh").exists()


def test_the_first_command_in_a_project_finds_nothing_to_bring_forward(project, caplog):
    take_in(current_settings())
    assert format_of(project / ".emoprefer") == FORMAT
    assert caplog.messages == []


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(EmopreferError, match="is a file"):
        make_project(tmp_path / "taken")


@pytest.fixture
def packaged(project, tmp_path, monkeypatch):
    """As in an environment with the wheel: what is shipped is inside the package, and no project is near."""
    inside = tmp_path / "site-packages" / "emoprefer_assets" / "_project"
    inside.parent.mkdir(parents=True)
    project.rename(inside)
    monkeypatch.setattr(settings_module, "PROJECT", inside)
    monkeypatch.setattr(settings_module, "_INSIDE", inside)
    monkeypatch.chdir(tmp_path)
    return inside


def test_without_a_project_the_shipped_files_are_read_and_nothing_may_be_written(packaged, tmp_path, monkeypatch):
    assert settings_anywhere().judges_file == packaged / "data" / "judges.yaml"
    for folder in (tmp_path, packaged / "data"):
        monkeypatch.chdir(folder)
        with pytest.raises(EmopreferError, match=f"{folder} is in no project. Make one by `emoprefer init FOLDER`"):
            current_settings()


def test_without_a_project_the_home_that_is_named_has_the_database_too(packaged, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOPREFER_HOME", str(tmp_path / "home"))
    found = current_settings()
    assert (found.project, found.home) == (None, tmp_path / "home")
    assert found.database == tmp_path / "home" / "emoprefer.duckdb"
    assert found.data_dir == packaged / "data" / "sample"
