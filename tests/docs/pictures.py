"""docs/pictures/, from the report of an evaluation: `python -m tests.docs.pictures [report.html]`."""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, sync_playwright

from emoprefer_assets.settings import current_settings
from tests.docs.pages import DOCS
from tests.report.chromium import ARGUMENTS, CHROMIUM

PICTURES = DOCS / "pictures"
MOST_BYTES = 150_000
COLOURS = 128
MARGIN = 16
# What is shown: the part of the address, and the element; of a chart's figure what stands above its table.
SHOWN = {
    "leaderboard": ("", "#ratings"),
    "judges": ("", "#scores"),
    "pairs": ("#pairs?show=disagreements&judge=tiny_video", "#pair-list > *"),
}


def take(report: Path, folder: Path) -> list[Path]:
    """One picture of each part of `report` that `SHOWN` names, in the light colours, into `folder`."""
    files = []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        # So high that nothing has to be scrolled to: charts are drawn when they come into view.
        page = browser.new_page(viewport={"width": 1000, "height": 16_000}, color_scheme="light")
        page.set_default_timeout(120_000)
        for name, (address, element) in SHOWN.items():
            page.goto(report.as_uri() + address)
            page.wait_for_timeout(3_000)
            # Not every machine has a font with Chinese letters.
            shown = next(
                one for one in page.locator(element).all() if not re.search("[\u4e00-\u9fff]", one.inner_text())
            )
            files.append(_saved(page.screenshot(clip=_place(shown)), folder / f"{name}.png"))
        browser.close()
    return files


def _place(shown: Locator) -> dict[str, float]:
    x, y, width, height = (shown.bounding_box()[side] for side in ("x", "y", "width", "height"))
    if tables := shown.locator("table").all():
        height = tables[0].bounding_box()["y"] - y - MARGIN
    return {"x": x - MARGIN, "y": y - MARGIN, "width": width + 2 * MARGIN, "height": height + 2 * MARGIN}


def _saved(png: bytes, file: Path) -> Path:
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)
    return file


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    made_from = Path(sys.argv[1]).resolve() if sys.argv[1:] else current_settings().report
    for made in take(made_from, PICTURES):
        print(f"{made} ({made.stat().st_size / 1000:.0f} kB)")
