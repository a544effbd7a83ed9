"""What participants handed in: which of it counts, what screening finds, and the battles planted for judges."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from emoprefer_assets.assets._table import step_table, table
from emoprefer_assets.intake import HandedIn
from emoprefer_assets.names import NOT_JUDGED, OPEN, QUARANTINED, RELEASED
from emoprefer_assets.store import TABLES
from emoprefer_assets.submissions import Decision, screen
from emoprefer_assets.submissions import adversarial_probes as planted

QUARANTINE = "quarantine"
PROBE_SEED = 0
PROBES_OF_A_KIND = 8


@table(group="data")
def submission_findings(submission_files: HandedIn, raw_pairs: pd.DataFrame) -> pd.DataFrame:
    """What screening finds in the newest version of each submitted system."""
    return screen_beside(own_descriptions(raw_pairs), submission_files.descriptions)


@table(group="data")
def entries(submission_files: HandedIn, submission_findings: pd.DataFrame, raw_pairs: pd.DataFrame) -> pd.DataFrame:
    """Every description that may be judged, and those that wait for an organiser's decision."""
    own = own_descriptions(raw_pairs).assign(submission=None, state=OPEN)
    submitted = submission_files.descriptions
    grave = submission_findings[submission_findings["severity"] == QUARANTINE]
    whole = set(grave.loc[grave["clip_id"] == "", "system"])
    single = set(zip(grave["system"], grave["clip_id"], strict=True))
    states = [
        _state(system in whole or (system, clip) in single, submission_files.decisions.get(("system", system)))
        for system, clip in zip(submitted["system"], submitted["clip_id"], strict=True)
    ]
    return pd.concat([own, submitted.assign(state=states)], ignore_index=True)


@table(group="competition")
def submissions(submission_files: HandedIn, entries: pd.DataFrame) -> pd.DataFrame:
    """Every accepted version of every submission, and what has become of it."""
    versions = pd.DataFrame(
        [
            (found.kind, found.name, found.hash, found.file, found.rows, found.received_at)
            for found in submission_files.versions
        ],
        columns=["kind", "name", "content", "original_name", "rows", "received_at"],
    )
    by_name = versions.groupby(["kind", "name"])
    versions["received_at"] = pd.to_datetime(versions["received_at"], utc=True).dt.tz_localize(None)
    versions["version"] = by_name.cumcount() + 1
    versions["newest"] = by_name.cumcount(ascending=False) == 0
    states = entries.groupby("submission")["state"].agg(_state_of_all)
    versions["state"] = versions["content"].map(states).where(versions["kind"] == "system").fillna(OPEN)
    versions[["decided_by", "note"]] = None
    for decision in submission_files.decisions.values():
        newest = (versions["kind"] == decision.kind) & (versions["name"] == decision.name) & versions["newest"]
        versions.loc[newest, ["state", "decided_by", "note"]] = decision.what, decision.by, decision.note or None
    for (kind, name), reason in submission_files.outdated.items():
        newest = (versions["kind"] == kind) & (versions["name"] == name) & versions["newest"]
        versions.loc[newest, "state"] = f"outdated: {reason}"
    return versions


@table(group="judges")
def adversarial_probes(raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """Planted battles with a known answer, once systems have been submitted: a fair description against a trap."""
    if entries["submission"].isna().all():
        return TABLES["adversarial_probes"].frame()
    preferred = consensus_pairs[consensus_pairs["preference"].isin(["a1", "a2"])][["pair_id", "preference"]]
    chosen = preferred.merge(raw_pairs, on="pair_id")
    chosen["description"] = chosen["a1"].where(chosen["preference"] == "a1", chosen["a2"])
    fair = chosen if len(chosen) else entries[entries["state"] == OPEN]
    if fair.drop_duplicates("clip_id")["description"].nunique() < 2:
        return TABLES["adversarial_probes"].frame()
    return planted(fair[["clip_id", "description"]], seed=PROBE_SEED, per_kind=PROBES_OF_A_KIND)


probe_scores = step_table(
    "probe_scores", group="scores", says="How often each judge sees through each kind of planted battle."
)


def screen_beside(own: pd.DataFrame, submitted: pd.DataFrame) -> pd.DataFrame:
    """What screening finds in submitted descriptions, which it compares with the data set's own and each other.

    Args:
        own, submitted: system, clip_id, description.

    Returns:
        The columns of table submission_findings.
    """
    both = pd.concat([own.assign(is_reference=True), submitted.assign(is_reference=False)], ignore_index=True)
    found = screen(both) if len(submitted) else TABLES["submission_findings"].frame()
    return found.assign(clip_id=found["clip_id"].fillna(""))


def own_descriptions(raw_pairs: pd.DataFrame) -> pd.DataFrame:
    """The first description of each clip by each of the data set's own systems: system, clip_id, description."""
    sides = [
        raw_pairs[[f"system{side}", "clip_id", f"a{side}"]].set_axis(["system", "clip_id", "description"], axis=1)
        for side in (1, 2)
    ]
    rows = pd.concat(sides).dropna(subset=["system"])
    return rows.drop_duplicates(["system", "clip_id"]).sort_values(["system", "clip_id"], ignore_index=True)


def _state(found: bool, decision: Decision | None) -> str:
    if decision and decision.what in NOT_JUDGED:
        return decision.what
    if not found:
        return OPEN
    return RELEASED if decision else QUARANTINED


def _state_of_all(states: Sequence[str]) -> str:
    found = set(states)
    if len(found) == 1:
        return found.pop()
    if QUARANTINED in found:
        return f"partly {QUARANTINED}"
    return RELEASED if RELEASED in found else OPEN
