"""What is out of date, why, and what of it can be made now: the only place that decides it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import chain

from emoprefer_assets.assets import SOURCES, TABLE_ASSETS, TableAsset
from emoprefer_assets.assets.battling import choose_more_battles
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
    made = Warehouse(settings.warehouse).made()
    now = versions_now(settings, made)
    asked = [
        judge for judge in all_judges(settings).taking_part(settings.data_dir) if not judges or judge.name in judges
    ]
    about_data_set = {judge.name: tables_about_data_set(judge, strategies) for judge in asked}
    parts: dict[str, list[TablePart]] = {}
    stale: dict[TablePart, Stale] = {}
    needed: dict[TablePart, list[TablePart]] = {}
    unavailable: dict[TablePart, str] = {}
    for table in TABLES_IN_ORDER:
        made_by: Sequence[Judge | None] = [None]
        if table.name == "battle_verdicts":
            made_by = _asked_about_battles(asked, made, ("battles", WHOLE) in stale, settings)
        elif table.by_judge:
            made_by = [judge for judge in asked if table.name in about_data_set[judge.name]]
        # Checks are written with the tables that they are about.
        made_from_tables = chain.from_iterable(
            JUDGE_TABLES if name == "judge_checks" else [name] for name in table.inputs
        )
        inputs = [part for name in made_from_tables for part in parts.get(name, ())]
        for judge in made_by:
            part = (table.name, judge.name if judge else WHOLE)
            parts.setdefault(table.name, []).append(part)
            needed[part] = inputs
            try:
                wanted = wanted_now(table, judge, settings, now)
            except JudgeUnavailable as error:
                unavailable[part] = str(error)
                continue
            because = _why(made.get(part), table, wanted, failed_calls_too)
            behind = [other[0] for other in inputs if other in stale]
            if because or behind:
                version = _hash([table.code_version, wanted])
                stale[part] = Stale(part, because or f"{behind[0]} is out of date", version, behind=not because)
    versions = {part: one.version for part, one in made.items()}
    to_publish = out_of_date(settings, versions)
    for name in PUBLISHED:
        part = (name, WHOLE)
        needed[part] = list(needed)
        if name in to_publish or stale:
            version = _hash(sorted(map(str, versions.items())))
            because = to_publish.get(name, "tables will change")
            stale[part] = Stale(part, because, version, behind=name not in to_publish)
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


def next_batches(
    settings: Settings,
    tried: dict[TablePart, str],
    make: Callable[[], Plan],
    under_way: Collection[TablePart] = (),
) -> tuple[Plan, list[Batch]]:
    """The plan, and what of it can be made now, which is noted in `tried`.

    Once nothing is left, the battles of the next adaptive round are chosen.
    """
    plan = make()
    batches = ready(plan, tried, under_way)
    if not batches and not under_way and choose_more_battles(settings):
        return next_batches(settings, tried, make)
    tried |= {stale.part: stale.wanted for batch in batches for stale in batch.stale}
    return plan, batches


def made_from(table: str) -> set[str]:
    """The table, and all that it is made from, directly or not."""
    return {table}.union(*map(made_from, TABLE_ASSETS[table].inputs))


def versions_now(settings: Settings, made: Mapping[TablePart, Made]) -> dict[str, str]:
    """The versions of all sources and tables, by name."""
    sources = {name: source.version(settings) for name, source in SOURCES.items()}
    return sources | combined_versions({part: one.version for part, one in made.items()})


def wanted_now(table: TableAsset, judge: Judge | None, settings: Settings, now: Mapping[str, str]) -> dict[str, str]:
    """Versions of all that the table, or a judge's part of it, would be made from.

    Args:
        now: from `versions_now`.

    Raises:
        JudgeUnavailable: the judge cannot answer here.
    """
    answers = table.judge_versions(judge, settings) if table.judge_versions and judge else {}
    return answers | {name: now.get(name, NO_PART) for name in (*table.sources, *table.inputs)}


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


def _asked_about_battles(
    asked: Sequence[Judge], made: Mapping[TablePart, Made], battles_change: bool, settings: Settings
) -> list[Judge]:
    # Verdicts on battles that are no more, as of a system that was withdrawn, have to go too.
    parts = [("battles", WHOLE), *(("battle_verdicts", judge.name) for judge in asked)]
    if not battles_change and not any(made[part].rows for part in parts if part in made):
        return []
    known = Warehouse(settings.warehouse).frames("battles", "crowd")
    contested = (known["battles"]["chosen_by"] == CONTESTED).any()
    return [judge for judge in asked if contested or votes_in_battles(judge, known["crowd"])]


def _hash(content: object) -> str:
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=8).hexdigest()


_IN_ORDER = TopologicalSorter({table.name: table.inputs for table in TABLE_ASSETS.values()}).static_order()
TABLES_IN_ORDER = [TABLE_ASSETS[name] for name in _IN_ORDER if name != "judge_checks"]
