"""The data set: whether it can be read, and its clips are there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from emoprefer_assets.checks import checks_of, rows_that_break
from emoprefer_assets.csv_tables import tables_in
from emoprefer_assets.datasets import DataSet, media_files, read_data_set
from emoprefer_assets.display import listed
from emoprefer_assets.doctor._model import OK, PROBLEM, WARNING, Finding, finding_of
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.media import probe_files, why_no_decoder
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import MediaMemory

# Seconds of a doctor's time; a run decodes all of them.
MOST_DECODED = 20
TABLES = ("pairs", "votes", "annotators", "clips", "robustness", "battle_votes", "dataset")


def data_set(settings: Settings) -> list[Finding]:
    """The tables and the media in `EMOPREFER_DATA_DIR`."""
    try:
        data = read_data_set(settings.data_dir)
    except EmopreferError as error:
        return [finding_of("data set", error)]
    what = f"{data.name}: {len(data.pairs):,} pairs on {len(data.clips):,} clips in {settings.data_dir}"
    found = [Finding("data set", OK, what), *_broken_checks(data), *passed_over(settings.data_dir)]
    return [*found, _clips(data, settings.data_dir), *_unreadable(data, settings)]


def _broken_checks(data: DataSet) -> list[Finding]:
    """What a run's checks of the files' rows would find."""
    inputs = {"data_files": data, "raw_pairs": data.pairs}
    tables = {"raw_pairs": data.pairs, "robustness_pairs": data.robustness, "annotations": data.votes}
    found = []
    for table, rows in tables.items():
        for outcome in rows_that_break(checks_of(table), rows, inputs):
            what, _, mend = outcome.summary.partition(". ")
            sentence = outcome.check.name.replace("_", " ")
            state = PROBLEM if outcome.blocks else WARNING
            found.append(Finding("data set", state, f'"{sentence}" does not hold: {what}', f"{mend}."))
    return found


def passed_over(folder: Path) -> list[Finding]:
    """Files that are named like a table, or dataset.yaml, and are not read."""
    read = tables_in(folder)
    named_so = [
        file
        for file in sorted(folder.glob("[!.]*.*"))
        if file.name.lower().partition(".")[0] in (*TABLES, *read) and file.is_file()
    ]
    passed_over = [file.name for file in named_so if file not in read.values() and file.name != "dataset.yaml"]
    if not passed_over:
        return []
    what = f"not read, though named like a table or dataset.yaml: {listed(passed_over, 3)}"
    mend = "Of each name one file is read: .csv before .tsv and .xlsx. Rename what is meant, and remove the rest."
    return [Finding("data set", WARNING, what, mend)]


def _clips(data: DataSet, folder: Path) -> Finding:
    clips = data.clips
    missing = clips.loc[clips["video"].isna(), "clip_id"].tolist()
    if not missing:
        return Finding("clips", OK, f"all {len(clips):,} videos are there")
    remedy = f"Put them into {folder / 'video'} as <name>.mp4 (or .mov, .webm, .mkv)."
    known = {folder / name for name in pd.concat([clips["video"], clips["audio"]]).dropna()}
    if strays := [file.name for file in media_files(folder) if file not in known]:
        remedy = f"No clip is called as {listed(strays, 3)}: correct the names. {remedy}"
    if len(missing) < len(clips):
        what = f"{len(missing):,} of {len(clips):,} videos are missing: {listed(missing, 3)}"
        return Finding("clips", WARNING, what, f"{remedy} Questions about them fail until then.")
    heard = int(clips["audio"].notna().sum())
    what = f"no video is there, and sound of {heard:,} of {len(clips):,} clips"
    return Finding("clips", WARNING, what, f"{remedy} Judges that see cannot answer until then.")


def _unreadable(data: DataSet, settings: Settings) -> list[Finding]:
    """Files that are empty, locked or damaged; the first that no run has decoded are decoded here."""
    if why_no_decoder():
        return []
    names = pd.concat([data.clips["video"], data.clips["audio"]]).dropna()
    files = [settings.data_dir / name for name in names]
    known = MediaMemory(settings.media_memory).problems(files)
    wrong = {file: "0 bytes" for file in files if not file.stat().st_size}
    unseen = [file for file in files if file not in known and file not in wrong]
    known |= {file: (found.video_problem, found.sound_problem) for file, found in probe_files(unseen[:MOST_DECODED])}
    for file, (video_problem, sound_problem) in known.items():
        reason = video_problem if file.parent.name == "video" else sound_problem
        if reason:
            wrong.setdefault(file, reason)
    if wrong:
        reasons = [f"{file.name} ({reason})" for file, reason in wrong.items()]
        what = f"{len(wrong):,} files cannot be used: {listed(reasons, 3)}"
        mend = "Replace them, or encode them anew (ffmpeg -i OLD NEW.mp4). Table clips says what is wrong with each."
        return [Finding("clips' content", PROBLEM if len(wrong) == len(files) else WARNING, what, mend)]
    if not files:
        return []
    left = len(files) - len(known)
    later = f"; {left:,} are decoded by the next run" if left else ""
    return [Finding("clips' content", OK, f"{len(known):,} of {len(files):,} files were decoded whole{later}")]
