"""What is out of date: which tables, which judges' parts of them, and what they would be made from now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter

import duckdb

from emoprefer_assets.assets import CODE_VERSION, TABLE_ASSETS, TableAsset
from emoprefer_assets.assets.judging import is_asked_about_battles
from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import TABLES, Warehouse, views
from emoprefer_assets.store.warehouse import NO_PART, WHOLE, Made, combined_versions
from emoprefer_assets.strategies import STRATEGIES

PUBLISHED = ("published_database", "report")
Part = tuple[str, str]  # a table, and the judge whose part it is (WHOLE for a table without parts)


@dataclass(frozen=True)
class Inventory:
    """What the warehouse holds, and what each table of it was made from."""

    made: Mapping[Part, Made]
    settings: Settings

    @classmethod
    def taken(cls, settings: Settings) -> Inventory:
        """The inventory of the warehouse as it is now."""
        return cls(Warehouse(settings.warehouse).made(), settings)

    def wanted(self, table: TableAsset, judge: str) -> dict[str, str]:
        """Versions of all that the table, or a judge's part of it, would be made from now.

        Raises:
            JudgeUnavailable: the judge cannot answer here.
        """
        versions = self._versions_for(judge)
        return table.source_versions(self.settings, judge) | {
            name: versions.get(name, NO_PART) for name in table.inputs
        }

    def is_stale(self, table: TableAsset, judge: str, unanswered_too: bool = True) -> bool:
        """Whether the table, or a judge's part of it, is missing or was made from something else.

        Args:
            unanswered_too: also where calls have failed.

        Raises:
            JudgeUnavailable: the judge cannot answer here.
        """
        last, wanted = self.made.get((table.name, judge)), self.wanted(table, judge)
        if last is None or last.code_version != CODE_VERSION or (unanswered_too and last.unanswered):
            return True
        return last.inputs != wanted

    def _versions_for(self, judge: str) -> Mapping[str, str]:
        """One version a table, as `judge`'s tables are made from them: of tables in parts, its own part."""
        if judge == WHOLE:
            return self._of_all
        return self._of_tables_without_parts | combined_versions(self._of_parts.get(judge, {}))

    @property
    def versions(self) -> dict[Part, str]:
        """The version of every table, or judge's part of one, that is there."""
        return {part: made.version for part, made in self.made.items()}

    @cached_property
    def _of_all(self) -> dict[str, str]:
        return combined_versions(self.versions)

    @cached_property
    def _of_tables_without_parts(self) -> dict[str, str]:
        return {table: made.version for (table, judge), made in self.made.items() if judge == WHOLE}

    @cached_property
    def _of_parts(self) -> dict[str, dict[Part, str]]:
        parts: dict[str, dict[Part, str]] = {}
        for (table, judge), made in self.made.items():
            if judge != WHOLE:
                parts.setdefault(judge, {})[table, judge] = made.version
        return parts


def out_of_date(settings: Settings) -> dict[Part, str]:
    """Every table, and every judge's part of one, that is missing or was made from something else, or from something
    out of date; with a version of what it would be made from now.

    Calls that failed are no reason here, nor is a judge that cannot answer: its part is left out.
    """
    inventory = Inventory.taken(settings)
    judges = all_judges(settings).taking_part(settings.data_dir)
    crowd = inventory.made.get(("crowd", WHOLE))
    voters = Warehouse(settings.warehouse).read(["crowd"]).tables["crowd"] if crowd else TABLES["crowd"].frame()
    battles = inventory.made.get(("battles", WHOLE))
    parts_of: dict[str, list[str]] = {}
    for taking_part in judges:
        asked = battles and battles.rows and is_asked_about_battles(taking_part, voters)
        tables = tables_about_data_set(taking_part) + (tables_about_battles(taking_part) if asked else [])
        for name in {table.name for table in tables}:
            parts_of.setdefault(name, []).append(taking_part.name)
    stale: dict[Part, str] = {}
    for table in tables_in_order():
        for judge in parts_of.get(table.name, []) if table.by_judge else [WHOLE]:
            try:
                from_stale = any(part in stale for part in _parts_needed(table, judge, parts_of))
                if from_stale or inventory.is_stale(table, judge, unanswered_too=False):
                    stale[table.name, judge] = _digest([CODE_VERSION, inventory.wanted(table, judge)])
            except JudgeUnavailable:
                continue
    if stale or not is_published(inventory):
        stale |= {(name, WHOLE): _digest(sorted(inventory.versions.items())) for name in PUBLISHED}
    return stale


def _digest(content: object) -> str:
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=8).hexdigest()


def _parts_needed(table: TableAsset, judge: str, parts_of: Mapping[str, Collection[str]]) -> Iterator[Part]:
    for name in table.inputs:
        if not TABLE_ASSETS[name].by_judge:
            yield name, WHOLE
        elif table.by_judge:
            yield name, judge
        else:
            yield from ((name, other) for other in parts_of.get(name, ()))


def tables_in_order() -> list[TableAsset]:
    """All tables, each behind those that it is made from."""
    graph = {table.name: table.inputs for table in TABLE_ASSETS.values()}
    return [TABLE_ASSETS[name] for name in TopologicalSorter(graph).static_order()]


def tables_about_data_set(judge: Judge, strategies: Collection[str] = STRATEGIES) -> list[TableAsset]:
    """The tables that hold something of the judge under `strategies`, in order; not those about battles."""
    # Looking for the recordings of a judge without strategies is what says why there are none.
    asked = {strategy for strategy in judge.strategies if strategy in strategies} or {"s1"}
    wanted = {f"{strategy}_predictions" for strategy in asked}
    if "s1" in asked:
        wanted |= {"robustness_predictions", "canary_verdicts"}
    if isinstance(judge, ModelJudge):
        wanted.add("judge_costs")
        wanted |= {"descriptions"} if asked & {"s2", "s3", "s4"} else set()
        wanted |= {"reasonings"} if "s4" in asked else set()
    return [table for table in tables_in_order() if table.name in wanted]


def tables_about_battles(judge: Judge) -> list[TableAsset]:
    """The tables that are made for a judge that is asked about battles, in order."""
    names = ("battle_verdicts", "judge_costs") if isinstance(judge, ModelJudge) else ("battle_verdicts",)
    return [TABLE_ASSETS[name] for name in names]


def tables_without_judges() -> list[TableAsset]:
    """The tables that no judge's answer goes into, in order."""
    after = {table.name for table in tables_after_judges()}
    return [table for table in tables_in_order() if not table.by_judge and table.name not in after]


def tables_after_judges() -> list[TableAsset]:
    """The tables that are made from all judges' answers, in order."""
    after: dict[str, TableAsset] = {}
    for table in tables_in_order():
        if not table.by_judge and any(name in after or TABLE_ASSETS[name].by_judge for name in table.inputs):
            after[table.name] = table
    return list(after.values())


def tables_before_battles() -> list[TableAsset]:
    """The tables that are made from all judges' answers about the data set alone, in order."""
    about_battles = {"battle_verdicts"}
    for table in tables_in_order():
        if not about_battles.isdisjoint(table.inputs):
            about_battles.add(table.name)
    return [table for table in tables_after_judges() if table.name not in about_battles]


@dataclass(frozen=True)
class Pending:
    """What is to be asked of a judge.

    Attributes:
        tables: the judge's tables that are missing or out of date, in the order in which they are made.
        unavailable: why a table that is missing or out of date cannot be made here, by table.
    """

    tables: tuple[str, ...]
    unavailable: dict[str, str]

    @property
    def strategies(self) -> list[str]:
        return [strategy for strategy in STRATEGIES if f"{strategy}_predictions" in self.tables]


def pending(judge: Judge, tables: list[TableAsset], inventory: Inventory) -> Pending:
    """Which of `tables`, all made judge by judge and in order, are out of date for the judge."""
    stale: list[str] = []
    unavailable: dict[str, str] = {}
    for table in tables:
        try:
            if not set(table.inputs).isdisjoint(stale) or inventory.is_stale(table, judge.name):
                stale.append(table.name)
        except JudgeUnavailable as error:
            unavailable[table.name] = str(error)
    return Pending(tuple(stale), unavailable)


def is_published(inventory: Inventory) -> bool:
    """Whether the published copy has what the warehouse has, and every view, and its report is there."""
    database = inventory.settings.database
    if not database.exists() or not inventory.settings.report.exists():
        return False
    try:
        with duckdb.connect(str(database), read_only=True) as published:
            rows = published.sql("select table_name, judge, version from lineage").fetchall()
            there = {name for (name,) in published.sql("select view_name from duckdb_views()").fetchall()}
    except duckdb.Error:
        return False
    same_tables = {(table, judge): version for table, judge, version in rows} == inventory.versions
    return same_tables and views().keys() <= there
