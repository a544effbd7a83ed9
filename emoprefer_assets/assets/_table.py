"""Assets that each make one table of the warehouse: by a Python function (`@table`) or by SQL (`step_table`)."""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any, get_type_hints

import dagster as dg
import pandas as pd

from emoprefer_assets.assets._failing import failures_named
from emoprefer_assets.assets._preview import preview
from emoprefer_assets.assets._sources import SOURCES
from emoprefer_assets.assets.relations import Relation
from emoprefer_assets.checks import CheckOutcome, checks_of, prepare_checks, run_checks
from emoprefer_assets.code_version import code_version, plugin_files
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import Judge
from emoprefer_assets.progress import working
from emoprefer_assets.run import Run
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import TABLES, Origin, Reading, assets_of, make_by_step, step_relations
from emoprefer_assets.store.schema import SQL

OWNERS = ["team:emoprefer"]
# What a materialisation yields.
Results = Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]
Plot = Callable[[pd.DataFrame], dict[str, Any]]


@dataclass(frozen=True)
class Rows:
    """A table, and what else is worth showing about how it was made."""

    frame: pd.DataFrame
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TableAsset:
    """How one table is made.

    Attributes:
        name: of the table and the asset.
        inputs: tables that it is made from.
        sources: sources that it is made from.
        code_version: of the code that makes it.
        judge_versions: for a table made judge by judge, the versions of what the judge's answers depend on beside
            `inputs`; else None.
        asset: the Dagster asset that makes it, with others or alone.
        make: the function inside, from inputs and sources by name to the rows; None where SQL or a judge makes them.
    """

    name: str
    inputs: tuple[str, ...]
    sources: tuple[str, ...]
    code_version: str
    judge_versions: Callable[[Judge, Settings], dict[str, str]] | None
    asset: dg.AssetsDefinition
    make: Callable[..., Any] | None = None

    @property
    def by_judge(self) -> bool:
        return self.judge_versions is not None


TABLE_ASSETS: dict[str, TableAsset] = {}


@cache
def _blas() -> Any:
    """NumPy's and SciPy's libraries, looked up once: that takes as long as making a small table."""
    import scipy.linalg  # noqa: F401

    # It changes the environment when it is imported.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def tables_in_parts() -> list[str]:
    """The tables that are made judge by judge."""
    return [made.name for made in TABLE_ASSETS.values() if made.by_judge]


def table(*, group: str) -> Callable[[Callable[..., pd.DataFrame | Rows]], TableAsset]:
    """Make an asset of a function from tables and sources, named by its parameters, to the table of its name.

    A parameter annotated with a `Relation` gets its arrays, any other a data frame. The asset reads its tables in one
    transaction, runs the function, runs the table's checks, and only then replaces the table: where a check of severity
    error fails, what was stored before stays as it was.
    """

    def decorate(make: Callable[..., pd.DataFrame | Rows]) -> TableAsset:
        name = make.__name__
        parameters = inspect.signature(make).parameters
        relations = [parameter for parameter in parameters if parameter not in SOURCES]
        kinds = {
            name: kind
            for name, kind in get_type_hints(make).items()
            if isinstance(kind, type) and issubclass(kind, Relation)
        }

        def values_of(reading: Reading, versions: Mapping[str, str]) -> dict[str, Any]:
            return {
                name: kinds[name].latest(reading, name, [versions[table] for table in assets_of(name)])
                if name in kinds
                else reading.frame(name)
                for name in relations
            }

        def materialise(run: Run) -> Results:
            with failures_named():
                made = TABLE_ASSETS[name]
                with run.warehouse.reading() as reading:
                    versions = reading.versions(made.inputs, tables_in_parts())
                    values = values_of(reading, versions)
                versions |= _source_versions(made.sources, run.settings)
                values |= {source: SOURCES[source].load(run.settings) for source in made.sources}
                # Many small products: BLAS threads that wait for each other double the CPU and save no time.
                with working(f"making {name}"), _blas().limit(limits=1):
                    returned = make(**values)
                    rows = returned if isinstance(returned, Rows) else Rows(returned)
                    outcomes = run_checks(checks_of(name), rows.frame, values)
                yield from (outcome.result for outcome in outcomes)
                refuse_if_broken(name, outcomes)
                with run.warehouse.writing() as writing:
                    version = writing.replace(name, rows.frame, Origin(made.code_version, versions))
            yield materialised(name, version, rows.frame.head(5), len(rows.frame), rows.metadata)

        inputs = tuple(chain.from_iterable(map(assets_of, relations)))
        sources = tuple(parameter for parameter in parameters if parameter in SOURCES)
        added = _added(name, group, inspect.getdoc(make) or "", inputs, sources, make.__module__, materialise)
        TABLE_ASSETS[name] = replace(added, make=make)
        return TABLE_ASSETS[name]

    return decorate


def step_table(
    name: str, group: str, says: str, variables: Mapping[str, str] | None = None, plot: Plot | None = None
) -> TableAsset:
    """Make an asset of `sql/steps/<name>.sql`, which runs in the warehouse, in the transaction that replaces the table.

    Args:
        says: what the table is, in a sentence.
        variables: DuckDB variables that the step reads with getvariable(), each with the source that it comes from.
        plot: metadata from the rows.
    """
    variables = variables or {}
    checks = checks_of(name)

    def materialise(run: Run) -> Results:
        made = TABLE_ASSETS[name]
        with failures_named(), working(f"making {name}"):
            sources = {variable: str(SOURCES[source].load(run.settings)) for variable, source in variables.items()}
            prepare_checks(checks)
            with run.warehouse.writing() as writing:
                versions = writing.versions(made.inputs, tables_in_parts())
                versions |= _source_versions(made.sources, run.settings)
                make_by_step(writing.connection, name, sources)
                rows = writing.connection.sql("from made" if plot else "from made limit 5").df()
                outcomes = [
                    outcome
                    for check in checks
                    for outcome in run_checks([check], _made_rows(writing, check.columns), _Frames(writing))
                ]
                if not any(outcome.blocks for outcome in outcomes):
                    version = writing.replace(name, "made", Origin(made.code_version, versions))
                ((count,),) = writing.connection.sql("select count(*) from made").fetchall()
            yield from (outcome.result for outcome in outcomes)
            refuse_if_broken(name, outcomes)
        yield materialised(name, version, rows.head(5), count, plot(rows) if plot else {})

    inputs = tuple(chain.from_iterable(map(assets_of, step_relations(name))))
    module = str(sys._getframe(1).f_globals["__name__"])
    return _added(
        name, group, says, inputs, tuple(variables.values()), module, materialise, [SQL / f"steps/{name}.sql"]
    )


def _made_rows(reading: Reading, columns: Sequence[str]) -> pd.DataFrame:
    """What a step has made: all rows, or each combination of the values of some columns once."""
    query = f"select distinct {', '.join(columns)} from made" if columns else "from made"
    rows: pd.DataFrame = reading.connection.sql(query).df()
    return rows


def _added(
    name: str,
    group: str,
    says: str,
    inputs: tuple[str, ...],
    sources: tuple[str, ...],
    module: str,
    materialise: Callable[[Run], Results],
    sql: list[Any] | None = None,
) -> TableAsset:
    version = code_version(module, [SQL / "tables" / f"{name}.sql", *(sql or []), *plugin_files(module)])

    @dg.asset(
        name=name,
        deps=[*sources, *inputs],
        group_name=group,
        owners=OWNERS,
        kinds={"duckdb", "sql" if sql else "python"},
        description=description_of(name, says),
        code_version=version,
        metadata=column_schema(name),
        check_specs=[check.spec for check in checks_of(name)],
        required_resource_keys={"run"},
    )
    def asset(context: dg.AssetExecutionContext) -> Results:
        yield from materialise(context.resources.run)

    TABLE_ASSETS[name] = TableAsset(name, inputs, sources, version, None, asset)
    return TABLE_ASSETS[name]


def _source_versions(sources: Iterable[str], settings: Settings) -> dict[str, str]:
    return {name: SOURCES[name].version(settings) for name in sources}


class _Frames(Mapping[str, pd.DataFrame]):
    """Tables for checks, each read when it is asked for."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._reading.frame(name)

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


def materialised(
    name: str, version: str, first_rows: pd.DataFrame, count: int, metadata: Mapping[str, Any]
) -> dg.MaterializeResult[Any]:
    """What Dagster is told of a table that was replaced."""
    return dg.MaterializeResult(
        asset_key=name,
        data_version=dg.DataVersion(version),
        metadata={"dagster/row_count": count, **metadata, "first_rows": preview(first_rows)},
    )


def refuse_if_broken(name: str, outcomes: Sequence[CheckOutcome]) -> None:
    """Raise an EmopreferError that says which checks of severity error failed."""
    if reasons := why_refused(outcomes):
        raise EmopreferError(f"table {name} was not replaced. {reasons}")


def why_refused(outcomes: Sequence[CheckOutcome]) -> str:
    """What the checks of severity error found; "" where none failed."""
    return "; ".join(f"{outcome.check.name}: {outcome.summary}" for outcome in outcomes if outcome.blocks)


def description_of(name: str, says: str) -> str:
    """What Dagster shows of an asset."""
    return f"{says}\n\n{TABLES[name].comment}"


def column_schema(name: str) -> dict[str, Any]:
    """The columns of a table, as metadata of its asset."""
    columns = [
        dg.TableColumn(name=column, type=kind, description=comment) for column, kind, comment in TABLES[name].columns
    ]
    return {"dagster/column_schema": dg.TableSchema(columns=columns)}
