"""docs/tables.md says what the definitions say."""

import dagster as dg

from emoprefer_assets.assets import TABLE_ASSETS
from emoprefer_assets.store import TABLES
from tests.docs.pages import DOCS
from tests.docs.tables import GROUPS, page

PAGE = DOCS / "tables.md"


def test_the_page_is_what_the_definitions_make():
    assert PAGE.read_text() == page(), "run `make docs`"


def test_every_table_and_column_is_there():
    text = PAGE.read_text()
    for schema in TABLES.values():
        assert f"\n### {schema.name}\n" in text
        assert all(f"| `{column}` |" in text for column in schema.column_names)


def test_every_column_says_what_it_holds():
    bare = [(schema.name, name) for schema in TABLES.values() for name, _, comment in schema.columns if not comment]
    assert bare == []


def test_every_group_is_described():
    assert {made.asset.specs_by_key[dg.AssetKey(made.name)].group_name for made in TABLE_ASSETS.values()} <= set(GROUPS)
