"""What a check is, what comes of it, and which there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import pandas as pd

from emoprefer_assets.store import TABLES

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN

# From the asset's inputs to an expectation on its rows, or None where it does not apply to this data set.
Build = Callable[[Mapping[str, Any]], "Expectation | None"]
# From the rows and the asset's inputs to whether each row is as it must be, or None as above.
Holds = Callable[[pd.DataFrame, Mapping[str, Any]], "pd.Series | None"]


@dataclass(frozen=True)
class Check:
    """A sentence that must hold for every row of `table`, either by `build` or by `holds`.

    Attributes:
        build: the expectation that says it.
        holds: whether it holds, by row.
        columns: those that the sentence is about, if it is not about whole rows: they are shown. Of a table that SQL
            makes, it is then given each combination of their values once.
    """

    name: str
    table: str
    severity: dg.AssetCheckSeverity
    build: Build | None = None
    holds: Holds | None = None
    columns: tuple[str, ...] = ()

    @property
    def spec(self) -> dg.AssetCheckSpec:
        sentence = self.name.replace("_", " ").capitalize() + "."
        return dg.AssetCheckSpec(self.name, asset=self.table, description=sentence, blocking=self.severity is ERROR)


@dataclass(frozen=True)
class CheckOutcome:
    """Whether a check held, and the rows that break it.

    Attributes:
        rows: the first of them.
        breaking: how many they are.
    """

    check: Check
    passed: bool
    summary: str
    rows: pd.DataFrame
    breaking: int = 0

    @property
    def blocks(self) -> bool:
        """Whether the table must not be replaced."""
        return not self.passed and self.check.severity is ERROR

    @property
    def result(self) -> dg.AssetCheckResult:
        """The outcome as Dagster shows it, with the first offending rows."""
        rows = json.loads(self.rows.to_json(orient="records", date_format="iso"))
        return dg.AssetCheckResult(
            passed=self.passed,
            check_name=self.check.name,
            asset_key=self.check.table,
            severity=self.check.severity,
            description=self.summary,
            metadata={
                # Dagster draws numbers over time.
                "rows_that_break_it": self.breaking,
                **({"offending_rows": rows} if rows else {}),
            },
        )


_CHECKS: list[Check] = []


def checks_of(table: str) -> list[Check]:
    """The checks of a table, in the order in which they are written here."""
    relation = TABLES[table].relation
    return [replace(check, table=table) for check in _CHECKS if check.table in (table, relation)]


def expect(*tables: str, severity: dg.AssetCheckSeverity = ERROR) -> Callable[[Build], Build]:
    """Register a function as a check on each of `tables`; its name is the sentence."""

    def register(build: Build) -> Build:
        _CHECKS.extend(Check(build.__name__, table, severity, build) for table in tables)
        return build

    return register


def expect_of_rows(
    *tables: str, severity: dg.AssetCheckSeverity = ERROR, columns: tuple[str, ...] = ()
) -> Callable[[Holds], Holds]:
    """Register a function that says of each row whether it is as it must be; its name is the sentence."""

    def register(holds: Holds) -> Holds:
        _CHECKS.extend(Check(holds.__name__, table, severity, holds=holds, columns=columns) for table in tables)
        return holds

    return register
