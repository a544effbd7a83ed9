"""docs/tables.md says what the definitions say."""

from emoprefer_assets.definitions import defs
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


def test_the_graph_of_groups_reads_from_left_to_right():
    graph = defs.resolve_asset_graph()
    places = list(GROUPS)
    backwards = [
        (parent.to_user_string(), key.to_user_string())
        for key in graph.get_all_asset_keys()
        for parent in graph.get(key).parent_keys
        if places.index(graph.get(parent).group_name) > places.index(graph.get(key).group_name)
    ]
    assert backwards == []
