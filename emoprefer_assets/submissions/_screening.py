"""Screening: what in the submitted descriptions is not an honest description, with the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from emoprefer_assets.display import in_message
from emoprefer_assets.submissions._instructions import fold, hidden_in, instructions_in
from emoprefer_assets.submissions._likeness import canonical, earlier_alike, minima

# A text, or nearly the same, on so many clips and such a share of a system's clips is quarantined; on two it warns.
MANY_CLIPS, MANY_CLIPS_SHARE = 3, 0.05
# Where so many of a system's descriptions stand on other clips too, or are another's, the whole system is quarantined.
WHOLE_CLIPS, WHOLE_SHARE = 3, 0.5
# Shorter texts are alike by chance.
COMPARABLE_CHARACTERS = 40
LENGTH_DEVIATIONS = 6.0
# The spread of log lengths is taken to be at least this: where all are alike, or another language, none is unusual yet.
LEAST_LENGTH_SPREAD = 0.4
LONGEST_CHARACTERS = 8_000
SHORTEST_CHARACTERS = 3
EVIDENCE_CHARACTERS = 120
# Of an entry, or of a system as a whole: its number, then rule, severity and evidence.
Found = tuple[int, str, str, str]
FINDING_COLUMNS = ["system", "clip_id", "rule", "severity", "evidence"]


def screen(entries: pd.DataFrame) -> pd.DataFrame:
    """What is found in the entries of every submitted system.

    Args:
        entries: system, clip_id, description, is_reference; one row a system and clip. The systems stand in the order
            in which they came in: of two that are alike the later one copied. Reference entries are the data set's own:
            they are compared against, and nothing is found in them.

    Returns:
        system, clip_id (null where it is about the system as a whole), rule, severity (quarantine or warn), evidence
        (one line, everything invisible escaped). Quarantine of a null clip is of all of the system's entries.
    """
    entries = entries.sort_values("is_reference", ascending=False, kind="stable", ignore_index=True)
    reference = entries["is_reference"].to_numpy(dtype=bool)
    if reference.all():
        return pd.DataFrame(columns=FINDING_COLUMNS, dtype="str")
    descriptions, clips = entries["description"].tolist(), entries["clip_id"].tolist()
    rows: list[Found] = []
    texts = []
    for place, (text, clip) in enumerate(zip(descriptions, clips, strict=True)):
        folded = fold(text)
        texts.append(canonical(folded, clip))
        if not reference[place]:
            rows += [(place, *found) for found in _in_one(text, folded)]
    rows += _lengths(np.array([len(text) for text in descriptions], dtype=int), reference)
    codes, unique = pd.factorize(np.array(texts, dtype=object))
    hashes = minima(unique.tolist())[codes]
    systems, names = pd.factorize(entries["system"])
    compared = _Compared(entries, reference, systems, names, texts, codes, hashes)
    whole = [*_within(compared, rows), *_across(compared, rows)]
    findings = pd.DataFrame(rows, columns=["place", "rule", "severity", "evidence"]).sort_values("place", kind="stable")
    places = findings.pop("place").to_numpy(dtype=int)
    findings.insert(0, "clip_id", entries["clip_id"].to_numpy()[places])
    findings.insert(0, "system", entries["system"].to_numpy()[places])
    of_systems = pd.DataFrame([(names[system], None, *found) for system, *found in whole], columns=FINDING_COLUMNS)
    return pd.concat([of_systems, findings], ignore_index=True).astype(dict.fromkeys(FINDING_COLUMNS, "str"))


def _in_one(text: str, folded: str) -> list[tuple[str, str, str]]:
    return [
        (rule, severity, _around(where, match.start(), match.end()))
        for where, found in ((text, hidden_in(text)), (folded, instructions_in(folded)))
        for rule, severity, match in found
    ]


def _around(text: str, start: int, end: int) -> str:
    margin = max(10, (EVIDENCE_CHARACTERS - (end - start)) // 2)
    cut = text[max(0, start - margin) : end + margin]
    return in_message(
        f"{'…' if start > margin else ''}{cut}{'…' if end + margin < len(text) else ''}", EVIDENCE_CHARACTERS
    )


def _lengths(lengths: np.ndarray, reference: np.ndarray) -> list[Found]:
    """By the median and the median deviation of the logarithm, of the reference where there is one."""
    logs = np.log(np.maximum(lengths, 1))
    measure = logs[reference] if reference.any() else logs
    middle = np.median(measure)
    spread = max(1.4826 * np.median(np.abs(measure - middle)), LEAST_LENGTH_SPREAD)
    off = np.abs(logs - middle) > LENGTH_DEVIATIONS * spread
    extreme = (lengths > LONGEST_CHARACTERS) | (lengths < SHORTEST_CHARACTERS)
    return [
        (
            int(place),
            *(("extreme_length", "quarantine") if extreme[place] else ("unusual_length", "warn")),
            f"{lengths[place]:,} characters; the middle is {np.exp(middle):,.0f}",
        )
        for place in np.flatnonzero((off | extreme) & ~reference)
    ]


@dataclass(frozen=True)
class _Compared:
    """Entries with what they are compared by, shape (n_entries,).

    Attributes:
        systems: places in `names`.
        texts: canonical; `codes` are equal where they are, and `hashes` their MinHash.
    """

    entries: pd.DataFrame
    reference: np.ndarray
    systems: np.ndarray
    names: pd.Index[str]
    texts: list[str]
    codes: np.ndarray
    hashes: np.ndarray

    @cached_property
    def comparable(self) -> np.ndarray:
        return np.array([len(text) >= COMPARABLE_CHARACTERS for text in self.texts])

    def alike(self, groups: np.ndarray, of: np.ndarray) -> np.ndarray:
        """As `earlier_alike`, of the entries at these places."""
        return earlier_alike(groups, [self.texts[place] for place in of], self.codes[of], self.hashes[of])


def _within(compared: _Compared, rows: list[Found]) -> list[Found]:
    """Adds to `rows` the texts that stand on several clips of a system; returns the systems made of them."""
    systems, descriptions = compared.systems, compared.entries["description"].tolist()
    own = np.flatnonzero(~compared.reference)
    # Equal texts count at any length; nearly equal ones must be long enough to be so on purpose.
    exact = np.where(compared.comparable[own], 0, compared.codes[own] + 1)
    family = compared.alike(systems[own].astype(np.int64) * (int(exact.max(initial=0)) + 1) + exact, own)
    roots = np.where(family < 0, np.arange(len(own)), family)
    while (roots != roots[roots]).any():
        roots = roots[roots]
    sizes = np.bincount(roots, minlength=len(own))[roots]
    entries_of = np.bincount(systems[own], minlength=systems.max(initial=0) + 1)
    for place in np.flatnonzero(sizes > 1):
        clips = entries_of[systems[own[place]]]
        many = sizes[place] >= max(MANY_CLIPS, MANY_CLIPS_SHARE * clips)
        text = in_message(descriptions[own[place]], EVIDENCE_CHARACTERS)
        evidence = f'this or nearly this on {sizes[place]:,} of {clips:,} clips: "{text}"'
        rows.append((int(own[place]), "same_text_on_many_clips", "quarantine" if many else "warn", evidence))
    repeated = np.bincount(systems[own], weights=sizes > 1, minlength=len(entries_of))
    return [
        (
            system,
            "repeats_itself",
            "quarantine",
            f"{repeated[system]:,.0f} of {entries_of[system]:,} descriptions stand on another clip too, or nearly so",
        )
        for system in np.flatnonzero((repeated >= WHOLE_CLIPS) & (repeated >= WHOLE_SHARE * entries_of)).tolist()
    ]


def _across(compared: _Compared, rows: list[Found]) -> list[Found]:
    """Adds to `rows` the texts that another system had before; returns the systems made of them."""
    entries, systems, names, codes = compared.entries, compared.systems, compared.names, compared.codes
    descriptions = entries["description"].tolist()
    clips, _ = pd.factorize(entries["clip_id"])
    long = np.flatnonzero(compared.comparable)
    alike = compared.alike(clips[long], long)
    source = np.full(len(entries), -1)
    source[long] = np.where(alike < 0, -1, long[alike])
    # Whole texts are looked for on every clip, as a system may hand in another's texts for other clips.
    first_of_code = np.full(codes.max(initial=-1) + 1, len(entries))
    np.minimum.at(first_of_code, codes[long], long)
    reused = long[(systems[first_of_code[codes[long]]] != systems[long]) & (source[long] < 0)]
    source[reused] = first_of_code[codes[reused]]
    copied = np.flatnonzero((source >= 0) & ~compared.reference)
    for place in copied:
        other = source[place]
        where = "on this clip" if clips[other] == clips[place] else f'on clip "{in_message(entries["clip_id"][other])}"'
        evidence = (
            f'as system "{names[systems[other]]}" {where}: "{in_message(descriptions[place], EVIDENCE_CHARACTERS)}"'
        )
        rows.append((int(place), "copy_of_another_system", "warn", evidence))
    entries_of = np.bincount(systems)
    copies = np.bincount(systems[copied], minlength=len(entries_of))
    whole: list[Found] = []
    for system in np.flatnonzero((copies >= WHOLE_CLIPS) & (copies >= WHOLE_SHARE * entries_of)).tolist():
        copied_from = systems[source[copied[systems[copied] == system]]]
        most = names[int(np.bincount(copied_from).argmax())]
        evidence = (
            f"{copies[system]:,} of {entries_of[system]:,} descriptions are another system's, or nearly so; most of "
            f'them are of "{most}"'
        )
        whole.append((system, "copies_another_system", "quarantine", evidence))
    return whole
