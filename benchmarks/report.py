"""How fast a report of many pairs and judges is made and opened, and how smoothly it scrolls.

Run: python -m benchmarks.report [--pairs N] [--judges N] [--words N] [--keep FILE]

The tables are made up. Chromium opens the file from disk in a new profile each time; times are medians of five. Open is
until the first page of pairs and all text are there, drawn until the last chart is. Frames are those that the browser
shows while it scrolls from the top to the end in three seconds; filters are timed from the change to the new list.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import duckdb
from playwright.sync_api import Browser, sync_playwright

from emoprefer_assets.report import render_report
from tests.report.chromium import ARGUMENTS, CHROMIUM
from tests.report.made_up import make_database

OPENINGS = 5
SCROLL = """
() => new Promise((resolve) => {
  const [end, gaps, begun] = [document.body.scrollHeight - innerHeight, [], performance.now()];
  document.documentElement.style.scrollBehavior = "auto";
  let last = begun;
  const step = (now) => {
    gaps.push(now - last);
    last = now;
    scrollTo(0, (end * (now - begun)) / 3000);
    if (now - begun < 3000) requestAnimationFrame(step);
    else resolve(gaps.slice(1));
  };
  requestAnimationFrame(step);
})
"""
FILTER = """
() => {
  const list = document.querySelector("#filters [name=show]");
  const begun = performance.now();
  list.value = "disagreements";
  list.dispatchEvent(new Event("change", { bubbles: true }));
  document.body.getBoundingClientRect();
  return performance.now() - begun;
}
"""


def open_once(browser: Browser, file: Path) -> dict[str, float]:
    """Milliseconds of one opening in a profile of its own."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    begun = time.perf_counter()
    page.goto(file.as_uri(), wait_until="domcontentloaded")
    page.wait_for_selector(".pair")
    opened = time.perf_counter()
    page.wait_for_selector("html[data-drawn]", state="attached")
    drawn = time.perf_counter()
    gaps = page.evaluate(SCROLL)
    found = {
        "open": 1000 * (opened - begun),
        "drawn": 1000 * (drawn - begun),
        "filter": page.evaluate(FILTER),
        "frame, median": statistics.median(gaps),
        "frame, 95 %": sorted(gaps)[int(0.95 * len(gaps))],
        "frame, longest": max(gaps),
        "elements": page.evaluate("document.querySelectorAll('*').length"),
    }
    page.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--judges", type=int, default=40)
    parser.add_argument("--words", type=int, default=100, help="Words of a description.")
    parser.add_argument("--keep", type=Path, help="Keep the report as this file.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = make_database(
            Path(folder) / "published.duckdb", pairs=options.pairs, judges=options.judges, words=options.words
        )
        begun = time.perf_counter()
        with duckdb.connect(str(database), read_only=True) as connection:
            text = render_report(connection)
        made = time.perf_counter() - begun
        file = (options.keep or Path(folder) / "report.html").resolve()
        file.write_text(text, encoding="utf-8")
        print(
            f"{options.pairs:,} pairs x {options.judges} judges: made in {made:.1f} s, "
            f"{file.stat().st_size / 1e6:.1f} MB"
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            openings = [open_once(browser, file) for _ in range(OPENINGS)]
            browser.close()
    for name in openings[0]:
        values = [opening[name] for opening in openings]
        unit = "" if name == "elements" else " ms"
        print(f"{name:>16}  {statistics.median(values):8,.0f}{unit}  ({min(values):,.0f} to {max(values):,.0f})")


if __name__ == "__main__":
    main()
