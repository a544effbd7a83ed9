"""From .npz files alone to the paper's table beside ours."""

import os
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.metrics import accuracy_score, f1_score

from emoprefer_assets.assets.dataset import annotations, annotators
from emoprefer_assets.cli import main
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import read_registry
from emoprefer_assets.reproduction.circumstances import what_differed
from emoprefer_assets.reproduction.recordings import registry_of
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import TABLES, run_step
from tests.conftest import RULES, limit_to
from tests.reproduction.outputs import ROUNDS, write_outputs

HOSTILE = "<script>alert(1)</script>"


def labels_of_the_sample() -> np.ndarray:
    data = read_data_set(PROJECT / "data" / "sample")
    raw = data.pairs[TABLES["raw_pairs"].column_names]
    tables = {"raw_pairs": raw, "annotations": annotations.make(data), "annotators": annotators.make(data)}
    pairs = run_step("consensus_pairs", {"consensus_rule": "unanimous"}, **tables)
    return pairs["preference"].dropna().to_numpy(dtype=str)


def two_class(gold: np.ndarray, said: list) -> tuple[np.ndarray, np.ndarray]:
    decided = gold != "same"
    return gold[decided], np.where(np.array(said)[decided] == "a2", "a2", "a1")


def state_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}


class Reproduced:
    """One reproduction of two judges, of which one's files are damaged, in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.gold = labels_of_the_sample()
        outputs = folder / "outputs"
        outputs.mkdir()
        self.said = {
            strategy: write_outputs(outputs, "omni_7b", step, self.gold, seed)
            for seed, (strategy, step) in enumerate({"s1": "normal", "s2": "cot-answer"}.items())
        }
        write_outputs(outputs, "broken", "normal", self.gold, 7)
        self.damaged = outputs / "broken-audiovideo-normal-emopreferreverse-round1.npz"
        self.damaged.write_bytes(self.damaged.read_bytes()[:200])
        (outputs / "notes.npz").write_bytes(b"")
        rounds = [f1_score(*two_class(self.gold, self.said["s2"][False, r]), average="weighted") for r in ROUNDS]
        pd.DataFrame(
            [("omni_7b", "s2", f"{100 * np.mean(rounds):.2f}", "12.34", ""), (HOSTILE, "s1", "50", "50", "")],
            columns=["judge", "strategy", "waf_2class", "acc_2class", "swap_consistency"],
        ).to_csv(folder / "published.csv", index=False)
        self.users = folder / "users"
        self.users.mkdir()
        (self.users / "judges.yaml").write_text(RULES)
        self.page = folder / "page.html"
        home = folder / "own"
        with pytest.MonkeyPatch.context() as patch:
            for variable in [name for name in os.environ if name.startswith("EMOPREFER_")]:
                patch.delenv(variable)
            patch.setenv("EMOPREFER_HOME", str(self.users / "home"))
            patch.setenv("EMOPREFER_DB", str(self.users / "emoprefer.duckdb"))
            patch.setenv("EMOPREFER_JUDGES", str(self.users / "judges.yaml"))
            patch.setenv("EMOPREFER_BUDGET", "5")
            patch.setenv("DAGSTER_HOME", str(PROJECT))
            limit_to(patch, "judge_scores", "published_scores")
            self.before, environment = state_of(self.users), dict(os.environ)
            options = ["--home", home, "--published", folder / "published.csv", "--page", self.page]
            self.result = CliRunner().invoke(main, ["reproduce", str(outputs), *map(str, options)])
            self.environment_came_back = dict(os.environ) == environment
        with duckdb.connect(str(home / "emoprefer.duckdb"), read_only=True) as published:
            self.rows = published.sql("from published_beside_ours").df().set_index(["judge", "strategy", "metric"])
            self.scores = published.sql("from judge_scores").df().set_index(["judge", "strategy"])


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory) -> Reproduced:
    return Reproduced(tmp_path_factory.mktemp("reproduced"))


@pytest.mark.parametrize("strategy", ["s1", "s2"])
def test_every_figure_is_scikit_learns_to_the_last_digit(reproduced, strategy):
    gold, said = reproduced.gold, reproduced.said[strategy]
    normal = [said[False, round_] for round_ in ROUNDS]
    expected = {
        "waf_2class": [f1_score(*two_class(gold, verdicts), average="weighted") for verdicts in normal],
        "acc_2class": [accuracy_score(*two_class(gold, verdicts)) for verdicts in normal],
        "waf_3class": [f1_score(gold, verdicts, average="weighted") for verdicts in normal],
        "acc_3class": [accuracy_score(gold, verdicts) for verdicts in normal],
        "swap_consistency": [np.mean(np.array(said[False, r]) == np.array(said[True, r])) for r in ROUNDS],
    }
    for metric, rounds in expected.items():
        ours = reproduced.rows.loc[("omni_7b", strategy, metric), "ours"]
        assert ours == pytest.approx(100 * np.mean(rounds), rel=1e-14)
        std = reproduced.scores.loc[("omni_7b", strategy), f"{metric}_std"]
        assert std == pytest.approx(100 * np.std(rounds), rel=1e-9)


def test_a_published_figure_stands_beside_ours_at_its_strategy_alone(reproduced):
    rows = reproduced.rows
    assert abs(rows.loc[("omni_7b", "s2", "waf_2class"), "difference"]) <= 0.005
    assert rows.loc[("omni_7b", "s2", "waf_2class"), "published_lies_within"]
    assert not rows.loc[("omni_7b", "s2", "acc_2class"), "published_lies_within"]
    assert rows["published"].notna().sum() == 2
    output = " ".join(reproduced.result.output.split())
    assert "Of 2 published figures, 1 are equal to ours to the last digit, 0 others lie within" in output
    assert "and 1 outside." in output


def test_a_damaged_file_is_named_and_the_other_judges_are_scored(reproduced):
    assert reproduced.result.exit_code == 1
    output = "".join(reproduced.result.output.split())
    assert "Notscored:judges.yamlline3" in output and reproduced.damaged.name in output
    assert set(reproduced.scores.index.get_level_values("judge")) == {"omni_7b"}
    assert "Leftaside" in output and "notes.npz" in output


def test_the_table_fits_eighty_columns_and_says_what_differed(reproduced):
    printed = reproduced.result.stdout.splitlines()
    assert max(len(line) for line in printed if not line.startswith("Page:")) <= 80
    assert any(line.split()[:3] == ["omni_7b", "s1", "-"] for line in printed)
    assert "What differed for omni_7b: nothing: the published outputs themselves." in reproduced.result.stdout


def test_the_users_home_and_environment_are_untouched(reproduced):
    assert state_of(reproduced.users) == reproduced.before
    assert reproduced.environment_came_back


def test_the_page_stands_alone_has_no_script_and_shows_names_as_text(reproduced):
    page = reproduced.page.read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert "http://" not in page and "https://" not in page
    assert "default-src &#39;none&#39;" in page
    assert page.count('<p class="caption">') == 6


def test_what_is_evaluated_is_compared_without_a_folder(evaluated_sample, tmp_path, monkeypatch, only):
    only("judge_scores", "published_scores")
    (tmp_path / "published.csv").write_text("judge,strategy,waf_2class,acc_2class\nlonger,s1,54.26,99\n")
    monkeypatch.setenv("EMOPREFER_PUBLISHED_SCORES", str(tmp_path / "published.csv"))
    assert CliRunner().invoke(main, ["run"]).exit_code == 0
    result = CliRunner().invoke(main, ["reproduce", "--page", str(tmp_path / "page.html")])
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.output.splitlines() if line.strip().startswith("longer")]
    assert line.split()[:4] == ["longer", "s1", "54.26", "54.26"] and line.split()[-2:] == ["equal", "1/2"]
    assert "not in the paper: the content-blind rule longer" in " ".join(result.output.split())


def test_a_home_in_use_for_something_else_is_refused(settings, tmp_path):
    outputs, mine = tmp_path / "outputs", tmp_path / "mine"
    outputs.mkdir()
    mine.mkdir()
    write_outputs(outputs, "m", "normal", np.array(["a1"]), 0)
    (mine / "thesis.txt").write_text("all of it")
    for home, message in ((mine, "holds something else"), (settings.home, "EMOPREFER_HOME itself")):
        result = CliRunner().invoke(main, ["reproduce", str(outputs), "--home", str(home)])
        assert result.exit_code == 1 and message in result.output
    assert [file.name for file in mine.iterdir()] == ["thesis.txt"]


def test_a_folder_without_outputs_says_how_they_are_named(settings, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmopreferError, match=r"no .npz file there named as the paper's code"):
        registry_of(tmp_path / "empty")
    result = CliRunner().invoke(main, ["reproduce", "--home", str(tmp_path / "own")])
    assert result.exit_code == 2 and "need FOLDER" in result.output


def test_one_model_with_two_inputs_is_two_judges_beside_one_published_name(tmp_path):
    for name in ("m-video-normal", "m-audio-normal", "a b:c-video-cot-answer3"):
        (tmp_path / f"{name}-emoprefer-round0.npz").write_bytes(b"")
    (tmp_path / "judges.yaml").write_text(registry_of(tmp_path)[0])
    judges = read_registry(tmp_path / "judges.yaml").judges
    found = [(judge.name, judge.published_as, judge.strategies) for judge in judges]
    assert found == [("a_b_c", "a b:c", ("s4",)), ("m-audio", "m", ("s1",)), ("m-video", "m", ("s1",))]


def test_what_differed_names_media_prompts_decoding_and_weights(settings):
    settings.judges_file.write_text(
        "judges:\n  - {name: m, backend: transformers, model: lab/M, inputs: [video, audio], fps: 2, read: reply, "
        "temperature: 0.7, external: t}\n  - {name: t, backend: transformers, model: lab/T}\n"
    )
    registry = read_registry(settings.judges_file)
    assert what_differed(registry["m"], current_settings()) == (
        "media: 2 frames a second of at most 448 pixels a side and sound at 16000 Hz; "
        "prompts: this project's, not the paper's; decoding: replies, temperature 0.7, top-p 1, at most 512 tokens; "
        "weights: lab/M by transformers (float32, or bfloat16 on a GPU); s3 and s4 are answered by t"
    )
    assert "media: none; " in what_differed(registry["t"], current_settings())
