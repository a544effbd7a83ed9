"""docs/pictures/, from the report of an evaluation: `python -m tests.docs.pictures [report.html]`."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from emoprefer_assets.settings import current_settings
from tests.docs.pages import DOCS
from tests.report.chromium import ARGUMENTS, CHROMIUM

PICTURES = DOCS / "pictures"
MOST_BYTES = 150_000
COLOURS = 128
# What is shown: the part of the address, and the element.
SHOWN = {
    "leaderboard": ("", "#leaderboard figure"),
    "judges": ("", "#judges figure"),
    "pairs": ("#pairs?show=disagreements&judge=tiny_omni", "#pair-list > :first-child"),
}


def take(report: Path, folder: Path) -> list[Path]:
    """One picture of each part of `report` that `SHOWN` names, in the light colours, into `folder`."""
    files = []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, (address, element) in SHOWN.items():
            page = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme="light")
            page.set_default_timeout(120_000)
            page.goto(report.as_uri() + address)
            shown = page.locator(element).first
            shown.scroll_into_view_if_needed()
            # Charts are drawn when they come into view.
            page.wait_for_timeout(2_000)
            files.append(_saved(shown.screenshot(), folder / f"{name}.png"))
            page.close()
        browser.close()
    return files


def _saved(png: bytes, file: Path) -> Path:
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)
    return file


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    made_from = Path(sys.argv[1]).resolve() if sys.argv[1:] else current_settings().report
    for made in take(made_from, PICTURES):
        print(f"{made} ({made.stat().st_size / 1000:.0f} kB)")
