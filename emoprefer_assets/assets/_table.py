"""`@table`: an asset that makes one table of the warehouse from other tables and sources."""

import hashlib
import inspect
import re
import string
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from emoprefer_assets.assets._check_book import CheckBook
from emoprefer_assets.assets._failing import failures_named
from emoprefer_assets.assets._sources import JUDGE_ENTRIES, SOURCES, judge_partitions
from emoprefer_assets.checks import PREDICTIONS, Check, CheckOutcome, checks_of, run_checks
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.intake import all_judges
from emoprefer_assets.progress import working
from emoprefer_assets.rows import each_row
from emoprefer_assets.settings import PROJECT, Settings, current_settings
from emoprefer_assets.store import TABLES, Journal, Warehouse

OWNERS = ["team:emoprefer"]
# Parameters that are no tables and no sources.
OF_THE_RUN = ("judge", "settings", "together")


def _code_version() -> str:
    """Changes with any line of the package or of sql/: tables are made anew then, without a judge call."""
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted([*(PROJECT / "emoprefer_assets").rglob("*.py"), *(PROJECT / "sql").rglob("*.sql")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()


CODE_VERSION = _code_version()


@dataclass(frozen=True)
class Rows:
    """A table, what else is worth showing about how it was made, and how many rows the next run asks for again."""

    frame: pd.DataFrame
    metadata: dict[str, Any] = field(default_factory=dict)
    unanswered: int = 0


@dataclass(frozen=True)
class TableAsset:
    """How one table is made.

    Attributes:
        name: of the table and the asset.
        make: takes `inputs` and `sources` by name, returns the rows. A table made judge by judge also takes `judge`,
            `settings` and `together`, the names of the tables that are made in the same run.
        inputs: tables that it is made from.
        sources: sources that it is made from.
        judge_inputs: for a table made judge by judge, the version of the judge's answers; else None.
        asset: the Dagster asset.
    """

    name: str
    make: Callable[..., pd.DataFrame | Rows]
    inputs: tuple[str, ...]
    sources: tuple[str, ...]
    judge_inputs: Callable[[Any, Settings], dict[str, str]] | None
    asset: dg.AssetsDefinition

    @property
    def by_judge(self) -> bool:
        return self.judge_inputs is not None

    def source_versions(self, settings: Settings, judge: str) -> dict[str, str]:
        """Versions of everything that the table is made from and no asset makes."""
        versions = {name: SOURCES[name].version(settings) for name in self.sources}
        if self.judge_inputs:
            versions |= self.judge_inputs(all_judges(settings)[judge], settings)
        return versions


TABLE_ASSETS: dict[str, TableAsset] = {}


def table(
    *,
    group: str,
    name: str | None = None,
    judge_inputs: Callable[[Any, Settings], dict[str, str]] | None = None,
) -> Callable[[Callable[..., pd.DataFrame | Rows]], TableAsset]:
    """Make an asset of a function from tables and sources, named by its parameters, to a table.

    The asset reads its tables in one transaction, runs the function, runs the table's checks, and only then replaces
    the table: where a check of severity error fails, what was stored before stays as it was. A parameter `predictions`
    gets the predictions of every strategy.
    """

    def decorate(make: Callable[..., pd.DataFrame | Rows]) -> TableAsset:
        table_name = name or make.__name__
        parameters = [
            parameter
            for parameter in inspect.signature(make).parameters
            if parameter not in ("judge", "settings", "together")
        ]
        sources = tuple(parameter for parameter in parameters if parameter in SOURCES)
        tables = (parameter for parameter in parameters if parameter not in SOURCES)
        inputs = tuple(chain.from_iterable(PREDICTIONS if name == "predictions" else [name] for name in tables))
        schema = TABLES[table_name]
        checks = checks_of(table_name)

        @dg.asset(
            name=table_name,
            deps=[*sources, *inputs, *([JUDGE_ENTRIES] if judge_inputs else [])],
            group_name=group,
            owners=OWNERS,
            kinds={"duckdb", "python"},
            description=f"{inspect.getdoc(make)}\n\n{schema.comment}",
            partitions_def=judge_partitions if judge_inputs else None,
            code_version=CODE_VERSION,
            metadata={"dagster/column_schema": _column_schema(table_name)},
            check_specs=[check.spec for check in checks],
        )
        def asset(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]:
            judge = context.partition_key if judge_inputs else ""
            yield from _materialise(TABLE_ASSETS[table_name], checks, judge, context)

        made = TableAsset(table_name, make, inputs, sources, judge_inputs, asset)
        TABLE_ASSETS[table_name] = made
        return made

    return decorate


def tables_in_parts() -> list[str]:
    """The tables that are made judge by judge."""
    return [table.name for table in TABLE_ASSETS.values() if table.by_judge]


def _materialise(
    table_asset: TableAsset, checks: list[Check], judge: str, context: dg.AssetExecutionContext
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]:
    with failures_named():
        settings = current_settings()
        warehouse = Warehouse(settings.warehouse)
        snapshot = warehouse.read(table_asset.inputs, in_parts=tables_in_parts(), judge=judge)
        versions = snapshot.versions_of(table_asset.inputs) | table_asset.source_versions(settings, judge)
        values: dict[str, Any] = dict(snapshot.tables)
        if "predictions" in inspect.signature(table_asset.make).parameters:
            values["predictions"] = pd.concat([values.pop(name) for name in PREDICTIONS], ignore_index=True)
        values |= {name: SOURCES[name].load(settings) for name in table_asset.sources}
        if table_asset.by_judge:
            together = {key.to_user_string() for key in context.job_def.asset_layer.executable_asset_keys}
            of_the_run = (all_judges(settings)[judge], settings, together)
            given = inspect.signature(table_asset.make).parameters
            values |= {name: value for name, value in zip(OF_THE_RUN, of_the_run, strict=True) if name in given}
        # Judge calls have a bar of their own.
        with nullcontext() if table_asset.by_judge else working(f"making {table_asset.name}"):
            made = table_asset.make(**values)
            rows = made if isinstance(made, Rows) else Rows(made)
            outcomes = run_checks(checks, rows.frame, values)
        yield from (outcome.result for outcome in outcomes)
        if table_asset.by_judge:
            CheckBook(Journal(settings.check_book)).note(judge, table_asset.name, outcomes)
        _refuse_if_broken(table_asset.name, outcomes)
        metadata = {"dagster/row_count": len(rows.frame), **rows.metadata, "first_rows": _preview(rows.frame)}
        version = warehouse.write(table_asset.name, rows.frame, CODE_VERSION, versions, judge, rows.unanswered)
    told = [
        f"{name}: {value}" for name, value in rows.metadata.items() if not isinstance(value, dg.MarkdownMetadataValue)
    ]
    if told:
        context.log.info("\n".join(told))
    yield dg.MaterializeResult(data_version=dg.DataVersion(version), metadata=metadata)


def _refuse_if_broken(name: str, outcomes: list[CheckOutcome]) -> None:
    broken = [outcome for outcome in outcomes if outcome.blocks]
    if broken:
        reasons = "; ".join(f"{outcome.check.name}: {outcome.summary}" for outcome in broken)
        raise EmopreferError(f"table {name} was not replaced. {reasons}")


def _column_schema(name: str) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=column, type=kind, description=comment)
            for column, kind, comment in TABLES[name].columns
        ]
    )


def _preview(frame: pd.DataFrame) -> dg.MarkdownMetadataValue:
    cells = [[_cell(_shown(value)) for value in row] for row in each_row(frame.head(5))]
    lines = [[*map(str, frame.columns)], ["---"] * len(frame.columns), *cells]
    return dg.MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return ", ".join(map(_shown, value))
    if pd.isna(value):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) and value % 1 else str(value)


def _cell(value: str) -> str:
    """Text from outside as one cell of a Markdown table, where it makes no picture, no link and no second cell."""
    short = value if len(value) <= 60 else value[:57] + "..."
    escaped = re.sub(f"([{re.escape(string.punctuation)}])", r"\\\1", " ".join(short.split()))
    # Dagster's Markdown links bare addresses even where they are escaped: a word joiner, which nobody sees, parts them.
    return re.sub(r"(\\/\\/|www|\\@)", "\\1\u2060", escaped, flags=re.IGNORECASE)
