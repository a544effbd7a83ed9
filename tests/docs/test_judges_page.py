"""Every entry on the page of judges can be pasted into a registry."""

import re

from emoprefer_assets.judges import read_registry
from tests.docs.pages import DOCS

ENTRY = re.compile(r"`(\{name: .*?\})` \|$", re.MULTILINE)


def test_every_entry_of_the_tables_is_valid_and_has_a_name_of_its_own(tmp_path):
    entries = ENTRY.findall((DOCS / "judges.md").read_text())
    file = tmp_path / "judges.yaml"
    file.write_text("judges:\n" + "".join(f"  - {entry}\n" for entry in entries))
    assert len(read_registry(file).names) == len(entries) > 25
