"""The site's navigation has every page; `make site` builds it, and fails where a link is broken."""

import re

from emoprefer_assets.settings import PROJECT


def test_every_page_is_in_the_navigation_once():
    named = re.findall(r": ([\w-]+\.md)$", (PROJECT / "website" / "mkdocs.yml").read_text(), flags=re.MULTILINE)
    made = {"index.md", "contributing.md", "changelog.md"}
    assert sorted(named) == sorted({page.name for page in (PROJECT / "docs").glob("*.md")} | made)
