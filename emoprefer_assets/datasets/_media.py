"""Which files of a data set's folder are the video and the sound of which clip."""

from __future__ import annotations

import unicodedata
from pathlib import Path

# Of several files of one name the earliest suffix counts.
SUFFIXES = {
    "video": (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".wmv", ".flv", ".ts", ".3gp"),
    "audio": (".wav", ".m4a", ".flac", ".mp3", ".ogg", ".opus", ".aac"),
}


def media_by_name(folder: Path, kind: str) -> dict[str, str]:
    """The files in `folder`/`kind`, "video" or "audio", by `clip_name` of the clip, relative to `folder`."""
    suffixes = SUFFIXES[kind]
    files = [
        file
        for file in sorted((folder / kind).glob("*"))
        if file.suffix.lower() in suffixes and not file.name.startswith(".")
    ]
    files.sort(key=lambda file: suffixes.index(file.suffix.lower()), reverse=True)
    return {clip_name(file.stem): f"{kind}/{file.name}" for file in files}


def clip_name(name: str) -> str:
    """A name in the one Unicode form in which names are compared: a Mac writes others into its archives."""
    return unicodedata.normalize("NFC", name)
