"""A walk through Dagster's UI in Chromium: what there is to see, and one judge evaluated by a few clicks.

The pictures that it takes on its way stay in EMOPREFER_SCREENSHOTS, if that names a folder.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.runs.records import dagster_records
from emoprefer_assets.settings import PROJECT, Settings, current_settings
from tests.conftest import Records
from tests.report.chromium import ARGUMENTS, CHROMIUM

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("random_weights"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; EMOPREFER_CHROMIUM names one"),
]
LOCATION = "/locations/emoprefer_assets.definitions"
PATIENCE_SECONDS = 400
# Tests forget variables of this name while they run.
PICTURES = os.environ.get("EMOPREFER_SCREENSHOTS")
PLOTS = {
    "judge_board": "plot_scores_with_intervals",
    "recognition_and_consistency": "plot_swap_consistency_against_waf",
    "leaderboard": "plot_ratings_with_intervals",
    "reliability_curve": "plot_reliability",
}
HOSTILE = "![x]({url}/pixel.png) [link]({url}) {url} www.evil.example <img src={url}>"
REGISTRY = """\
judges:
  - {{name: longer, backend: rules, rule: longer, note: "{note}"}}
  - {{name: system_prior, backend: rules, rule: system_prior}}
  - {{name: attentive, backend: replay, path: {recorded}/simulated_attentive.csv}}
  - {{name: first, backend: replay, path: {recorded}/simulated_first.csv}}
  - {{name: wordy, backend: replay, path: {recorded}/simulated_wordy.csv}}
  - {{name: tiny, backend: transformers, model: {model}}}
"""
NEW_JUDGE = "  - {name: shorter, backend: rules, rule: shorter}\n"


@pytest.fixture
def records() -> Records:
    """On disk, where Dagster's web server finds them."""
    return dagster_records


@pytest.fixture
def evaluated(settings: Settings, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The embedded sample with two rules, three recordings and a small model; a judge's note is hostile."""
    note = HOSTILE.format(url="http://127.0.0.1:9")
    recorded = PROJECT / "data" / "sample" / "recorded"
    settings.judges_file.write_text(REGISTRY.format(note=note, recorded=recorded, model=tiny_model))
    monkeypatch.setenv("EMOPREFER_ROUNDS", "1")
    assert not evaluate(Run(current_settings())).failures
    return current_settings()


@pytest.fixture
def address(evaluated: Settings, tmp_path: Path) -> Iterator[str]:
    """Where `dagster dev` serves the evaluated home."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_MODULE_NAME"}
    command = [sys.executable, "-m", "dagster", "dev", "--workspace", "workspace.yaml", "--port", str(port)]
    log = tmp_path / "dagster.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            served = f"http://127.0.0.1:{port}"
            await_true(lambda: answers(served), "dagster dev serves no page")
            yield served
        except AssertionError:
            print(log.read_text()[-4000:])
            raise
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(PICTURES or tmp_path / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Walk:
    """One browser window; what it shows is kept as numbered pictures."""

    def __init__(self, page: playwright.Page, address: str, pictures: Path) -> None:
        self.page, self.address, self.pictures = page, address, pictures

    def go(self, path: str, seen: str | re.Pattern[str]) -> None:
        """Open a page and wait until it shows `seen`."""
        self.page.goto(self.address + path)
        self.see(seen)

    def see(self, text: str | re.Pattern[str]) -> None:
        playwright.expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible()

    def open(self, entry: str) -> None:
        """Show an entry of the metadata that is too long to be shown at once."""
        self.page.wait_for_timeout(1000)
        long = self.page.locator("tr").filter(has_text=entry).get_by_text("[Show Markdown]")
        if long.count():
            long.first.click()

    def keep(self, name: str) -> None:
        self.page.wait_for_timeout(2500)  # Panels slide in, and states of assets come one by one.
        number = len(list(self.pictures.glob("*.png"))) + 1
        self.page.screenshot(path=self.pictures / f"{number:02d}_{name}.png")

    def button(self, name: str | re.Pattern[str]) -> playwright.Locator:
        return self.page.get_by_role("button", name=name).locator("visible=true").first

    def turn(self, automation: str, on: bool) -> None:
        """Turn the switch of an automation."""
        self.go("/automation", automation)
        switch = (
            self.page.get_by_text(automation, exact=True)
            .locator("visible=true")
            .first.locator("xpath=following::label[contains(@class, 'Switch')][1]")
        )
        playwright.expect(switch.locator("input")).to_be_checked(checked=not on)
        switch.click()
        playwright.expect(switch.locator("input")).to_be_checked(checked=on)


@pytest.fixture
def walk(address: str, pictures: Path) -> Iterator[Walk]:
    playwright.expect.set_options(timeout=60_000)
    with playwright.sync_playwright() as library:
        chromium = library.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = chromium.new_page(viewport={"width": 1500, "height": 1000})
        page.set_default_timeout(60_000)
        yield Walk(page, address, pictures)
        chromium.close()


def test_a_walk_through_the_ui(walk: Walk, evaluated: Settings) -> None:
    the_graph_has_a_group_for_each_stage(walk)
    an_asset_says_what_it_is(walk)
    the_last_checks_are_there(walk)
    plots_are_seen(walk)
    text_from_outside_makes_no_picture_and_no_link(walk)
    a_judge_evaluated_by_clicks_comes_onto_the_board(walk, evaluated)
    row_counts_are_there_over_time(walk)


def the_graph_has_a_group_for_each_stage(walk: Walk) -> None:
    walk.go("/asset-groups", "Global asset lineage")
    for group in ("sources", "data", "judges", "scores", "crowd", "competition", "leaderboard", "report"):
        walk.see(group)
    walk.keep("groups")
    walk.go(f"{LOCATION}/asset-groups/crowd", "crowd_verdicts")
    walk.keep("assets_of_a_group")


def an_asset_says_what_it_is(walk: Walk) -> None:
    walk.go("/assets/judge_board?view=overview", "Every judge at its best strategy, with its gain over the best")
    for text in ("Row count", "waf_2class_low", "Lower end of its 95 percent interval by clip", "INTEGER"):
        walk.see(text)
    walk.keep("an_asset")
    walk.see("best_judge_waf_2class")
    walk.page.get_by_text("best_judge_waf_2class").first.scroll_into_view_if_needed()
    walk.keep("its_metadata")


def the_last_checks_are_there(walk: Walk) -> None:
    walk.go("/assets/s1_predictions?view=checks", "A careful reader reads four of five replies alike.")
    walk.see(re.compile(r"holds for \d+ rows"))
    walk.see("rows_that_break_it")
    walk.keep("checks_of_the_last_judge")
    walk.go("/assets/judge_checks?view=events", "first_rows")
    walk.open("first_rows")
    walk.see("every_verdict_is_known")
    walk.keep("checks_by_judge")


def plots_are_seen(walk: Walk) -> None:
    for asset, plot in PLOTS.items():
        walk.go(f"/assets/{asset}?view=events", plot)
        walk.open(plot)
        picture = walk.page.get_by_role("img", name=plot)
        playwright.expect(picture).to_be_visible()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 200
        walk.keep(plot)


def text_from_outside_makes_no_picture_and_no_link(walk: Walk) -> None:
    asked: list[str] = []
    walk.page.on("request", lambda request: asked.append(request.url))
    walk.go("/assets/judges?view=events", "first_rows")
    walk.open("first_rows")
    table = walk.page.locator("table").filter(has_text="content_blind").last
    playwright.expect(table).to_contain_text("![x](http://")
    walk.keep("first_rows")
    assert table.locator("img, a").count() == 0
    assert [url for url in asked if not url.startswith((walk.address, "data:", "blob:"))] == []


def a_judge_evaluated_by_clicks_comes_onto_the_board(walk: Walk, settings: Settings) -> None:
    walk.turn("evaluation_follows", on=False)
    walk.keep("automation")
    with settings.judges_file.open("a") as registry:
        registry.write(NEW_JUDGE)
    # With the sensor off, the new judge is known when the code location is loaded again.
    walk.go("/deployment/locations", "Reload all")
    walk.button(re.compile("Reload$")).click()
    walk.go(f"{LOCATION}/jobs/evaluate_judge", "Ask one judge, or by a backfill several")
    walk.keep("a_job")
    await_true(lambda: choose_partition(walk, "shorter"), "the new judge has no partition")
    walk.keep("one_judge_chosen")
    walk.button(re.compile("Launch")).click()
    await_true(lambda: has_answers(settings, "shorter"), "the judge was not asked")
    walk.go("/runs", "evaluate_judge")
    walk.keep("its_run")
    assert not on_the_board(settings, "shorter")
    walk.turn("evaluation_follows", on=True)
    await_true(lambda: on_the_board(settings, "shorter"), "the board does not follow")


def row_counts_are_there_over_time(walk: Walk) -> None:
    walk.go("/assets/judge_board?view=overview", "Row count")
    walk.page.get_by_role("button", name="Plots").click()
    walk.page.get_by_role("button", name="Plots").scroll_into_view_if_needed()
    walk.see("dagster/row_count")
    walk.keep("row_counts_over_time")


def choose_partition(walk: Walk, name: str) -> bool:
    """Open the dialog and choose a judge's partition in it, if it is there already."""
    walk.page.reload()
    walk.button(re.compile("Materialize")).click()
    chooser = walk.page.get_by_text("Select a partition or create one")
    # Nobody has been asked about battles yet, which Dagster asks back about.
    playwright.expect(chooser.or_(walk.page.get_by_role("button", name="Confirm"))).to_be_visible()
    if not chooser.count():
        walk.button("Confirm").click()
    chooser.click()
    try:
        walk.page.get_by_placeholder("Filter partitions").fill(name, timeout=10_000)
    except playwright.TimeoutError:
        # A page that was not ready when it was clicked: the next time it is.
        return False
    walk.page.wait_for_timeout(1500)
    found = walk.page.get_by_text(name, exact=True).locator("visible=true")
    if not found.count():
        return False
    found.last.click()
    walk.page.get_by_text("Partition selection").click()
    return True


def has_answers(settings: Settings, judge: str) -> bool:
    try:
        with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
            return bool(warehouse.execute("from s1_predictions where judge = ?", [judge]).fetchall())
    except duckdb.Error:
        # A run is writing.
        return False


def on_the_board(settings: Settings, judge: str) -> bool:
    with duckdb.connect(str(settings.database), read_only=True) as published:
        return bool(published.execute("from judge_board where judge = ?", [judge]).fetchall())


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/server_info", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def await_true(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(2)
