"""What is known of media files, kept until their size or time changes: hashing and decoding them takes long."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.home import claim_home
from emoprefer_assets.media import Probe, content_hash, probe_files

Entry = dict[str, Any]
# Grows when the examination learns to read more: what it had found fault with before is examined again.
EXAMINER = 2


class MediaMemory:
    """Hashes and probes of files, in one file that may be deleted at any time."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def contents(
        self, files: Iterable[Path], progress: Callable[[int, int], None] = lambda *_: None
    ) -> dict[Path, str]:
        """The content hash of each file that exists.

        Args:
            progress: called with (hashed, all) files that had not been hashed before.
        """
        found = self._entries(files, _is_known, _hashed, progress)
        return {file: entry["content"] for file, entry in found.items()}

    def problems(self, files: Iterable[Path]) -> dict[Path, tuple[str | None, str | None]]:
        """What is wrong with the video and the sound of those that have been examined and are unchanged since."""
        known = self._read()
        found = {}
        for file in files:
            if _is_known(known, file, _state(file)) and (seen := known[str(file)]["probe"]):
                found[file] = (seen["video_problem"], seen["sound_problem"])
        return found

    def probes(
        self, files: Iterable[Path], progress: Callable[[int, int], None] = lambda *_: None
    ) -> dict[Path, Probe]:
        """What each file that exists holds.

        Args:
            progress: called with (examined, all) files that had not been examined before.
        """
        found = self._entries(files, _is_examined, _examined, progress)
        return {file: Probe(**entry["probe"]) for file, entry in found.items()}

    def _entries(
        self,
        files: Iterable[Path],
        is_known: Callable[[dict[str, Entry], Path, list[int]], bool],
        look_at: Callable[[list[Path]], Iterable[tuple[Path, Entry]]],
        progress: Callable[[int, int], None],
    ) -> dict[Path, Entry]:
        files, known = list(files), self._read()
        states = {file: _state(file) for file in files}
        missing = [file for file in files if not is_known(known, file, states[file])]
        progress(0, len(missing))
        new = {}
        for number, (file, entry) in enumerate(look_at(missing), start=1):
            new[str(file)] = {"state": states[file], **entry}
            progress(number, len(missing))
        if new:
            # It may be the first that is written into a new home, which would pass for one of an older version.
            claim_home(self.file.parent)
            with replaced_atomically(self.file) as incoming:
                incoming.write_text(json.dumps(self._read() | new))
        known |= new
        return {file: known[str(file)] for file in files}

    def _read(self) -> dict[str, Entry]:
        try:
            known: dict[str, Entry] = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}
        return known


def _hashed(files: list[Path]) -> Iterator[tuple[Path, Entry]]:
    return ((file, {"content": content_hash(file), "probe": None}) for file in files)


def _examined(files: list[Path]) -> Iterator[tuple[Path, Entry]]:
    for file, found in probe_files(files):
        yield file, {"content": found.content, "probe": asdict(found), "examiner": EXAMINER}


def _is_known(known: dict[str, Entry], file: Path, state: list[int]) -> bool:
    entry = known.get(str(file))
    return entry is not None and entry["state"] == state


def _is_examined(known: dict[str, Entry], file: Path, state: list[int]) -> bool:
    if not _is_known(known, file, state) or not (probe := known[str(file)]["probe"]):
        return False
    return known[str(file)].get("examiner") == EXAMINER or not probe["video_problem"]


def _state(file: Path) -> list[int]:
    status = file.stat()
    return [status.st_size, status.st_mtime_ns]
