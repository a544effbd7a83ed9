from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from emoprefer_assets.report import render_report
from tests.report.chromium import running_browser
from tests.report.made_up import make_database

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@pytest.fixture
def blank_page() -> None:
    """What a report shows is the subject here."""


@dataclass
class Opened:
    """A report in the browser, and what went wrong in it.

    Attributes:
        complaints: console errors, uncaught exceptions, and violations of the page's policy.
        requests: addresses asked for, the report's own left out.
    """

    page: playwright.Page
    file: Path
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def count(self, selector: str) -> int:
        return self.page.locator(selector).count()

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.text_content()


# Playwright keeps an event loop running in this thread while it is open, and Dagster's runs need to start their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def open_report(browser: playwright.Browser) -> Iterator[Callable[..., Opened]]:
    """Opens a file in a profile of its own, and waits until everything is drawn."""
    contexts = []

    def open_report(file: Path, part: str = "", width: int = 1280, height: int = 900, **options: object) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        opened = Opened(page, file)
        page.on(
            "console", lambda said: opened.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (opened.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: opened.requests.append(request.url))
        page.goto(file.as_uri() + part)
        page.wait_for_selector("html[data-drawn]", state="attached")
        opened.requests = [url for url in opened.requests if not url.startswith((file.as_uri(), "data:"))]
        return opened

    yield open_report
    for context in contexts:
        context.close()


def write_report_of(database: Path, file: Path, **options: object) -> Path:
    with duckdb.connect(str(database), read_only=True) as connection:
        file.write_text(render_report(connection, **options), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of 40 pairs and 4 judges."""
    folder = tmp_path_factory.mktemp("report")
    return write_report_of(make_database(folder / "published.duckdb"), folder / "report.html")
