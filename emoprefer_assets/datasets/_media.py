"""Which files of a data set's folder are the video and the sound of which clip."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

# Of several files of one name the earliest suffix counts.
SUFFIXES = {
    "video": (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".wmv", ".flv", ".ts", ".3gp"),
    "audio": (".wav", ".m4a", ".flac", ".mp3", ".ogg", ".opus", ".aac"),
}
_SUFFIXES = tuple(suffix for kind in SUFFIXES.values() for suffix in kind)


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


def media_of(clips: Iterable[str], folder: Path, kind: str) -> list[str | None]:
    """The file of each clip, as `media_by_name` has it, or None.

    Where no file has a clip's very name, it is the one that is called alike (`bare_name`), if no other clip is.
    """
    present, clips = media_by_name(folder, kind), [*clips]
    bare, of_files = Counter(map(bare_name, clips)), Counter(map(bare_name, present))
    alike = {bare_name(name): file for name, file in present.items()}
    return [
        present.get(clip_name(clip)) or (alike.get(name) if bare[name] == of_files[name] == 1 else None)
        for clip, name in zip(clips, map(bare_name, clips), strict=True)
    ]


def bare_name(name: str) -> str:
    """Without folder, suffix of a media file, and case, in one Unicode form."""
    bare = clip_name(name).strip().replace("\\", "/").rpartition("/")[2].lower()
    return bare.rpartition(".")[0] if bare.endswith(_SUFFIXES) else bare


def clip_name(name: str) -> str:
    """A name in the one Unicode form in which names are compared: a Mac writes others into its archives."""
    return unicodedata.normalize("NFC", name)
