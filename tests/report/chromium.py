"""The browser that the report is tried in."""

from __future__ import annotations

import os
import shutil

# EMOPREFER_CHROMIUM names another browser of the family.
CHROMIUM = os.environ.get("EMOPREFER_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
