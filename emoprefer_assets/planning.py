"""What is out of date, why, and what of it can be made now: the only place that decides it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter

from emoprefer_assets.assets import SOURCES, TABLE_ASSETS, TableAsset
from emoprefer_assets.assets.judge_tables import JUDGE_TABLES, tables_about_data_set, votes_in_battles
from emoprefer_assets.assets.report import PUBLISHED, out_of_date
from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import Judge
from emoprefer_assets.names import CONTESTED
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import NO_PART, WHOLE, Made, Warehouse, combined_versions

TablePart = tuple[str, str]  # a table, and the judge whose part it is (WHOLE for a table without parts)


@dataclass(frozen=True)
class Stale:
    """Something that is missing or out of date.

    Attributes:
        part: the table, and the judge whose part of it it is.
        because: why, for people.
        wanted: a hash of what it would be made from now.
        behind: whether the only reason is that something that it is made from is out of date.
    """

    part: TablePart
    because: str
    wanted: str
    behind: bool = False


@dataclass(frozen=True)
class Batch:
    """What one Dagster run makes: tables without parts, or one judge's parts."""

    judge: str
    stale: tuple[Stale, ...]

    @property
    def tables(self) -> list[str]:
        return [stale.part[0] for stale in self.stale]

    @property
    def because(self) -> str:
        """Why, in words: each reason once, with the tables that have it."""
        reasons: dict[str, list[str]] = {}
        for stale in self.stale:
            reasons.setdefault(stale.because, []).append(stale.part[0])
        return "; ".join(f"{', '.join(tables)}: {reason}" for reason, tables in reasons.items())


@dataclass(frozen=True)
class Plan:
    """Everything that is out of date.

    Attributes:
        stale: by part, in an order in which it can be made.
        needed: the parts that each part is made from.
        unavailable: why a judge's part cannot be made here, by part.
    """

    stale: Mapping[TablePart, Stale]
    needed: Mapping[TablePart, Collection[TablePart]]
    unavailable: Mapping[TablePart, str]

    def of(self, judge: str) -> list[str]:
        """The judge's tables that are out of date."""
        return [table for table, of_judge in self.stale if of_judge == judge]

    def why_not(self, judge: str) -> list[str]:
        """Why some of the judge's tables cannot be made here."""
        return list(dict.fromkeys(reason for (_, of), reason in self.unavailable.items() if of == judge))


def make_plan(
    settings: Settings,
    judges: Collection[str] = (),
    strategies: Collection[str] = STRATEGIES,
    failed_calls_too: bool = True,
) -> Plan:
    """What is out of date now.

    Args:
        judges: of the parts of judges, only theirs; all that take part, if none is named.
        strategies: of those, only what is about these.
        failed_calls_too: whether failed calls are a reason to make a part again.

    Raises:
        EmopreferError: data or registry cannot be read.
    """
    stock = _Stock(Warehouse(settings.warehouse).made(), settings)
    asked = [
        judge for judge in all_judges(settings).taking_part(settings.data_dir) if not judges or judge.name in judges
    ]
    parts_of = {judge.name: tables_about_data_set(judge, strategies) for judge in asked}
    stale: dict[TablePart, Stale] = {}
    needed: dict[TablePart, list[TablePart]] = {}
    unavailable: dict[TablePart, str] = {}
    for table in TABLES_IN_ORDER:
        if table.name == "battle_verdicts":
            for voter in _asked_about_battles(asked, stock, ("battles", WHOLE) in stale):
                parts_of[voter.name] = [*parts_of[voter.name], table.name]
        for judge in asked if table.by_judge else [None]:
            if judge and table.name not in parts_of[judge.name]:
                continue
            part = (table.name, judge.name if judge else WHOLE)
            needed[part] = [other for other in _needed(table, part[1], parts_of) if other in needed]
            try:
                wanted = stock.wanted(table, judge)
            except JudgeUnavailable as error:
                unavailable[part] = str(error)
                continue
            because = _why(stock.made.get(part), table, wanted, failed_calls_too)
            behind = next((other for other in needed[part] if other in stale), None)
            version = _hash([table.code_version, wanted])
            if because:
                stale[part] = Stale(part, because, version)
            elif behind:
                stale[part] = Stale(part, f"{behind[0]} is out of date", version, behind=True)
    _add_published(settings, stock, stale, needed)
    return Plan(stale, needed, unavailable)


def ready(plan: Plan, tried: Mapping[TablePart, str], under_way: Collection[TablePart] = ()) -> list[Batch]:
    """What can be made now: what it is made from is up to date, or made in the same run, or was tried in vain.

    Args:
        tried: what each part was to be made from when it was last tried: not tried again before that changes.
        under_way: parts that somebody is making.
    """
    awaited: set[TablePart] = set()
    chosen: dict[str, list[Stale]] = {}
    for part, stale in plan.stale.items():
        from_awaited = [other for other in plan.needed[part] if other in awaited]
        if part not in under_way and not from_awaited and (stale.behind or tried.get(part) == stale.wanted):
            continue
        awaited.add(part)
        in_this_run = {other.part for other in chosen.get(part[1], [])}
        if part not in under_way and in_this_run.issuperset(from_awaited):
            chosen.setdefault(part[1], []).append(stale)
    return [Batch(judge, tuple(of_judge)) for judge, of_judge in chosen.items()]


def made_from_judges(table: str) -> bool:
    """Whether judges' answers go into a table without parts, directly or not."""
    return any(TABLE_ASSETS[name].by_judge or made_from_judges(name) for name in TABLE_ASSETS[table].inputs)


def made_from_battles(table: str) -> bool:
    """Whether verdicts on battles go into a table, directly or not."""
    inputs = TABLE_ASSETS[table].inputs
    return "battle_verdicts" in inputs or any(made_from_battles(name) for name in inputs)


@dataclass(frozen=True)
class _Stock:
    """What the warehouse holds, and what each table of it was made from."""

    made: Mapping[TablePart, Made]
    settings: Settings
    sources: dict[str, str] = field(default_factory=dict)

    def wanted(self, table: TableAsset, judge: Judge | None) -> dict[str, str]:
        """Versions of all that the table, or a judge's part of it, would be made from now.

        Raises:
            JudgeUnavailable: the judge cannot answer here.
        """
        for name in table.sources:
            if name not in self.sources:
                self.sources[name] = SOURCES[name].version(self.settings)
        versions = {name: self.sources[name] for name in table.sources}
        if table.judge_versions and judge:
            versions |= table.judge_versions(judge, self.settings)
        return versions | {name: self._of_all.get(name, NO_PART) for name in table.inputs}

    @cached_property
    def versions(self) -> dict[TablePart, str]:
        return {part: made.version for part, made in self.made.items()}

    @cached_property
    def _of_all(self) -> dict[str, str]:
        return combined_versions(self.versions)


def _why(last: Made | None, table: TableAsset, wanted: Mapping[str, str], failed_calls_too: bool) -> str:
    """Why a part is out of date by itself; "" where it is not."""
    if last is None:
        return "not made yet"
    if last.code_version != table.code_version:
        return "made by another version of the code"
    changed = [name for name in wanted.keys() | last.inputs.keys() if wanted.get(name) != last.inputs.get(name)]
    if changed:
        return f"changed: {', '.join(sorted(changed))}"
    return f"{last.unanswered} rows without an answer" if failed_calls_too and last.unanswered else ""


def _asked_about_battles(asked: Sequence[Judge], stock: _Stock, battles_change: bool) -> list[Judge]:
    # Verdicts on battles that are no more, as of a system that was withdrawn, have to go too.
    parts = [("battles", WHOLE), *(("battle_verdicts", judge.name) for judge in asked)]
    if not battles_change and not any(made.rows for part in parts if (made := stock.made.get(part))):
        return []
    known = Warehouse(stock.settings.warehouse).frames("battles", "crowd")
    if (known["battles"]["chosen_by"] == CONTESTED).any():
        return list(asked)
    return [judge for judge in asked if votes_in_battles(judge, known["crowd"])]


def _needed(table: TableAsset, judge: str, parts_of: Mapping[str, Collection[str]]) -> Iterator[TablePart]:
    for name in table.inputs:
        # Checks are written with the tables that they are about.
        for other in JUDGE_TABLES if name == "judge_checks" else [name]:
            if TABLE_ASSETS[other].by_judge:
                yield from ((other, one) for one, tables in parts_of.items() if other in tables)
            else:
                yield other, WHOLE


def _add_published(
    settings: Settings, stock: _Stock, stale: dict[TablePart, Stale], needed: dict[TablePart, list[TablePart]]
) -> None:
    there = set(out_of_date(settings, stock.versions))
    wanted = _hash(sorted(map(str, stock.versions.items())))
    before = list(needed)
    for name in PUBLISHED:
        part = (name, WHOLE)
        needed[part], before = before, [*before, part]
        if name in there or stale:
            stale[part] = Stale(part, "tables have changed", wanted, behind=name not in there)


def _in_order() -> list[TableAsset]:
    graph = {table.name: table.inputs for table in TABLE_ASSETS.values()}
    ordered = [TABLE_ASSETS[name] for name in TopologicalSorter(graph).static_order()]
    return [table for table in ordered if table.name != "judge_checks"]


def _hash(content: object) -> str:
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=8).hexdigest()


TABLES_IN_ORDER = _in_order()
