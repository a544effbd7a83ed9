"""docs/tables.md, from the definitions: `python -m tests.docs.tables > docs/tables.md`."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import duckdb

from emoprefer_assets.assets import TABLE_ASSETS, TableAsset, all_assets
from emoprefer_assets.store import TABLES, TableSchema, assets_of, views
from emoprefer_assets.store.schema import RELATIONS, SQL
from tests.docs.pages import table

# From left to right, as Dagster draws them.
GROUPS = {
    "sources": "What comes from outside: files, and what was handed in. No asset makes them.",
    "data": "The pairs, the votes of people and what they agree on, and which descriptions may be judged.",
    "judges": "Who may be asked, what is asked beside the pairs, and what each judge said.",
    "scores": "How good each judge is, beside baselines.",
    "crowd": "Judges together.",
    "competition": "What was handed in, battles and their verdicts, and judges beside people on all pairs voted on.",
    "leaderboard": "The leaderboard of the describing systems, by whose verdicts, and how it came about.",
    "report": "What people read.",
}
VIEWS = "Questions that are asked often, as views in the published database. They cost nothing until they are asked."
HEAD = """\
# Every asset and its table

Each asset of a group below makes the table of its name, in the warehouse and in the published database. The same words
are there, as comments (`from duckdb_columns()`), and in Dagster. This page is made from
`sql/` by `make docs`, and a test compares the two. What judges answered under all strategies is one relation,
`predictions`; `s1_predictions` and its like are views of it.
"""


def page() -> str:
    return "\n".join([HEAD, *_parts()])


def _parts() -> Iterator[str]:
    specs = {
        spec.key.to_user_string(): spec
        for asset in all_assets
        for spec in ([asset] if isinstance(asset, dg.AssetSpec) else asset.specs)
    }
    members_of = {group: {name: spec for name, spec in specs.items() if spec.group_name == group} for group in GROUPS}
    for group, members in members_of.items():
        links = (f"[{name}](#{name})" if name in TABLE_ASSETS else name for name in members)
        yield f"- **{group}**: {', '.join(links)}"
    yield ""
    for group, members in members_of.items():
        yield f"## The group {group}\n\n{GROUPS[group]}\n"
        without_table = [(f"`{name}`", _first(spec)) for name, spec in members.items() if name not in TABLE_ASSETS]
        if without_table:
            yield table(("asset", "what it is"), without_table)
        for name in members:
            if name in TABLE_ASSETS:
                yield _section(TABLE_ASSETS[name], TABLES[name], _first(members[name]))
    yield f"## Beside the assets\n\n{_shape(TABLES['lineage'], 'Written with every table.')}"
    yield f"## Views\n\n{VIEWS}\n"
    yield from _views()


def _views() -> Iterator[str]:
    with duckdb.connect() as database:
        for schema in RELATIONS.values():
            database.execute(schema.ddl)
        for statement in views().values():
            database.execute(statement)
        for name in sorted(views().keys() - {*assets_of("predictions")}):
            (grain,) = database.execute("select comment from duckdb_views() where view_name = ?", [name]).fetchone()
            columns = database.execute(
                "select column_name, data_type, comment from duckdb_columns() where table_name = ? "
                "order by column_index",
                [name],
            ).fetchall()
            asked = (SQL / "views" / f"{name}.sql").read_text().partition("\n")[0].removeprefix("-- Question: ")
            shown = table(("column", "type", "what it holds"), [(f"`{column}`", *rest) for column, *rest in columns])
            yield f"### {name}\n\n{asked[0].upper()}{asked[1:]}\n\n{grain}\n\n{shown}"


def _first(spec: dg.AssetSpec) -> str:
    return (spec.description or "").split("\n\n")[0].replace("\n", " ")


def _section(made: TableAsset, schema: TableSchema, about: str) -> str:
    inputs = list(made.inputs)
    if {*assets_of("predictions")} <= set(inputs):
        inputs = [name for name in inputs if name not in assets_of("predictions")] + ["predictions of every strategy"]
    judge = ["the judge's entry (one partition a judge)"] if made.by_judge else []
    origin = ", ".join([*inputs, *made.sources, *judge]) or "nothing"
    return _shape(schema, f"{about} Made from: {origin}.")


def _shape(schema: TableSchema, about: str) -> str:
    like = TABLES["s1_predictions"]
    alike = schema.name != like.name and schema.column_names == like.column_names
    columns = (
        f"Columns as in [{like.name}](#{like.name}).\n"
        if alike
        else table(("column", "type", "what it holds"), [(f"`{name}`", *rest) for name, *rest in schema.columns])
    )
    return f"### {schema.name}\n\n{about}\n\n{schema.comment}\n\n{columns}"


if __name__ == "__main__":
    print(page(), end="")
